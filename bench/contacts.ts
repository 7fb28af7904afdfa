import { fileURLToPath } from "node:url";
import { startChild } from "../acceptance/child.ts";
import type { Figure } from "./figure.ts";
import { rounded } from "./spread.ts";

const CONTACTS = 100_000;
const WITHIN_MS = 600_000;

/** What contacts-process.ts says. */
interface Said {
  readonly contacts: number;
  readonly bytesEach: number;
  readonly restoredBytesEach: number;
  readonly registerCpuMs: number;
  readonly restoreCpuMs: number;
  readonly expireCpuMs: number;
}

/** What it costs to know where a phone is. */
export const contacts: Figure = {
  name: "contacts",
  about: `memory of one of ${CONTACTS} contacts that registered with digest, in a switch with its directory (heap and buffers after a collection, above the same switch without them)`,
  async measure({ serverInside, serverNodeWords }) {
    const path = fileURLToPath(new URL("contacts-process.ts", import.meta.url));
    const words = [...serverNodeWords, "--expose-gc", path, String(CONTACTS)];
    const [program = "", ...args] = [...serverInside, process.execPath, ...words];
    const child = startChild(program, args);
    const said = JSON.parse(await child.line(/^\{/, WITHIN_MS)) as Said;
    if (said.contacts !== CONTACTS) throw new Error(`only ${said.contacts} contacts were kept`);
    return {
      value: Math.round(said.bytesEach),
      unit: "bytes a contact",
      aim: { atMost: 1500 },
      details: {
        restoredBytes: Math.round(said.restoredBytesEach),
        registerCpuMs: rounded(said.registerCpuMs, 3),
        restoreAllCpuMs: Math.round(said.restoreCpuMs),
        expireAllCpuMs: Math.round(said.expireCpuMs),
      },
    };
  },
};
