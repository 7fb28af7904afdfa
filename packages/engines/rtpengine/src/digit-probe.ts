import { createSocket } from "node:dgram";
import type { Clock, Timer } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import { printPlainRtp, printTelephoneEvent } from "@cordboard/rtp";
import { readLocalMedia } from "./local-media.ts";
import type { AskNg } from "./ng-client.ts";
import type { Endpoint } from "./seat.ts";

/** What a probe is made of. */
export interface DigitProbeParts {
  readonly clock: Clock;
  readonly ask: AskNg;
  /** The id of the call that it makes. */
  readonly callId: string;
}

/** How long the notice of a digit may take. */
const PATIENCE = seconds(1);
const EVENTS = 101;

const silentPeer = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 9 RTP/AVP 8 101",
  "a=rtpmap:8 PCMA/8000",
  `a=rtpmap:${EVENTS} telephone-event/8000`,
  "",
].join("\r\n");

/**
 * Finds out whether an rtpengine tells digits, which depends on how it was started and cannot be asked: in a call of two who are
 * not there it sends a digit as one of them, and the notice of it comes or does not.
 */
export class DigitProbe {
  readonly #parts: DigitProbeParts;
  #heard: (isHeard: boolean) => void = () => {};
  #timer: Timer | undefined;

  constructor(parts: DigitProbeParts) {
    this.#parts = parts;
  }

  /** Makes the call and waits for the notice: whether it came before the patience was over. */
  async run(): Promise<boolean> {
    const { ask, clock, callId } = this.#parts;
    const call = { "call-id": callId, "from-tag": "a", "to-tag": "b", sdp: silentPeer, ICE: "remove" };
    const notice = new Promise<boolean>((resolve) => {
      this.#heard = resolve;
    });
    const offered = await ask({ ...call, command: "offer" });
    const answered = offered.ok ? await ask({ ...call, command: "answer" }) : offered;
    const place = offered.ok ? readLocalMedia(offered.value) : undefined;
    if (answered.ok && place !== undefined) {
      sendDigit(place);
      this.#timer = clock.after(PATIENCE, () => this.#heard(false));
    } else this.#heard(false);
    const isHeard = await notice;
    this.#timer?.cancel();
    await ask({ "call-id": callId, command: "delete", "delete-delay": 0 });
    return isHeard;
  }

  /** The notice has come. */
  hear(): void {
    this.#heard(true);
  }

  /** Waits no longer. */
  stop(): void {
    this.#heard(false);
  }
}

/** Sends the end of a digit, three times as usual, and does not care whether it arrives. @rfc 4733#2.5.1.4 */
function sendDigit({ address, port }: Endpoint): void {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("error", () => {});
  const body = printTelephoneEvent({ event: 0, isEnd: true, volume: 10, duration: 800 });
  let left = 3;
  for (let sequence = 1; sequence <= 3; sequence++) {
    const header = { marker: false, payload: EVENTS, sequence, timestamp: 1, ssrc: 1 };
    socket.send(printPlainRtp(header, body), port, address, () => {
      left -= 1;
      if (left === 0) socket.close();
    });
  }
}
