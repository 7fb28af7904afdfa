import { describe, test } from "vitest";
import {
  APART_MS,
  aLittle,
  calledUnless,
  callingUnless,
  OFTEN,
  ringsUnlessCancelled,
  unless,
} from "./sipp-crossing.ts";
import { withSippOffice } from "./sipp-office.ts";
import type { SippDialog, SippStep } from "./sipp-scenario.ts";
import {
  acknowledge,
  answer,
  answerCall,
  called,
  calling,
  cancel,
  dial,
  goTo,
  hear,
  hearCall,
  hearHangUp,
  hearRefusal,
  inviteOf,
  label,
  pause,
  requestOnce,
} from "./sipp-scenario.ts";

const me = calling();

/** Hangs up while the other may do so too. */
const hangUpUnlessGone = (dialog: SippDialog, cseq: number): readonly SippStep[] => [
  aLittle,
  requestOnce("BYE", dialog, cseq),
  unless("BYE", "crossed"),
  hear(200),
  goTo("end"),
  label("crossed"),
  answer(200),
  label("end"),
];

describe.each(OFTEN)("what crosses, $calls times $how, comes to a clean end:", ({ calls, atOnce }) => {
  const office = withSippOffice(["201", "202", "203"]);
  const often = { calls, atOnce, isCrossed: true };

  test("BYE from both sides", () =>
    office.play(
      {
        "201": [...callingUnless(unless("BYE", "crossed")), ...hangUpUnlessGone(me, 4)],
        "202": [...calledUnless(unless("BYE", "crossed")), ...hangUpUnlessGone(called, 2)],
      },
      often,
    ));

  const invited = dial("202");
  const gaveUp: readonly SippStep[] = [
    cancel("202", me, inviteOf(invited)),
    hear(487, { may: "be", next: "refused" }),
    hear(481, { may: "be" }),
    hear(200, {
      next: "answered",
      may: "be",
      if: "isAnswer",
      keep: { isAnswer: ["CSeq", "INVITE"], remote: ["To", ".*"], target: ["Contact", "<([^>]*)>"] },
    }),
    hear("never"),
    label("answered"),
    acknowledge(me, 2),
    requestOnce("BYE", me, 3),
    hear(200),
    goTo("end"),
    label("refused"),
    hearRefusal(487, "202", invited)[1] ?? label("none"),
    label("end"),
  ];
  const ringing = ringsUnlessCancelled(pause(0, 2 * APART_MS));

  test("CANCEL and the answer", () =>
    office.play({ "201": [...invited, hear(180), aLittle, ...gaveUp], "202": ringing }, often));

  test("CANCEL and the first sign that it rings", () =>
    office.play(
      { "201": [...invited.slice(0, -1), hear(100), aLittle, ...gaveUp], "202": ringing },
      { ...often, maybeMissed: true },
    ));

  test("CANCEL and an answer that comes after it", () =>
    office.play(
      {
        "201": [...invited, hear(180), ...gaveUp],
        "202": [
          hearCall(),
          answerCall(180),
          hear("CANCEL"),
          answer(200),
          answerCall(200, { sound: {} }),
          hear("ACK"),
          ...hearHangUp(),
        ],
      },
      often,
    ));
});
