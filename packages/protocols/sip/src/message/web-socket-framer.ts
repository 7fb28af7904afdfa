import type { Framed, FrameLimits, Framer } from "./stream-framer.ts";
import { defaultFrameLimits } from "./stream-framer.ts";

const CR = 13;
const LF = 10;
const nothing: Framed = { frames: [], isBroken: false };
const ping: Framed = { frames: [{ type: "ping" }], isBroken: false };
const tooLong: Framed = { frames: [], isBroken: true };

/**
 * Takes what a WebSocket brings: each frame is one whole message, or a ping of two line ends; one line end is a pong.
 * @rfc 7118#5.2 @rfc 7118#6
 */
export function webSocketFramer({ head, body }: FrameLimits = defaultFrameLimits): Framer {
  return {
    held: 0,
    push(frame) {
      if (frame.length > head + body) return tooLong;
      if (frame[0] !== CR && frame.length > 0) return { frames: [{ type: "message", bytes: frame }], isBroken: false };
      const isPing = frame.length === 4 && frame[1] === LF && frame[2] === CR && frame[3] === LF;
      if (isPing) return ping;
      const isPong = frame.length === 0 || (frame.length === 2 && frame[1] === LF);
      return isPong ? nothing : { frames: [{ type: "message", bytes: frame }], isBroken: false };
    },
  };
}
