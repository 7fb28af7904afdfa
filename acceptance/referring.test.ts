import { describe, test } from "vitest";
import { withSippOffice } from "./sipp-office.ts";
import type { SippSound, SippStep } from "./sipp-scenario.ts";
import {
  acknowledge,
  acknowledgeRefusal,
  answer,
  answerCall,
  called,
  calling,
  dial,
  dialAndTalk,
  goTo,
  hangUp,
  hear,
  hearAnswer,
  hearCall,
  hearHangUp,
  hearRefusal,
  label,
  note,
  offerAgain,
  pickUp,
  request,
  requestOnce,
  takeOffer,
  toNobodyYet,
} from "./sipp-scenario.ts";
import { until } from "./until.ts";

const me = calling();
const second = calling("b");
const toNobody = toNobodyYet("202", me);

const refer = (to: string, ...headers: readonly string[]): SippStep =>
  request("REFER", me, 3, { headers: [`Refer-To: ${to}`, ...headers] });

/** The phone is told a status. */
const told = (status: number): readonly SippStep[] => [
  hear("NOTIFY", { wants: [`SIP/2.0 ${status}`, "Event: *refer", "message/sipfrag"] }),
  answer(200),
];

/** Another call within the same scenario, in words for a Refer-To. */
const REPLACES_SECOND = "Replaces=b%2F%2F%2F[call_id]%3Bto-tag%3D[$tagb]%3Bfrom-tag%3D[pid]-[call_number]b";

const refused = (status: number): readonly SippStep[] => [hearCall(), answerCall(status), hear("ACK")];

