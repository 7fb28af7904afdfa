import type { Millis } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import type { DeclineOptions, HangUpOptions } from "./ending.ts";

/**
 * What is done with a call that comes in. `ring`: 180, then it is up to the test; `auto`: 180 and at once 200; `busy`:
 * 486; `decline`: 603; or a script.
 */
export type Behaviour = "ring" | "auto" | "busy" | "decline" | Script;

/** A call that comes in, step by step. Every step may be late; a call that ends meanwhile ends the script. */
export type Script = AnswerScript | RejectScript | RingScript | NothingScript;

interface EveryScript {
  /** Before anything is sent, in milliseconds; 0 unless said otherwise. */
  readonly delayMs?: Millis;
}

interface RingingScript extends EveryScript {
  /** Rings by 183 with sound in place of 180. */
  readonly earlyMedia?: boolean;
}

/** Rings, answers, and may hang up. */
export interface AnswerScript extends RingingScript {
  readonly does: "answer";
  /** Between ringing and answer, in milliseconds; 0 unless said otherwise. */
  readonly ringMs?: Millis;
  /** Hangs up so long after the answer, in milliseconds; never unless said otherwise. */
  readonly hangUpAfterMs?: Millis;
}

/** Refuses, at once or after ringing for a while. */
export interface RejectScript extends RingingScript, DeclineOptions {
  readonly does: "reject";
  /** 300 to 699. */
  readonly status: number;
  /** Rings for so long first, in milliseconds; does not ring unless said. */
  readonly ringMs?: Millis;
}

/** Rings and is never answered. */
export interface RingScript extends RingingScript {
  readonly does: "ring";
}

/** Says nothing: the caller gets 100 Trying from the stack and no more. */
export interface NothingScript extends EveryScript {
  readonly does: "nothing";
}

/** The call that a script plays with. */
export interface Behaving {
  ring(options: { readonly earlyMedia: boolean }): Promise<void>;
  answer(): Promise<void>;
  decline(status: number, options: DeclineOptions): void;
  hangUp(options?: HangUpOptions): Promise<unknown>;
  /** Resolves after so long; rejects when the call ends before. */
  pause(time: Millis): Promise<void>;
}

/** Plays a script; rejects when the call ends before the script does. */
export async function behave(call: Behaving, behaviour: Behaviour): Promise<void> {
  const script = scriptOf(behaviour);
  await pauseFor(call, script.delayMs);
  switch (script.does) {
    case "answer":
      await call.ring({ earlyMedia: script.earlyMedia ?? false });
      await pauseFor(call, script.ringMs);
      await call.answer();
      if (script.hangUpAfterMs === undefined) return;
      await call.pause(script.hangUpAfterMs);
      await call.hangUp();
      return;
    case "reject":
      if (script.ringMs !== undefined) {
        await call.ring({ earlyMedia: script.earlyMedia ?? false });
        await call.pause(script.ringMs);
      }
      return call.decline(script.status, script);
    case "ring":
      return call.ring({ earlyMedia: script.earlyMedia ?? false });
    case "nothing":
      return;
    default:
      return unreachable(script);
  }
}

const pauseFor = async (call: Behaving, time: Millis = ms(0)): Promise<void> => {
  if (time > 0) await call.pause(time);
};

function scriptOf(behaviour: Behaviour): Script {
  switch (behaviour) {
    case "ring":
      return { does: "ring" };
    case "auto":
      return { does: "answer" };
    case "busy":
      return { does: "reject", status: 486 };
    case "decline":
      return { does: "reject", status: 603 };
    default:
      return behaviour;
  }
}
