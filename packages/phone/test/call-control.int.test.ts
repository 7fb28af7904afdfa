import type {
  Dialog,
  EarlyDialog,
  HeaderList,
  IncomingCall,
  IncomingRefer,
  OutgoingCall,
  SipAgent,
} from "@cordboard/sip";
import {
  answerOffer,
  buildOffer,
  createSipAgent,
  PCMA,
  parseSdp,
  printSdp,
  remoteControl,
  TELEPHONE_EVENT,
} from "@cordboard/sip";
import { nodeTransports } from "@cordboard/sip/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Phone, PhoneAccount, PhoneCall } from "../src/index.ts";
import { host, Place } from "./place.ts";

/** What phones do when calls are sent on, taken over and answered for them; the other side is a bare agent. */
const place = new Place();
const audio = { endpoint: { address: "127.0.0.1", port: 40_000 }, codecs: [PCMA, TELEPHONE_EVENT] };
const identity = { sessionId: "7", version: 1 };

let agent: SipAgent;
let server: { readonly address: string; readonly port: number };
let calls: IncomingCall[];
let dialogs: Dialog[];
/** What the server does with a REFER. */
let onRefer: (refer: IncomingRefer) => void;

beforeEach(async () => {
  const transports = nodeTransports({ address: "127.0.0.1", udpPort: 0 });
  agent = createSipAgent({ ...host, transports, supported: ["replaces"] });
  server = { address: "127.0.0.1", port: (await agent.listen())[0]?.port ?? 0 };
  calls = [];
  dialogs = [];
  onRefer = (refer) => void refer.reject(603);
  agent.onCall((call) => {
    calls.push(call);
    const offer = parseSdp(call.request.body);
    const answer = offer.ok ? answerOffer(offer.value, identity, audio) : offer;
    if (!answer.ok) return void call.reject(488);
    const body = printSdp(answer.value.description);
    const dialog = call.answer({ body }, { onEnd() {}, onRefer: (refer) => onRefer(refer) });
    if (dialog !== undefined) dialogs.push(dialog);
  });
});

afterEach(async () => {
  await place.close();
  await agent.close();
});

/** A call of the phone that the server has answered. */
async function answered(phone: Phone, number: string): Promise<PhoneCall> {
  const call = phone.call(number);
  await call.answered();
  return call;
}

const talkOn = (phone: Phone): Promise<PhoneCall> => answered(phone, "102");

describe("a phone sends the other side on", () => {
  test("to a number, and hears what became of it", async () => {
    const asked: IncomingRefer[] = [];
    onRefer = (refer) => {
      asked.push(refer);
      const subscription = refer.accept();
      subscription?.tell(180);
      subscription?.tell(200);
    };
    const call = await talkOn(await place.phone("101", server));
    expect(await call.transfer("*8#")).toBe(200);
    expect(asked.map(({ target }) => [target.uri, target.replaces])).toEqual([
      [expect.stringMatching(`^sip:\\*8%23@127.0.0.1:${server.port}$`), undefined],
    ]);
    await call.hangUp();
  });

  test("to whom it talks with in another call, by that call's dialog as the server has it", async () => {
    const asked: IncomingRefer[] = [];
    onRefer = (refer) => {
      asked.push(refer);
      refer.accept()?.tell(486);
    };
    const phone = await place.phone("101", server);
    const [first, second] = [await talkOn(phone), await answered(phone, "103")];
    expect(await first.transfer(second)).toBe(486);
    const id = dialogs[1]?.id;
    expect(asked[0]?.target.replaces).toEqual({
      callId: id?.callId,
      toTag: id?.localTag,
      fromTag: id?.remoteTag,
      isEarlyOnly: false,
    });
    await Promise.all([first.hangUp(), second.hangUp()]);
  });

  test("and is told that the server will not", async () => {
    const call = await talkOn(await place.phone("101", server));
    await expect(call.transfer("103")).rejects.toMatchObject({
      code: "not-possible",
      message: expect.stringContaining("603"),
    });
    await call.hangUp();
  });

  test("and is told when the server leaves without a word", async () => {
    onRefer = (refer) => {
      refer.accept();
      void dialogs[0]?.bye();
    };
    const call = await talkOn(await place.phone("101", server));
    await expect(call.transfer("103")).rejects.toMatchObject({ code: "not-possible" });
  });
});

