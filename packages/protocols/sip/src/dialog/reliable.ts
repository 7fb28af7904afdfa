import { wholeNumber } from "../message/characters.ts";
import type { Headers } from "../message/headers.ts";
import type { SipResponse } from "../message/message.ts";

/** Which provisional response a PRACK acknowledges. @rfc 3262#7.2 */
export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

/** Reads a RAck value, `rseq cseq method`; undefined when it is malformed. */
export function parseRAck(text: string): RAck | undefined {
  const words = text.split(/[ \t]/).filter((word) => word !== "");
  const [rseq = "", cseq = "", method = "", ...more] = words;
  const numbers = [numberOf(rseq), wholeNumber(cseq, 10)] as const;
  if (more.length > 0 || method === "" || numbers[0] === undefined || numbers[1] === undefined) return undefined;
  return { rseq: numbers[0], cseq: numbers[1], method };
}

/** The RSeq of a provisional response that has to be acknowledged; undefined for any other. @rfc 3262#4 */
export function reliableNumber({ status, headers }: SipResponse): number | undefined {
  if (status <= 100 || status >= 200 || !names100rel(headers, "Require")) return undefined;
  return numberOf(headers.get("RSeq")?.trim() ?? "");
}

/** Whether a message names the extension. */
export const names100rel = (headers: Headers, where: "Require" | "Supported"): boolean =>
  headers.values(where).some((each) => each.toLowerCase() === "100rel");

/** Whether a reliable response of a branch is the next one: any is when there was none, then one by one. @rfc 3262#4 */
export const isNextReliable = (last: number | undefined, rseq: number): boolean =>
  last === undefined || rseq === last + 1;

/** 1 to 2^32 - 1. @rfc 3262#7.1 */
function numberOf(text: string): number | undefined {
  const value = wholeNumber(text, 10);
  return value === undefined || value < 1 || value >= 2 ** 32 ? undefined : value;
}
