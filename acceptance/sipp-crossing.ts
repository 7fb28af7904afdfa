import type { SippStep } from "./sipp-scenario.ts";
import {
  acknowledge,
  answer,
  answerCall,
  called,
  calling,
  dial,
  goTo,
  hear,
  hearAnswer,
  hearCall,
  hearHangUp,
  label,
  offerAgain,
  pause,
  request,
  takeOffer,
} from "./sipp-scenario.ts";

/** Longest time by which what crosses is apart, in milliseconds: about what the way through the server takes. */
export const APART_MS = 12;

/** Some moment before it crosses. */
export const aLittle: SippStep = pause(0, APART_MS);

/** Each crossing happens so many times, in turn and at once. */
export const OFTEN = [
  { how: "in turn", calls: 50, atOnce: 1 },
  { how: "at once", calls: 100, atOnce: 50 },
] as const;

/** Whatever comes first: a message that may come at any time from here on leads to a label. */
export const unless = (what: string | number, next: string): SippStep => hear(what, { may: "ever", next });

/** A phone that rings for `rings`, and answers; is cancelled before that, or after it, which is too late. */
export const ringsUnlessCancelled = (rings: SippStep): readonly SippStep[] => [
  unless("CANCEL", "cancelled"),
  hearCall(),
  answerCall(180),
  rings,
  answerCall(200, { sound: {} }),
  unless("CANCEL", "late"),
  hear("ACK"),
  ...hearHangUp(),
  goTo("end"),
  label("late"),
  answer(200),
  hear("ACK"),
  ...hearHangUp(),
  goTo("end"),
  label("cancelled"),
  answer(200),
  answerCall(487),
  hear("ACK"),
  label("end"),
];

const me = calling();
const [all, fewer, g711] = [
  { codecs: [9, 3, 0, 8], version: 1 },
  { codecs: [3, 0, 8], version: 2 },
  { codecs: [0, 8], version: 3 },
] as const;

/**
 * Calls 202, and talks until something crosses. What one side changes to, the other is asked to change to as well: after both have done so
 * both are in the talk, and nothing is under way. The next CSeq is 4.
 */
export const callingUnless = (...crossed: readonly SippStep[]): readonly SippStep[] => [
  ...dial("202", me, { sound: all }),
  hear(180, { may: "be" }),
  hearAnswer(me),
  acknowledge(me, 2),
  ...offerAgain(me, 3, fewer),
  hear("INVITE"),
  answer(200, { sound: g711 }),
  ...crossed,
  hear("ACK"),
];

/** Its other side. The next CSeq is 2. */
export const calledUnless = (...crossed: readonly SippStep[]): readonly SippStep[] => [
  hearCall(),
  answerCall(180),
  answerCall(200, { sound: all }),
  hear("ACK"),
  ...takeOffer(fewer),
  request("INVITE", called, 1, { sound: g711 }),
  hear(100, { may: "be" }),
  ...crossed,
  hear(200),
  acknowledge(called, 1),
];
