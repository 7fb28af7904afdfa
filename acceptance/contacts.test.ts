import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startChild } from "./child.ts";

const CONTACTS = 10_000;
const WITHIN_MS = 60_000;

/** What a whole switch remembers for a while of its latest phones (challenges, nonces in use) weighs more with few of them. */
const MOST_BYTES = { registered: 1800, restored: 1300 };

test(
  "a contact stands by itself: it keeps neither the message that it came in nor room for others",
  async () => {
    const script = fileURLToPath(new URL("../bench/contacts-process.ts", import.meta.url));
    const child = startChild(process.execPath, ["--expose-gc", script, String(CONTACTS)]);
    const said: unknown = JSON.parse(await child.line(/^\{/, WITHIN_MS));
    expect(said).toMatchObject({ contacts: CONTACTS });
    const { bytesEach, restoredBytesEach } = said as Record<string, number>;
    expect(bytesEach).toBeLessThan(MOST_BYTES.registered);
    expect(restoredBytesEach).toBeLessThan(MOST_BYTES.restored);
  },
  2 * WITHIN_MS,
);
