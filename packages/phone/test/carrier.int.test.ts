import { ms } from "@cordboard/kernel";
import { G722, G729, OPUS, PCMA, PCMU, TELEPHONE_EVENT } from "@cordboard/sip";
import { afterEach, expect, test } from "vitest";
import type { Behaviour, Carrier, CarrierOptions, Phone, PhoneBankOptions } from "../src/index.ts";
import { Place } from "./place.ts";

const place = new Place();
afterEach(() => place.close());

/** A carrier, and a phone that calls it directly. */
async function trunk(
  carrying: Partial<CarrierOptions> = {},
  phoning: Partial<PhoneBankOptions> = {},
): Promise<readonly [Phone, Carrier]> {
  const carrier = await place.carrier(carrying);
  const phone = await place.phone("101", carrier.listening, { sound: { frequencyHz: 620 }, ...phoning });
  return [phone, carrier];
}

test.each(["004930123456", "+4930123456"])("%s answers with an echo", async (number) => {
  const [phone, carrier] = await trunk();
  const call = phone.call(number);
  await call.hears(620);
  const taken = await carrier.nextCall();
  expect([taken.number, taken.peer]).toEqual([number, "101"]);
  await call.hangUp();
  expect(await taken.ended()).toMatchObject({ by: "remote" });
});

test("any other number is unknown", async () => {
  const [phone] = await trunk();
  expect(await phone.call("12345").ended()).toMatchObject({ by: "remote", status: 404 });
});

test.each([
  { name: "G.711 before what the caller likes better", codecs: [G722, G729, PCMA, PCMU], taken: "PCMA" },
  { name: "the caller's favourite without G.711", codecs: [OPUS, G722], taken: "opus" },
])("takes $name, and echoes it", async ({ codecs, taken }) => {
  const [phone, carrier] = await trunk({}, { codecs: [...codecs, TELEPHONE_EVENT] });
  const call = phone.call("+49");
  await call.answered();
  await call.sendDigits("7");
  expect(await call.digitsHeard("7")).toBe("7");
  expect(call.rtp().received).toBeGreaterThan(0);
  expect([call.rtp().codec, (await carrier.nextCall()).rtp().codec]).toEqual([taken, taken]);
});

test.each<{ readonly answer: Behaviour; readonly end: object }>([
  { answer: "busy", end: { status: 486 } },
  {
    answer: { does: "reject", status: 503, reason: "Q.850;cause=42" },
    end: { status: 503, reason: "Q.850;cause=42" },
  },
  { answer: { does: "reject", status: 480, ringMs: ms(50) }, end: { status: 480 } },
  { answer: { does: "answer", hangUpAfterMs: ms(100) }, end: { by: "remote", status: 200 } },
])("as scripted: $answer", async ({ answer, end }) => {
  const [phone] = await trunk({ answer: () => answer });
  expect(await phone.call("+49").ended()).toMatchObject(end);
});

test("rings on when it is to give no answer", async () => {
  const [phone] = await trunk({ answer: () => ({ does: "ring" }) });
  const call = phone.call("+49");
  expect(await call.ringing()).toEqual({ status: 180, hasSound: false });
  await expect(call.answered({ within: ms(200) })).rejects.toMatchObject({ code: "deadline-passed" });
});

test("early media is heard before the answer", async () => {
  const [phone, carrier] = await trunk({
    answer: () => ({ does: "ring", earlyMedia: true }),
    sound: { frequencyHz: 425 },
  });
  const call = phone.call("+49");
  expect(await call.ringing()).toEqual({ status: 183, hasSound: true });
  await call.hears(425);
  expect([call.state, call.rtp().sent]).toEqual(["ringing", 0]);
  await (await carrier.nextCall()).answer();
  await call.answered();
  await call.hears(425);
});

test("may be late with everything", async () => {
  const [phone] = await trunk({ answer: () => ({ does: "answer", delayMs: ms(250), ringMs: ms(100) }) });
  const call = phone.call("+49");
  await expect(call.ringing({ within: ms(200) })).rejects.toMatchObject({ code: "deadline-passed" });
  await call.ringing();
  await call.answered();
});

test("fifty calls at once are echoed and leave nothing", async () => {
  const carrier = await place.carrier();
  const bank = await place.bank({ ...carrier.listening, transport: "udp" });
  const phones = Array.from({ length: 50 }, (_, i) =>
    bank.phone({ user: `2${i}`, password: "", domain: "example.org", sound: { frequencyHz: 500 } }),
  );
  const calls = phones.map((phone) => phone.call("+49"));
  await Promise.all(calls.map((call) => call.hears(500)));
  await Promise.all(calls.map((call) => call.hangUp()));
  expect(calls.every((call) => call.rtp().lost === 0)).toBe(true);
});
