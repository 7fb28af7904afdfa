import type { SeededRandom } from "@cordboard/testkit";
import { mutated, sipSamples } from "@cordboard/testkit";
import { bytesOf, namesIn, rfc4475, rfc5118 } from "../torture/messages.ts";

/** The messages of the torture RFCs, as far as they are on this machine; the samples of our own stand alone too. */
const vectors: readonly Uint8Array[] = [rfc4475, rfc5118].flatMap((set) =>
  namesIn(set)
    .toSorted()
    .map((name) => bytesOf(set, name)),
);

/** What mutants are made of. */
export const originals: readonly Uint8Array[] = [...sipSamples(), ...vectors];

/** One input of many: mostly a changed valid message, sometimes noise that never was one. */
export function specimen(random: SeededRandom, from: readonly Uint8Array[] = originals): Uint8Array {
  if (random.chance(0.03)) return random.bytes(random.between(0, 1500));
  return mutated(from[random.between(0, from.length - 1)] ?? new Uint8Array(0), random, from);
}

/** Bytes to paste into a test of their own; long ones are cut. */
export function hexOf(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 4096)).toString("hex");
  return bytes.length > 4096 ? `${shown}… (${bytes.length} bytes)` : shown;
}
