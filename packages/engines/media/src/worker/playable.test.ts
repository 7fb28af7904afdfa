import { decodeG711, encodeG711, silenceCode } from "@cordboard/sound";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Playable, Playing } from "./playable.ts";

const ramp = (length: number): Int16Array => Int16Array.from({ length }, (_, i) => 32 * (i + 1));

/** Packets of 160 codes behind a header of 12 bytes, until the end or `most`. */
function packets(playing: Playing, most = 1000): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (
    let packet = new Uint8Array(172);
    all.length < most && playing.next("a-law", packet, 12);
    packet = new Uint8Array(172)
  )
    all.push(packet);
  return all;
}

test("a sound that ends is filled up with silence, and then there is nothing", () => {
  const [first, second, ...rest] = packets(new Playing([new Playable(ramp(200))], false));
  expect(rest).toEqual([]);
  expect(first?.subarray(12)).toEqual(encodeG711("a-law", ramp(200).subarray(0, 160)));
  expect(second?.subarray(12, 52)).toEqual(encodeG711("a-law", ramp(200).subarray(160)));
  expect([...(second?.subarray(52) ?? [])]).toEqual(Array(120).fill(silenceCode["a-law"]));
});

test("the header is left alone", () => {
  const packet = new Uint8Array(172).fill(7);
  new Playing([new Playable(ramp(400))], false).next("a-law", packet, 12);
  expect([...packet.subarray(0, 12)]).toEqual(Array(12).fill(7));
});

test("a loop goes on without a seam, whatever its length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (length) => {
      const heard = packets(new Playing([new Playable(ramp(length))], true), 8).flatMap((packet) => [
        ...packet.subarray(12),
      ]);
      const once = [...encodeG711("a-law", ramp(length))];
      expect(heard).toEqual(Array.from({ length: 8 * 160 }, (_, i) => once[i % length]));
    }),
  );
});

test("a loop of nothing ends at once", () => {
  expect(packets(new Playing([new Playable(new Int16Array(0))], true))).toEqual([]);
});

test("the law may change on the way: the sound goes on where it was", () => {
  const playing = new Playing([new Playable(ramp(320))], false);
  const [first, second] = [new Uint8Array(172), new Uint8Array(172)];
  playing.next("a-law", first, 12);
  playing.next("mu-law", second, 12);
  const heard = decodeG711("mu-law", second.subarray(12));
  expect(Math.abs((heard[0] ?? 0) - 32 * 161)).toBeLessThan(200);
});

test("several sounds follow one another without a pause, once or for ever", () => {
  const sounds = [new Playable(ramp(100)), new Playable(new Int16Array(0)), new Playable(ramp(120))];
  const both = [...encodeG711("a-law", ramp(100)), ...encodeG711("a-law", ramp(120))];
  const once = packets(new Playing(sounds, false)).flatMap((packet) => [...packet.subarray(12)]);
  expect(once).toEqual([...both, ...Array(100).fill(silenceCode["a-law"])]);
  const looped = packets(new Playing(sounds, true), 11).flatMap((packet) => [...packet.subarray(12)]);
  expect(looped).toEqual(Array.from({ length: 8 }, () => both).flat());
});
