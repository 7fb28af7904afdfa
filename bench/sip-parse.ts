import { fileURLToPath } from "node:url";
import { startChild } from "../acceptance/child.ts";
import type { Figure } from "./figure.ts";

const WITHIN_MS = 120_000;

/** What sip-parse-process.ts says. */
interface Said {
  readonly parse: number;
  readonly parseAndRead: number;
  readonly parseCheckAndRead: number;
  readonly bytes: number;
  readonly heapBytes: number;
}

/** What reading a call's first message costs. */
export const sipParse: Figure = {
  name: "sip-parse",
  about:
    "INVITEs of many callers read on one core: start line, top Via with branch, From, To, tags, Call-ID, CSeq, Max-Forwards, Contact, Content-Length (best of 8 rounds, by processor time)",
  async measure({ serverInside, serverNodeWords }) {
    const path = fileURLToPath(new URL("sip-parse-process.ts", import.meta.url));
    const [program = "", ...args] = [...serverInside, process.execPath, ...serverNodeWords, "--expose-gc", path];
    const child = startChild(program, args);
    const said = JSON.parse(await child.line(/^\{/, WITHIN_MS)) as Said;
    return {
      value: Math.round(said.parseAndRead),
      unit: "INVITEs a second",
      aim: { atLeast: 400_000 },
      details: {
        parsedOnly: Math.round(said.parse),
        parsedCheckedAndRead: Math.round(said.parseCheckAndRead),
        bytesAMessage: Math.round(said.bytes),
        heapBytesAMessage: Math.round(said.heapBytes),
      },
    };
  },
};
