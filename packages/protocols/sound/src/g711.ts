/** The two companding laws of ITU-T G.711: A-law (most of the world) and µ-law (North America, Japan). */
export type G711Law = "a-law" | "mu-law";

/** RTP encoding name of each law (RFC 3551 §4.5.14). */
export const rtpNameOfLaw: Readonly<Record<G711Law, "PCMA" | "PCMU">> = { "a-law": "PCMA", "mu-law": "PCMU" };

/** The law behind an RTP encoding name in upper case, or undefined for any other codec. */
export function lawOfRtpName(name: string): G711Law | undefined {
  return name === "PCMA" ? "a-law" : name === "PCMU" ? "mu-law" : undefined;
}

/** The code that means silence: what a gap in G.711 sound is filled with. */
export const silenceCode: Readonly<Record<G711Law, number>> = { "a-law": 0xd5, "mu-law": 0xff };

/** A-law code to 16-bit sample: 13-bit values, on the wire with every second bit inverted. */
function expandALaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = bits & 15;
  const magnitude = segment === 0 ? 2 * step + 1 : (2 * step + 33) << (segment - 1);
  return (bits & 0x80 ? magnitude : -magnitude) * 8;
}

/** µ-law code to 16-bit sample: 14-bit values around a bias of 33, on the wire with all bits inverted. */
function expandMuLaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((2 * (bits & 15) + 33) << ((bits >> 4) & 7)) - 33;
  return (bits & 0x80 ? -magnitude : magnitude) * 4;
}

/** 16-bit sample to A-law code; a value at a decision level goes away from zero, as the Recommendation has it. */
function compressALaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const sign = sample < 0 ? 0 : 0x80;
  if (magnitude < 16) return (sign | magnitude) ^ 0x55;
  const segment = 28 - Math.clz32(magnitude);
  return (sign | (segment << 4) | ((magnitude >> (segment - 1)) & 15)) ^ 0x55;
}

/** 16-bit sample to µ-law code; louder than the law can say becomes its loudest. */
function compressMuLaw(sample: number): number {
  const biased = Math.min(((sample < 0 ? ~sample : sample) >> 2) + 33, 0x1fff);
  const segment = 26 - Math.clz32(biased);
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((biased >> (segment + 1)) & 15)) & 0xff;
}

function expansionTable(expand: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => expand(code));
}

/** One code per 16-bit sample, indexed by the sample's bits taken as unsigned. */
function compressionTable(compress: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536);
  for (let bits = 0; bits < table.length; bits++) table[bits] = compress((bits << 16) >> 16);
  return table;
}

const EXPANSION: Readonly<Record<G711Law, Int16Array>> = {
  "a-law": expansionTable(expandALaw),
  "mu-law": expansionTable(expandMuLaw),
};

const COMPRESSION: Readonly<Record<G711Law, Uint8Array>> = {
  "a-law": compressionTable(compressALaw),
  "mu-law": compressionTable(compressMuLaw),
};

/** The 16-bit sample of each code of a law, for who decodes into a place of its own. */
export const expansionOf = (law: G711Law): Int16Array => EXPANSION[law];

/** Turns 16-bit samples into G.711 codes in place of those in `into`, from `offset` on; what does not fit is left out. */
export function encodeG711Into(law: G711Law, samples: Int16Array, into: Uint8Array, offset: number): void {
  const table = COMPRESSION[law];
  const length = Math.min(samples.length, into.length - offset);
  for (let i = 0; i < length; i++) into[offset + i] = table[(samples[i] ?? 0) & 0xffff] ?? 0;
}

/** Turns G.711 codes into 16-bit samples, one for one. */
export function decodeG711(law: G711Law, codes: Uint8Array): Int16Array {
  const table = EXPANSION[law];
  const samples = new Int16Array(codes.length);
  for (let i = 0; i < codes.length; i++) samples[i] = table[codes[i] ?? 0] ?? 0;
  return samples;
}

/** Turns 16-bit samples into G.711 codes, one for one. Decoding them gives the nearest value that the law has. */
export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const table = COMPRESSION[law];
  const codes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) codes[i] = table[(samples[i] ?? 0) & 0xffff] ?? 0;
  return codes;
}

/**
 * Code of one law to code of the other, by way of the linear value. The Recommendation's own tables differ from this in a few
 * codes by one step, which nobody hears.
 */
export const lawConversion: Readonly<Record<`${G711Law} to ${G711Law}`, Uint8Array>> = {
  "a-law to a-law": encodeG711("a-law", EXPANSION["a-law"]),
  "a-law to mu-law": encodeG711("mu-law", EXPANSION["a-law"]),
  "mu-law to a-law": encodeG711("a-law", EXPANSION["mu-law"]),
  "mu-law to mu-law": Uint8Array.from({ length: 256 }, (_, code) => code),
};

/** Puts `codes` from `start` up to `end` through a table of {@link lawConversion}, in place. */
export function convertCodes(table: Uint8Array, codes: Uint8Array, start: number, end: number): void {
  const last = Math.min(end, codes.length);
  for (let i = start; i < last; i++) codes[i] = table[codes[i] ?? 0] ?? 0;
}
