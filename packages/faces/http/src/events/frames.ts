import type { Snapshot, StreamPosition } from "@cordboard/core";
import type { Envelope } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { Encoding } from "./types.ts";

/** A frame of the live stream as JSON, with the position that a client may resume from once it has it. */
export interface Frame {
  readonly json: string;
  readonly id: string | undefined;
}

const idOf = ({ epoch, seq }: StreamPosition): string => `${epoch}:${seq}`;

/** The first frame. It is no place to resume from: what was missed comes after it. */
export const helloFrame = ({ epoch, seq }: StreamPosition): Frame => ({
  json: JSON.stringify({ type: "hello", epoch, seq }),
  id: undefined,
});

/** Says that events are lost; the snapshot that follows makes up for them. */
export const gapFrame = ({ epoch, seq }: StreamPosition): Frame => ({
  json: JSON.stringify({ type: "gap", epoch, seq }),
  id: undefined,
});

/** All that the actor may see, as of `seq`. */
export const snapshotFrame = ({ position, state }: Snapshot): Frame => ({
  json: JSON.stringify({ type: "snapshot", epoch: position.epoch, seq: position.seq, state }),
  id: idOf(position),
});

/** Says that the stream is alive, and how far the client has come. */
export const pingFrame = ({ epoch, seq }: StreamPosition): Frame => ({
  json: JSON.stringify({ type: "ping", epoch, seq }),
  id: idOf({ epoch, seq }),
});

/** One event, with `data` as the receiver may see it. */
export const eventFrame = ({ epoch, seq, at, event }: Envelope, data: unknown): Frame => ({
  json: JSON.stringify({ type: "event", epoch, seq, at: isoText(at), event, data }),
  id: idOf({ epoch, seq }),
});

/** The frame's bytes. JSON has no line breaks, so one `data:` line holds it. */
export function encodeFrame({ json, id }: Frame, encoding: Encoding): Buffer {
  if (encoding === "websocket") return webSocketText(json);
  return Buffer.from(`${id === undefined ? "" : `id: ${id}\n`}data: ${json}\n\n`);
}

const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** An unfragmented, unmasked text frame, made once and written to many sockets. @rfc 6455#5.2 */
export function webSocketText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < LENGTH_16 ? 2 : length <= 0xffff ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = FINAL_TEXT;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header, "utf8");
  return frame;
}
