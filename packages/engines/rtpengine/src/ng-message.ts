import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { BencodeFault, Dictionary } from "./bencode.ts";
import { isDictionary, printBencode, readBencode } from "./bencode.ts";

/** A message of rtpengine's ng protocol: a cookie by which an answer finds its request, and what is said. */
export interface NgMessage {
  readonly cookie: string;
  readonly body: Dictionary;
}

/** Longest message either way, in bytes: what one UDP datagram holds. */
export const MAX_MESSAGE = 65_507;
const MAX_COOKIE = 255;
const [SPACE, BEHIND_VISIBLE] = [0x20, 0x7f];

/** A message as it travels; its cookie is visible ASCII without spaces. */
export function printNg({ cookie, body }: NgMessage): Uint8Array {
  return Buffer.concat([Buffer.from(`${cookie} `, "latin1"), printBencode(body)]);
}

/** The first message in the bytes from `start` on, and where it ends. Any bytes give a message or a fault. */
export function readNg(bytes: Uint8Array, start = 0): Result<NgMessage & { readonly end: number }, BencodeFault> {
  let at = start;
  for (; bytes[at] !== SPACE; at++) {
    const byte = bytes[at];
    if (at - start >= MAX_COOKIE || (byte !== undefined && (byte < SPACE || byte >= BEHIND_VISIBLE)))
      return refused({ code: "malformed" });
    if (byte === undefined) return refused({ code: "cut" });
  }
  if (at === start) return refused({ code: "malformed" });
  const cookie = Buffer.from(bytes.subarray(start, at)).toString("latin1");
  const body = readBencode(bytes, at + 1);
  if (!body.ok) return body;
  const { value, end } = body.value;
  return isDictionary(value) ? ok({ cookie, body: value, end }) : refused({ code: "malformed" });
}
