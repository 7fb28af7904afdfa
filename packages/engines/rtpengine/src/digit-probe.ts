import type { Clock, Result, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { Dictionary } from "./bencode.ts";
import type { NgRefusal, NgRequest } from "./ng-client.ts";

/** What a probe is made of. */
export interface DigitProbeParts {
  readonly clock: Clock;
  readonly ask: (request: NgRequest) => Promise<Result<Dictionary, NgRefusal>>;
  /** The id of the call that it makes. */
  readonly callId: string;
}

/** How long the notice of a digit may take. */
const PATIENCE = seconds(1);

const silentPeer = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 9 RTP/AVP 8 101",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:101 telephone-event/8000",
  "",
].join("\r\n");

/**
 * Finds out whether an rtpengine tells digits, which depends on how it was started and cannot be asked: in a call of two who are
 * not there it plays a digit, and the notice of it comes or does not.
 */
export class DigitProbe {
  readonly callId: string;
  readonly #parts: DigitProbeParts;
  #isHeard = false;
  #heard: () => void = () => {};
  #timer: Timer | undefined;

  constructor(parts: DigitProbeParts) {
    this.callId = parts.callId;
    this.#parts = parts;
  }

  /** A notice came since the rtpengine was found. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Makes the call and waits for the notice; settles when it came or the patience is over. */
  async run(): Promise<void> {
    const { ask, clock } = this.#parts;
    const call = { "call-id": this.callId, "from-tag": "a", "to-tag": "b" };
    const notice = new Promise<void>((resolve) => {
      this.#heard = resolve;
    });
    const side = { ...call, sdp: silentPeer, ICE: "remove" };
    for (const request of [
      { ...side, command: "offer" },
      { ...side, command: "answer" },
      { "call-id": this.callId, "from-tag": "a", command: "play DTMF", code: "0", duration: 50 },
    ]) {
      const reply = await ask(request);
      if (!reply.ok) return;
    }
    this.#timer = clock.after(PATIENCE, this.#heard);
    await notice;
    this.#timer.cancel();
    await ask({ "call-id": this.callId, command: "delete", "delete-delay": 0 });
  }

  hear(): void {
    this.#isHeard = true;
    this.#heard();
  }

  forget(): void {
    this.#isHeard = false;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#heard();
  }
}
