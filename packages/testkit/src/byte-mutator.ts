import type { SeededRandom } from "./seeded-random.ts";

/** Mutants are cut to this size, so that edits that double cannot grow without end. */
const LARGEST = 80_000;

const CR = 13;
const LF = 10;

type Edit = (bytes: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]) => Uint8Array;

const text = (characters: string): Uint8Array => new TextEncoder().encode(characters);

/** Numbers at and beyond what counters, lengths and ports can hold. */
const numbers: readonly Uint8Array[] = [
  "0",
  "-1",
  "00000000000000000000000000000001",
  "255",
  "65536",
  "2147483648",
  "4294967296",
  "18446744073709551616",
  `9${"0".repeat(400)}`,
  "1e9",
  "0x10",
  "١٢٣",
].map(text);

/** Characters that end, open or escape something, and bytes that are no UTF-8: overlong, half a pair, cut off. */
const pieces: readonly Uint8Array[] = [
  ...[
    "\0",
    '"',
    "\\",
    '\\"',
    "<",
    ">",
    "<<",
    ";",
    ",",
    ":",
    "@",
    "%",
    "%00",
    "%zz",
    "[",
    "]",
    "[::",
    "(",
    ")",
    "((((((",
  ],
  ...[
    "=",
    ";;",
    ", ,",
    "\t",
    " ",
    "   ",
    "é",
    "漢字",
    "😀",
    "\u202e",
    "\ufeff",
    "\u0130",
    ";lr",
    ";tag=",
    "sip:",
    "tel:",
    "*",
  ],
  ...["SIP/2.0", "Digest ", 'nonce="', "boundary=", "--", "z9hG4bK"],
]
  .map(text)
  .concat([
    Uint8Array.of(0xc0, 0x80),
    Uint8Array.of(0xed, 0xa0, 0x80),
    Uint8Array.of(0xf4, 0x90),
    Uint8Array.of(0xff, 0xfe),
  ]);

/** Line ends as nobody should write them, and as folding does. */
const lineEnds: readonly Uint8Array[] = [
  "\n",
  "\r",
  "\n\r",
  "\r\r\n",
  "\r\n\r\n",
  "\r\n ",
  "\r\n\t\r\n",
  "\u2028",
  "\v",
].map(text);

const edits: readonly Edit[] = [
  // One bit, one byte, a run of noise.
  (bytes, random) => flipped(bytes, spot(bytes, random), 1 << random.between(0, 7)),
  (bytes, random) => replaced(bytes, spot(bytes, random), 1, random.bytes(1)),
  (bytes, random) => replaced(bytes, spot(bytes, random), 0, random.bytes(random.between(1, 20))),
  // Less and more of what is there.
  (bytes, random) => replaced(bytes, spot(bytes, random), random.between(1, 40), new Uint8Array(0)),
  (bytes, random) => replaced(bytes, spot(bytes, random), 0, run(bytes, random, 80)),
  (bytes, random) => bytes.subarray(0, spot(bytes, random)),
  (bytes, random) => replaced(bytes, spot(bytes, random), 0, repeated(run(bytes, random, 3), random.between(1, 1000))),
  // Whole lines: again, gone, elsewhere.
  (bytes, random) =>
    replaced(bytes, lineAt(bytes, random).start, 0, repeated(lineOf(bytes, random), random.between(1, 3))),
  (bytes, random) => replaced(bytes, lineAt(bytes, random).start, lineOf(bytes, random).length, new Uint8Array(0)),
  (bytes, random) =>
    replaced(bytes, lineAt(bytes, random).start, 0, repeated(lineOf(bytes, random), random.between(20, 250))),
  // What means something in the grammar, where it should not be.
  (bytes, random) => replaced(bytes, spot(bytes, random), random.between(0, 1), pick(random, pieces)),
  (bytes, random) => replaced(bytes, spot(bytes, random), 0, repeated(pick(random, pieces), random.between(2, 200))),
  (bytes, random) => withNumber(bytes, random),
  (bytes, random) => withLineEnd(bytes, random),
  // Two messages in one.
  (bytes, random, others) => spliced(bytes, pick(random, others), random),
];

/** A changed copy: one to six edits, mostly one or two, the same for the same random numbers. `others` are what it may be spliced with. */
export function mutated(bytes: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]): Uint8Array {
  let mutant = bytes;
  for (let left = random.between(1, random.between(1, 6)); left > 0; left--) {
    mutant = pick(random, edits)(mutant, random, others);
    if (mutant.length > LARGEST) mutant = mutant.subarray(0, LARGEST);
  }
  return mutant;
}

const spot = (bytes: Uint8Array, random: SeededRandom): number => random.between(0, bytes.length);

function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  const item = items[random.between(0, items.length - 1)];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  return replaced(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ bit));
}

function replaced(bytes: Uint8Array, at: number, length: number, by: Uint8Array): Uint8Array {
  const after = Math.min(bytes.length, at + length);
  const result = new Uint8Array(bytes.length - (after - at) + by.length);
  result.set(bytes.subarray(0, at));
  result.set(by, at);
  result.set(bytes.subarray(after), at + by.length);
  return result;
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const length = Math.min(bytes.length * times, LARGEST);
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  for (let filled = bytes.length; filled > 0 && filled < length; filled *= 2) result.copyWithin(filled, 0, filled);
  return result;
}

function run(bytes: Uint8Array, random: SeededRandom, longest: number): Uint8Array {
  const at = spot(bytes, random);
  return bytes.subarray(at, at + random.between(1, longest));
}

/** A line with its end; where none follows, the rest. */
function lineAt(bytes: Uint8Array, random: SeededRandom): { readonly start: number; readonly end: number } {
  const start = bytes.lastIndexOf(LF, spot(bytes, random)) + 1;
  const next = bytes.indexOf(LF, start);
  return { start, end: next < 0 ? bytes.length : next + 1 };
}

function lineOf(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const { start, end } = lineAt(bytes, random);
  return bytes.subarray(start, end);
}

/** Another number in place of one that is there. */
function withNumber(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const isDigit = (at: number): boolean => (bytes[at] ?? 0) >= 48 && (bytes[at] ?? 0) <= 57;
  let start = spot(bytes, random);
  while (start < bytes.length && !isDigit(start)) start++;
  let end = start;
  while (isDigit(end)) end++;
  return replaced(bytes, start, end - start, pick(random, numbers));
}

/** Another line end in place of one that is there. */
function withLineEnd(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = bytes.indexOf(CR, spot(bytes, random));
  return at < 0 ? bytes : replaced(bytes, at, 2, pick(random, lineEnds));
}

function spliced(first: Uint8Array, second: Uint8Array, random: SeededRandom): Uint8Array {
  const tail = second.subarray(spot(second, random));
  return replaced(first, spot(first, random), first.length, tail);
}
