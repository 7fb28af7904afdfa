import type { Story } from "./story.ts";

const decoder = new TextDecoder();

/** A story to read: the plan, each message as it was sent, and what both sides heard. */
export function ladder({ plan, sent, caller, callees }: Story): string {
  const messages = sent.map(({ at, from, to, bytes }) => {
    const [start, ...lines] = decoder.decode(bytes).split("\r\n");
    const cseq = lines.find((line) => line.startsWith("CSeq: ")) ?? "";
    return `${at.toFixed(0).padStart(7)}  ${from.address} > ${to.address}  ${start}  ${cseq}`;
  });
  const heard = [caller, ...callees].map((each) => JSON.stringify(each));
  return [JSON.stringify(plan), ...messages, ...heard, ""].join("\n");
}
