import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeG711 } from "../g711.ts";
import type { WavFormat } from "./format.ts";
import { monoSamples, readWav } from "./read.ts";
import type { FilePatch } from "./write.ts";
import { completedWav, pcm16Bytes, repairedWav, wavHeader, writeWav } from "./write.ts";

const FORMATS: readonly WavFormat[] = (["pcm16", "a-law", "mu-law"] as const).flatMap((encoding) =>
  ([1, 2] as const).map((channels) => ({ encoding, channels })),
);

const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function patched(file: Uint8Array, patches: readonly FilePatch[]): Uint8Array {
  const out = Uint8Array.from(file);
  for (const { offset, bytes } of patches) out.set(bytes, offset);
  return out;
}

describe.each(FORMATS)("$encoding, $channels channels", (format) => {
  const unit = (format.encoding === "pcm16" ? 2 : 1) * format.channels;
  const wholeData = fc
    .uint8Array({ maxLength: 400 })
    .map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % unit)));

  test("what is written is read again", () => {
    fc.assert(
      fc.property(wholeData, (data) => {
        const file = writeWav(format, data);
        expect(readWav(file)).toEqual({ ok: true, value: { ...format, data } });
        expect(new DataView(file.buffer).getUint32(4, true)).toBe(file.length - 8);
      }),
    );
  });

  test("a streamed file reads up to its end while it is written, and like any other once completed", () => {
    fc.assert(
      fc.property(wholeData, (data) => {
        const streamed = joined(wavHeader(format), data);
        expect(readWav(streamed)).toEqual({ ok: true, value: { ...format, data } });
        const complete = patched(streamed, completedWav(format, data.length));
        expect(complete).toEqual(writeWav(format, data).subarray(0, complete.length));
      }),
    );
  });

  test("a file whose lengths were brought up to date before more sound came is repaired to all of it", () => {
    fc.assert(
      fc.property(wholeData, fc.nat({ max: 400 }), (data, told) => {
        const known = Math.min(data.length, told - (told % unit));
        const growing = patched(joined(wavHeader(format), data), completedWav(format, known));
        expect(readWav(growing)).toEqual({ ok: true, value: { ...format, data: data.subarray(0, known) } });
        const repair = repairedWav(growing.subarray(0, 1024), growing.length);
        const repaired = patched(growing, repair.ok ? repair.value : []);
        const lost = known % 2 === 1 && data.length - known === 1 ? 1 : 0;
        expect(readWav(repaired)).toEqual({
          ok: true,
          value: { ...format, data: data.subarray(0, data.length - lost) },
        });
        expect(repairedWav(repaired, repaired.length)).toEqual({ ok: true, value: [] });
      }),
    );
  });

  test("a file that a crash cut, even inside a sample, is repaired to its whole samples", () => {
    fc.assert(
      fc.property(wholeData, fc.nat({ max: unit - 1 }), (data, torn) => {
        const cut = joined(wavHeader(format), data, new Uint8Array(torn));
        expect(readWav(cut)).toEqual({ ok: true, value: { ...format, data } });
        const repair = repairedWav(cut.subarray(0, 1024), cut.length);
        const repaired = patched(cut, repair.ok ? repair.value : []);
        expect(readWav(repaired)).toEqual({ ok: true, value: { ...format, data } });
        expect(repairedWav(repaired, repaired.length)).toEqual({ ok: true, value: [] });
      }),
    );
  });
});

test("a healthy file with something after its sound is left alone", () => {
  const file = joined(writeWav({ encoding: "pcm16", channels: 1 }, new Uint8Array(0)), new Uint8Array(40));
  new DataView(file.buffer).setUint32(4, file.length - 8, true);
  expect(repairedWav(file, file.length)).toEqual({ ok: true, value: [] });
});

test("stereo becomes mono by the mean of both sides", () => {
  const file = writeWav({ encoding: "pcm16", channels: 2 }, pcm16Bytes(Int16Array.of(100, 300, -5, -7)));
  const read = readWav(file);
  expect(read.ok && [...monoSamples(read.value)]).toEqual([200, -6]);
});

test("G.711 files give the samples that were coded", () => {
  const codes = encodeG711("a-law", Int16Array.of(8, -8, 32_256));
  const read = readWav(writeWav({ encoding: "a-law", channels: 1 }, codes));
  expect(read.ok && [...monoSamples(read.value)]).toEqual([8, -8, 32_256]);
});

test("chunks before the sound are passed over", () => {
  const file = writeWav({ encoding: "pcm16", channels: 1 }, Uint8Array.of(1, 2));
  const list = Uint8Array.from([...new TextEncoder().encode("LIST"), 3, 0, 0, 0, 9, 9, 9, 0]);
  const read = readWav(joined(file.subarray(0, 36), list, file.subarray(36)));
  expect(read.ok && [...read.value.data]).toEqual([1, 2]);
});

test.each([
  { name: "another sample rate", offset: 24, byte: 0x80, code: "unsupported-wav" },
  { name: "three channels", offset: 22, byte: 3, code: "unsupported-wav" },
  { name: "MP3 inside", offset: 20, byte: 0x55, code: "unsupported-wav" },
  { name: "8-bit linear", offset: 34, byte: 8, code: "unsupported-wav" },
  { name: "no data chunk", offset: 36, byte: 0x44, code: "broken-wav" },
  { name: "no format chunk", offset: 12, byte: 0x46, code: "broken-wav" },
  { name: "no RIFF file", offset: 0, byte: 0x52 ^ 1, code: "not-wav" },
])("a file with $name is refused as $code", ({ offset, byte, code }) => {
  const file = writeWav({ encoding: "pcm16", channels: 1 }, Uint8Array.of(1, 2));
  file[offset] = byte;
  const read = readWav(file);
  expect(read.ok ? undefined : read.error.code).toBe(code);
});

test("a file of nothing but tiny chunks is given up after a bounded search", () => {
  const chunks = joined(...Array.from({ length: 100 }, () => Uint8Array.of(0x41, 0x41, 0x41, 0x41, 0, 0, 0, 0)));
  const file = joined(writeWav({ encoding: "pcm16", channels: 1 }, new Uint8Array(0)).subarray(0, 12), chunks);
  expect(readWav(file)).toEqual({ ok: false, error: { code: "broken-wav", why: "too-many-chunks" } });
});

test("any bytes give a sound or a refusal, never an exception", () => {
  const valid = writeWav({ encoding: "pcm16", channels: 1 }, new Uint8Array(32));
  const mutated = fc
    .array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })), { maxLength: 12 })
    .chain((changes) =>
      fc.nat({ max: valid.length }).map((length) => {
        const bytes = Uint8Array.from(valid);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes.subarray(0, length);
      }),
    );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      const read = readWav(bytes);
      if (read.ok) monoSamples(read.value);
      repairedWav(bytes, bytes.length);
    }),
    { numRuns: 2000 },
  );
});
