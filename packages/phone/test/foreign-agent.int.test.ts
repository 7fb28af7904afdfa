import type { Dialog, DialogHandlers, SipAgent, SipResponse } from "@cordboard/sip";
import {
  answerOffer,
  buildOffer,
  createSipAgent,
  PCMA,
  PCMU,
  parseSdp,
  printSdp,
  readAnswer,
  TELEPHONE_EVENT,
} from "@cordboard/sip";
import { nodeTransports } from "@cordboard/sip/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Phone } from "../src/index.ts";
import { host, Place } from "./place.ts";

/** What other user agents may do that our phones do not do to each other. */
const place = new Place();
let agent: SipAgent;
let port: number;

beforeEach(async () => {
  agent = createSipAgent({ ...host, transports: nodeTransports({ address: "127.0.0.1", udpPort: 0 }) });
  port = (await agent.listen())[0]?.port ?? 0;
});

afterEach(async () => {
  await place.close();
  await agent.close();
});

const audio = { endpoint: { address: "127.0.0.1", port: 40_000 }, codecs: [PCMA, TELEPHONE_EVENT] };
const identity = (version: number): { readonly sessionId: string; readonly version: number } => ({
  sessionId: "7",
  version,
});
const uriOf = ({ user, listening }: Phone): string => `sip:${user}@${listening.address}:${listening.port}`;

/** Calls a phone with a body or none, and answers the offer in its 200 when there is one to be answered. */
function invite(phone: Phone, body?: string): Promise<{ readonly dialog: Dialog; readonly response: SipResponse }> {
  const handlers: DialogHandlers = { onEnd() {} };
  return new Promise((resolve, reject) => {
    agent.invite(
      { uri: uriOf(phone), from: "sip:foreign@example.net", ...(body === undefined ? {} : { body }) },
      {
        onAnswer(dialog, response) {
          resolve({ dialog, response });
          return body === undefined ? { handlers, ack: { body: answerTo(response.body) } } : { handlers };
        },
        onFailure: (status) => reject(new Error(`status ${status}`)),
      },
    );
  });
}

function answerTo(body: Uint8Array): string {
  const offer = parseSdp(body);
  const answer = offer.ok ? answerOffer(offer.value, identity(1), audio) : offer;
  if (!answer.ok) throw new Error(answer.error.why);
  return printSdp(answer.value.description);
}

const offer = (version: number, codecs = audio.codecs): string =>
  printSdp(buildOffer(identity(version), { ...audio, codecs }));

test("phone and carrier answer OPTIONS", async () => {
  const phone = await place.phone("102");
  const { listening } = await place.carrier();
  for (const uri of [uriOf(phone), `sip:${listening.address}:${listening.port}`]) {
    const outcome = await agent.send({ method: "OPTIONS", uri, from: "sip:foreign@example.net" });
    expect(outcome).toMatchObject({ ok: true, status: 200 });
  }
});

test("an INVITE without an offer gets one, and the answer in the ACK counts", async () => {
  const phone = await place.phone("102", {}, { answer: "auto" });
  const { dialog, response } = await invite(phone);
  const read = parseSdp(response.body);
  expect(read.ok && read.value.media[0]?.formats).toEqual(["0", "8", "101"]);
  const call = await phone.nextCall();
  const digit = { contentType: "application/dtmf-relay", body: "Signal= 5\r\nDuration=160\r\n" };
  expect(await dialog.request("INFO", digit)).toMatchObject({ status: 200 });
  expect(await call.digitsHeard("5")).toBe("5");
  expect(call.rtp().codec).toBe("PCMA");
  await call.hangUp();
});

test("an UPDATE with an offer changes the codec, one without keeps it, and other requests are refused", async () => {
  const phone = await place.phone("102", {}, { answer: "auto" });
  const { dialog } = await invite(phone, offer(1));
  const call = await phone.nextCall();
  expect(call.rtp().codec).toBe("PCMA");
  const outcome = await dialog.request("UPDATE", { body: offer(2, [PCMU]) });
  const answer = outcome.response === undefined ? undefined : parseSdp(outcome.response.body);
  expect(answer?.ok === true && readAnswer(answer.value, { ...audio, codecs: [PCMU] }).ok).toBe(true);
  expect(call.rtp().codec).toBe("PCMU");
  expect(await dialog.request("UPDATE")).toMatchObject({ status: 200 });
  expect(await dialog.request("REFER", { headers: [["Refer-To", "sip:x@example.net"]] })).toMatchObject({
    status: 405,
  });
  await call.hangUp();
});

test("a re-INVITE that shares no codec is refused, and the call goes on", async () => {
  const phone = await place.phone("102", {}, { answer: "auto", codecs: [PCMA] });
  const { dialog } = await invite(phone, offer(1));
  const call = await phone.nextCall();
  expect(await dialog.reinvite({ body: offer(2, [PCMU]) })).toMatchObject({ ok: false, status: 488 });
  expect(await dialog.reinvite({ body: "no description at all" })).toMatchObject({ ok: false, status: 488 });
  expect([call.state, call.rtp().codec]).toEqual(["talking", "PCMA"]);
  await call.hangUp();
});

test("an answer that is none ends the call after its ACK", async () => {
  const ends: string[] = [];
  agent.onCall((incoming) => {
    incoming.answer({ body: "v=0" }, { onEnd: ({ request }) => ends.push(request?.headers.get("Reason") ?? "") });
  });
  const ann = await place.phone("101", { address: "127.0.0.1", port });
  expect(await ann.call("102").ended()).toMatchObject({ by: "local", status: 200 });
  expect(ends).toEqual(["SIP;cause=488"]);
});
