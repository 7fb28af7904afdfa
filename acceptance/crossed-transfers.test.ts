import { describe, test } from "vitest";
import { aLittle, calledUnless, callingUnless, OFTEN, ringsUnlessCancelled, unless } from "./sipp-crossing.ts";
import { withSippOffice } from "./sipp-office.ts";
import type { SippStep } from "./sipp-scenario.ts";
import {
  answer,
  answerCall,
  called,
  calling,
  goTo,
  hangUp,
  hear,
  hearCall,
  hearHangUp,
  label,
  requestOnce,
} from "./sipp-scenario.ts";

const me = calling();
const told: readonly SippStep[] = [hear("NOTIFY"), answer(200)];

/** Sends its call on, unless the other side has hung up by then. */
const sendsOn: readonly SippStep[] = [
  ...callingUnless(unless("BYE", "gone")),
  requestOnce("REFER", me, 4, { headers: ["Refer-To: <sip:203@[domain]>"] }),
  hear(481, { may: "be", next: "late" }),
  hear(202),
  ...told,
  ...told,
  label("late"),
  hear("BYE"),
  label("gone"),
  answer(200),
];

describe.each(OFTEN)("a transfer, $calls times $how, comes to a clean end", ({ calls, atOnce }) => {
  const office = withSippOffice(["201", "202", "203"]);
  const often = { calls, atOnce, isCrossed: true };

  test("when the target hangs up as soon as it has answered", () =>
    office.play(
      {
        "201": sendsOn,
        "202": [...calledUnless(), ...hearHangUp()],
        "203": [
          hearCall(),
          answerCall(180),
          aLittle,
          answerCall(200, { sound: {} }),
          hear("ACK"),
          aLittle,
          ...hangUp(called, 1),
        ],
      },
      often,
    ));

  test("when who is sent on hangs up while the target answers", () =>
    office.play(
      {
        "201": sendsOn,
        "202": [
          ...calledUnless(unless("BYE", "crossed")),
          aLittle,
          ...hangUp(called, 2),
          goTo("end"),
          label("crossed"),
          answer(200),
          label("end"),
        ],
        "203": ringsUnlessCancelled(aLittle),
      },
      { ...often, maybeMissed: true },
    ));
});