describe("a phone that sends its call on", () => {
  const office = withSippOffice(["201", "202", "203"]);
  const waits = [...pickUp(), ...hearHangUp()];
  /** Both are in the talk again: what one changes to, the other is asked to change to as well. */
  const goesOn = [...offerAgain(me, 4, { codecs: [0], version: 2 }), ...hearHangUp()];
  const waitsToGoOn = [...pickUp(), ...takeOffer({ codecs: [0], version: 2 }), ...hangUp(called, 1)];

  test.each([
    { to: "<sip:203@[domain]>", as: "by its address" },
    { to: "<sip:203@127.0.0.1;user=phone>", as: "by the server's address" },
    { to: "<tel:203>", as: "by its number" },
  ])("to somebody, $as, is told that it rings there, and is released", ({ to }) =>
    office.play({
      "201": [...dialAndTalk("202"), refer(to), hear(202), ...told(100), ...told(200), ...hearHangUp()],
      "202": waits,
      "203": [...pickUp(), ...hangUp(called, 1)],
    }),
  );

  test("may be the one that was called, and may hang up at once", () =>
    office.play(
      {
        // What it changes to, the other is asked to change to as well: both have the call by then.
        "201": [...dialAndTalk("202"), ...offerAgain(me, 3, { codecs: [0], version: 2 }), ...hearHangUp()],
        "202": [
          ...pickUp(),
          ...takeOffer({ codecs: [0], version: 2 }),
          request("REFER", called, 1, { headers: ["Refer-To: <sip:203@[domain]>"] }),
          hear(202),
          requestOnce("BYE", called, 2),
          ...told(100),
          hear(200, { may: "be" }),
          ...told(202),
        ],
        "203": [...pickUp({ sound: { codecs: [0] } }), ...hangUp(called, 1)],
      },
      { isCrossed: true },
    ));

  test.each([486, 603, 480, 404])("to somebody who answers %i gets its call back, and goes on with it", (status) =>
    office.play({
      "201": [...dialAndTalk("202"), refer("<sip:203@[domain]>"), hear(202), ...told(100), ...told(status), ...goesOn],
      "202": waitsToGoOn,
      "203": refused(status),
    }),
  );

  test.each([
    { to: "<sip:299@[domain]>", status: 404 },
    { to: "<sip:0039040123@[domain]>", status: 404 },
  ])("to $to, where nobody is, gets its call back", ({ to, status }) =>
    office.play({
      "201": [...dialAndTalk("202"), refer(to), hear(202), ...told(100), ...told(status), ...hangUp(me, 4)],
      "202": waits,
    }),
  );

  test("to whom it talks with in another call is released from both, 50 times", () =>
    office.play(
      {
        "201": [
          ...dialAndTalk("202"),
          ...dial("203", second),
          hear(180, { may: "be" }),
          hearAnswer(second, { keep: { tagb: ["To", "tag=([^;]+)"] } }),
          acknowledge(second, 2),
          refer(`<sip:203@[domain]?${REPLACES_SECOND}>`),
          hear(202),
          ...told(100),
          ...hearHangUp({ wants: ["Call-ID: *b///"] }),
          ...told(200),
          ...hearHangUp(),
        ],
        "202": waits,
        // It is told who it talks with now, and hangs up.
        "203": [
          ...pickUp({ headers: ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE"] }),
          hear("UPDATE", { wants: ["P-Asserted-Identity: .*sip:202@"] }),
          answer(200),
          ...hangUp(called, 1),
        ],
      },
      { calls: 50, atOnce: 5 },
    ));

  test("and wants to hear nothing of it, hears nothing and is released", () =>
    office.play({
      "201": [
        ...dialAndTalk("202"),
        refer("<sip:203@[domain]>", "Refer-Sub: false", "Supported: norefersub"),
        hear(202, { wants: ["Refer-Sub: *false"] }),
        ...hearHangUp(),
      ],
      "202": waits,
      "203": [...pickUp(), ...hangUp(called, 1)],
    }));

  test("may have put the other on hold before", () =>
    office.play({
      "201": [
        ...dialAndTalk("202"),
        ...offerAgain(me, 3, { direction: "sendonly", version: 2 }, { wants: ["a=recvonly"] }),
        request("REFER", me, 4, { headers: ["Refer-To: <sip:203@[domain]>"] }),
        hear(202),
        ...told(100),
        ...told(200),
        ...hearHangUp(),
      ],
      "202": waits,
      "203": [...pickUp(), ...hangUp(called, 1)],
    }));

  test.each([
    { to: "nonsense", status: 400 },
    { to: "<mailto:203@[domain]>", status: 400 },
    { to: "<sip:[domain]>", status: 400 },
    { to: "<sip:203@[domain]>, <sip:202@[domain]>", status: 400 },
    { to: "<sip:203@[domain];method=MESSAGE>", status: 403 },
    { to: "<sip:203@[domain]?Replaces=nonsense>", status: 400 },
  ])("to $to is refused with $status, and talks on", ({ to, status }) =>
    office.play({
      "201": [...dialAndTalk("202"), refer(to), hear(status), request("OPTIONS", me, 4), hear(200), ...hangUp(me, 5)],
      "202": waits,
    }),
  );

  test("to a dialog that is not its own gets its call back", () =>
    office.play({
      "201": [
        ...dialAndTalk("202"),
        refer("<sip:203@[domain]?Replaces=gone%3Bto-tag%3D1%3Bfrom-tag%3D2>"),
        hear(202),
        ...told(100),
        ...told(481),
        ...goesOn,
      ],
      "202": waitsToGoOn,
    }));

  test("in the name of somebody else is itself who asks", () =>
    office.play({
      "201": [
        ...dialAndTalk("202"),
        refer("<sip:203@[domain]>", "Referred-By: <sip:boss@elsewhere.example>"),
        hear(202),
        ...told(100),
        ...told(200),
        ...hearHangUp(),
      ],
      "202": waits,
      "203": [
        hearCall({ wants: ["From: .*sip:202@"] }),
        answerCall(200, { sound: {} }),
        hear("ACK"),
        ...hangUp(called, 1),
      ],
    }));

  test("outside any call is refused", () => office.play({ "201": [...outside, hear(405)] }));
});

const outside = [request("REFER", toNobody, 1, { headers: ["Refer-To: <sip:203@[domain]>"] })];

describe("a phone that asks for the place of a call", () => {
  const office = withSippOffice(["201", "202", "203"]);
  const inPlaceOf = (replaces: string): { readonly sound: SippSound; readonly headers: readonly string[] } => ({
    sound: {},
    headers: ["Require: replaces", `Replaces: ${replaces}`],
  });

  test("of its own has it: the other talks on", () =>
    office.play({
      "201": [
        ...dial("202", me),
        hear(180, { may: "be" }),
        hearAnswer(me, { keep: { tag: ["To", "tag=([^;]+)"] } }),
        acknowledge(me, 2),
        ...dial("202", second, inPlaceOf("[call_id];to-tag=[$tag];from-tag=[pid]-[call_number]")),
        hearAnswer(second, { may: "be", next: "answered" }),
        hear("BYE", { wants: ["Call-ID: *[0-9]"] }),
        answer(200),
        hearAnswer(second),
        acknowledge(second, 2),
        ...hangUp(second, 3),
        goTo("end"),
        label("answered"),
        acknowledge(second, 2),
        ...hearHangUp(),
        ...hangUp(second, 3),
        label("end"),
      ],
      "202": [...pickUp(), ...hearHangUp()],
    }));

  test("of somebody else who talks is refused, and the talk goes on", async () => {
    const talk = office.begin({
      "201": [...dialAndTalk("202"), ...hearHangUp()],
      "202": [
        hearCall({ keep: { tag: ["From", "tag=([^;]+)"] } }),
        answerCall(200, { sound: {} }),
        hear("ACK"),
        note("[call_id];to-tag=[$tag];from-tag=[pid]-[call_number]"),
        ...hearHangUp(),
      ],
    });
    const theirs = inPlaceOf(await talk.noted("202"));
    const asks = dial("202", me, theirs);
    const taker = office.begin({ "203": [...asks, ...hearRefusal(403, "202", asks)] });
    await taker.ended();
    await until("the talk alone to be up", async () => {
      const { calls, legs } = await office.server().health();
      return calls === 1 && legs === 2;
    });
    await office.hangUp("201");
    await talk.ended();
    await office.server().backToZero();
  });

  test("that is not there is refused", () => {
    const asks = dial("202", me, inPlaceOf("gone@nowhere;to-tag=1;from-tag=2"));
    return office.play({ "201": [...asks, ...hearRefusal(481, "202", asks)] });
  });

  test("that it does not name well is refused", () => {
    const asks = request("INVITE", toNobody, 1, inPlaceOf("gone"));
    return office.play({ "201": [asks, hear(400), acknowledgeRefusal(toNobody, 1, asks)] });
  });
});
