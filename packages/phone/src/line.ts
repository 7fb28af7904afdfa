import type { SipAgent } from "@cordboard/sip";
import type { CodecChoice } from "./call/media-terms.ts";
import { Pacer } from "./sound/pacer.ts";
import { ClipShelf } from "./sound/sound-source.ts";
import type { PhoneHost } from "./types.ts";

/** What the calls of one phone, bank or carrier share. */
export interface Line extends PhoneHost {
  readonly agent: SipAgent;
  /** Address that sockets for sound are bound to, and that SDP says. */
  readonly soundAddress: string;
  readonly pacer: Pacer;
  readonly clips: ClipShelf;
  readonly codecs: CodecChoice;
}

/** A line on a SIP agent, with a timer and a shelf of sound of its own. */
export const lineOf = (host: PhoneHost, parts: Pick<Line, "agent" | "soundAddress" | "codecs">): Line => ({
  ...parts,
  clock: host.clock,
  random: host.random,
  hash: host.hash,
  ...(host.log === undefined ? {} : { log: host.log }),
  pacer: new Pacer(host.clock),
  clips: new ClipShelf(),
});
