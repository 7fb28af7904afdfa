import type { EndReason } from "@cordboard/core";

/**
 * The two things that a leg has, and whether it is to end. A leg has ended when both are closed:
 *
 * ```
 *   sound  opening ──► open ──► closing ──► closed        wire  none ──► calling ──► talking
 *             └────────(refused)───────────────▲                 └────────┴──► ending ──► closed
 * ```
 */
export interface LegLife {
  readonly sound: "opening" | "open" | "closing" | "closed";
  /** `none`: nothing was sent and nothing came. `calling`: an INVITE without a final answer. `talking`: a dialog. */
  readonly wire: "none" | "calling" | "talking" | "ending" | "closed";
  /** The first reason counts: set once, when the end begins. */
  readonly reason: EndReason | undefined;
  readonly isReported: boolean;
}

/** What can happen to a leg. */
export type LegInput =
  | { readonly type: "sound-opened" }
  | { readonly type: "sound-closed" }
  /** The INVITE has come or left. */
  | { readonly type: "called" }
  | { readonly type: "answered" }
  /** We end it. */
  | { readonly type: "end"; readonly reason: EndReason }
  /** The peer or the way to it has ended it; nothing more comes. */
  | { readonly type: "over"; readonly reason: EndReason }
  /** What we ended is over on the wire. */
  | { readonly type: "wire-closed" }
  /** It could not be ended in time: nothing more is waited for. */
  | { readonly type: "torn-down"; readonly reason: EndReason };

/** `give-up`: refuse or cancel the call; `hang-up`: BYE. */
export type LegStep = "give-up" | "hang-up" | "close-sound" | "report";

/** How an incoming leg begins: its INVITE is there, ports are asked for. */
export const incomingLife: LegLife = { sound: "opening", wire: "calling", reason: undefined, isReported: false };

/** How a placed leg begins. */
export const placedLife: LegLife = { sound: "opening", wire: "none", reason: undefined, isReported: false };

/** Next state and what to do, never doing it. Inputs that come too late leave the state as it is. */
export function stepLeg(life: LegLife, input: LegInput): readonly [LegLife, readonly LegStep[]] {
  const next = taken(life, input);
  if (next.reason === undefined || next.isReported) return [next, []];
  return ending(next);
}

function taken(life: LegLife, input: LegInput): LegLife {
  const reason = "reason" in input ? (life.reason ?? input.reason) : life.reason;
  switch (input.type) {
    case "sound-opened":
      return life.sound === "opening" ? { ...life, sound: "open" } : life;
    case "sound-closed":
      return { ...life, sound: "closed" };
    case "called":
      return life.wire === "none" ? { ...life, wire: "calling" } : life;
    case "answered":
      return life.wire === "calling" ? { ...life, wire: "talking" } : life;
    case "end":
      return { ...life, reason };
    case "over":
      return { ...life, reason, wire: "closed" };
    case "wire-closed":
      return { ...life, wire: "closed" };
    case "torn-down":
      return { ...life, reason, wire: "closed", sound: "closed" };
    default:
      return life;
  }
}

/** Lets go of what is still held, and reports when nothing is left. Ports that are still being opened are waited for. */
function ending(life: LegLife): readonly [LegLife, readonly LegStep[]] {
  const steps: LegStep[] = [];
  let { wire, sound } = life;
  if (wire === "none") wire = "closed";
  else if (wire === "calling" || wire === "talking") {
    steps.push(wire === "calling" ? "give-up" : "hang-up");
    wire = "ending";
  }
  if (sound === "open") {
    steps.push("close-sound");
    sound = "closing";
  }
  const isOver = wire === "closed" && sound === "closed";
  if (isOver) steps.push("report");
  return [{ ...life, wire, sound, isReported: isOver }, steps];
}
