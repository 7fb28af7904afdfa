import { describe, test } from "vitest";
import { aLittle, calledUnless, callingUnless, OFTEN, unless } from "./sipp-crossing.ts";
import { withSippOffice } from "./sipp-office.ts";
import type { SippStep } from "./sipp-scenario.ts";
import {
  acknowledge,
  acknowledgeRefusal,
  answer,
  called,
  calling,
  goTo,
  hangUp,
  hear,
  hearHangUp,
  label,
  pause,
  pickUp,
  request,
  requestOnce,
} from "./sipp-scenario.ts";

const me = calling();

describe.each(OFTEN)("what crosses an offer, $calls times $how, comes to a clean end:", ({ calls, atOnce }) => {
  const office = withSippOffice(["201", "202", "203"]);
  const often = { calls, atOnce, isCrossed: true };

  const offer = requestOnce("INVITE", me, 4, { sound: { codecs: [0, 8], direction: "sendonly", version: 4 } });
  /** Its offer is answered, or comes too late: what the other end says first decides. */
  const offersUnlessGone: readonly SippStep[] = [
    ...callingUnless(unless("BYE", "gone")),
    aLittle,
    offer,
    unless("BYE", "crossed"),
    hear(481, { may: "be", next: "refused" }),
    hear(487, { may: "be", next: "refused" }),
    hear(200),
    acknowledge(me, 4),
    ...hearHangUp(),
    goTo("end"),
    label("refused"),
    acknowledgeRefusal(me, 4, offer),
    ...hearHangUp(),
    goTo("end"),
    label("crossed"),
    answer(200),
    hear(200, { may: "be", next: "answered" }),
    hear(481, { may: "be", next: "late" }),
    hear(487),
    label("late"),
    acknowledgeRefusal(me, 4, offer),
    goTo("end"),
    label("answered"),
    acknowledge(me, 4),
    goTo("end"),
    label("gone"),
    answer(200),
    label("end"),
  ];

  test("a re-INVITE and BYE from the other end", () =>
    office.play({ "201": offersUnlessGone, "202": [...calledUnless(), aLittle, ...hangUp(called, 2)] }, often));

  test("a re-INVITE and BYE from the same end", () =>
    office.play(
      {
        "201": [...callingUnless(), offer, ...hangUp(me, 5)],
        "202": [...calledUnless(), ...hearHangUp()],
      },
      often,
    ));

  test("REFER and a hold from the other end", () =>
    office.play(
      {
        "201": [
          ...callingUnless(),
          aLittle,
          request("REFER", me, 4, { headers: ["Refer-To: <sip:203@[domain]>"] }),
          hear(202),
          hear("NOTIFY", { wants: ["SIP/2.0 100"] }),
          answer(200),
          hear("NOTIFY", { wants: ["SIP/2.0 200"] }),
          answer(200),
          ...hearHangUp(),
        ],
        "202": [
          ...calledUnless(),
          aLittle,
          request("INVITE", called, 2, { sound: { direction: "sendonly", version: 4 } }),
          hear(100, { may: "be" }),
          hear(200, { wants: ["a=recvonly"] }),
          acknowledge(called, 2),
          ...hearHangUp(),
        ],
        "203": [...pickUp(), pause(300), ...hangUp(called, 1)],
      },
      often,
    ));
});

describe("two re-INVITEs", () => {
  const office = withSippOffice(["201", "202"]);
  const mine = requestOnce("INVITE", called, 2, { sound: { version: 4 } });
  const theirs: readonly SippStep[] = [
    hear("INVITE", { wants: ["RTP/AVP 0 101"] }),
    answer(200, { sound: { codecs: [0], version: 5 } }),
    hear("ACK"),
  ];

  test("that cross are both refused, and both come through when they are sent again", () =>
    office.play(
      {
        "201": [
          ...callingUnless(),
          aLittle,
          request("INVITE", me, 4, { sound: { codecs: [0], version: 4 } }),
          hear(100, { may: "be" }),
          hear(200),
          acknowledge(me, 4),
          ...hearHangUp(),
        ],
        "202": [
          ...calledUnless(unless("INVITE", "first")),
          aLittle,
          mine,
          unless("INVITE", "glare"),
          hear(491, { may: "be", next: "lost" }),
          hear(200),
          acknowledge(called, 2),
          ...theirs,
          ...hangUp(called, 3),
          goTo("end"),
          label("glare"),
          answer(491),
          hear("ACK", { may: "be" }),
          hear(491),
          label("lost"),
          acknowledgeRefusal(called, 2, mine),
          pause(0, 500),
          request("INVITE", called, 3, { sound: { version: 4 } }),
          hear("ACK", { may: "be" }),
          hear(200),
          acknowledge(called, 3),
          ...theirs,
          ...hangUp(called, 4),
          goTo("end"),
          label("first"),
          answer(200, { sound: { codecs: [0], version: 4 } }),
          hear("ACK"),
          request("INVITE", called, 2, { sound: { codecs: [0], version: 4 } }),
          hear(200),
          acknowledge(called, 2),
          ...hangUp(called, 3),
          label("end"),
        ],
      },
      { calls: 100, atOnce: 50, isCrossed: true },
    ));
});