test("a phone asks for the place of another's call", async () => {
  const call = await talkOn(await place.phone("101", server));
  const other = await place.phone("102", server);
  const taking = other.call("101", { replaces: call });
  await taking.answered();
  expect(calls[1]?.replaces).toEqual(call.replaces);
  await Promise.all([call.hangUp(), taking.hangUp()]);
});

test("a phone cannot ask for the place of a call that is not answered", async () => {
  const phone = await place.phone("101", server);
  const call = phone.call("102");
  expect(() => phone.call("102", { replaces: call })).toThrow("not answered");
  await call.hangUp();
});

test("a phone shows whom the server says it talks with", async () => {
  const call = await talkOn(await place.phone("101", server));
  expect(call.shows).toEqual({ name: "", number: "102" });
  await dialogs[0]?.request("UPDATE", { headers: [["P-Asserted-Identity", '"Carol" <sip:103@example.org>']] });
  expect(await call.showsNumber("103")).toEqual({ name: "Carol", number: "103" });
  await call.hangUp();
});

describe("a phone that is called", () => {
  interface Ringing {
    readonly call: OutgoingCall;
    readonly early: EarlyDialog;
    readonly taken: PhoneCall;
  }

  /** The server calls a phone, which rings. */
  async function rung(account: Partial<PhoneAccount>, headers: HeaderList = []): Promise<Ringing> {
    const phone = await place.phone("102", {}, account);
    const { address, port } = phone.listening;
    const rings = Promise.withResolvers<EarlyDialog>();
    const call = agent.invite(
      {
        uri: `sip:102@${address}:${port}`,
        from: '"Ann" <sip:101@example.org>',
        body: printSdp(buildOffer(identity, audio)),
        headers,
      },
      {
        onProgress: (_status, _response, early) => early !== undefined && rings.resolve(early),
        onAnswer: () => ({ handlers: { onEnd() {} } }),
        onFailure: (status) => rings.reject(new Error(`status ${status}`)),
      },
    );
    return { call, early: await rings.promise, taken: await phone.nextCall() };
  }

  test("takes the call when it is told to, if it says that it does", async () => {
    const { early, taken } = await rung({ obeysTalk: true });
    expect(early.allowedEvents).toEqual(["talk"]);
    expect(taken.shows).toEqual({ name: "Ann", number: "101" });
    expect(await early.request("NOTIFY", remoteControl("talk"))).toMatchObject({ ok: true });
    await taken.answered();
    expect(taken.events).toEqual(["talk"]);
    await taken.hangUp();
  });

  test("rings on when it does not", async () => {
    const { early, taken, call } = await rung({});
    expect(early.allowedEvents).toEqual([]);
    expect((await early.request("NOTIFY", remoteControl("talk"))).status).toBe(489);
    expect([taken.state, taken.events]).toEqual(["ringing", ["talk"]]);
    call.cancel();
    await taken.ended();
  });

  test.each([
    ["Answer-Mode", "Auto"],
    ["Call-Info", "<sip:x>;answer-after=0"],
    ["Alert-Info", "<http://x>;info=alert-autoanswer;delay=0"],
  ] as const)("answers by itself when it is asked to by %s", async (name, value) => {
    const { taken } = await rung({ answersWhenAsked: true }, [[name, value]]);
    await taken.answered();
    expect(taken.asksToBeAnswered).toBe(true);
    await taken.hangUp();
  });

  test("rings when it is not asked, or is not one that does so", async () => {
    for (const [account, headers] of [
      [{ answersWhenAsked: true }, []],
      [{}, [["Answer-Mode", "Auto"]]],
    ] as const) {
      const { taken, call } = await rung(account, headers);
      expect([taken.state, taken.asksToBeAnswered]).toEqual(["ringing", headers.length > 0]);
      call.cancel();
      await taken.ended();
    }
  });
});
