import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Reception } from "./reception.ts";

/** A reception that has got these sequence numbers, 20 ms apart. */
function received(...sequences: readonly number[]): Reception {
  const reception = new Reception();
  for (const [i, sequence] of sequences.entries()) reception.receive(sequence, i * 160, i * 160);
  return reception;
}

describe("loss", () => {
  test.each([
    { name: "nothing missing", sequences: [1, 2, 3], lost: 0, highest: 3 },
    { name: "one missing", sequences: [1, 3], lost: 1, highest: 3 },
    { name: "one late", sequences: [1, 3, 2], lost: 0, highest: 3 },
    { name: "one missing over the wrap", sequences: [65_534, 65_535, 1], lost: 1, highest: 65_537 },
    { name: "late over the wrap", sequences: [65_535, 1, 0], lost: 0, highest: 65_537 },
    { name: "one twice", sequences: [1, 2, 2], lost: -1, highest: 2 },
  ])("$name", ({ sequences, lost, highest }) => {
    const report = received(...sequences).report();
    expect({ lost: report.packetsLost, highest: report.highestSequence }).toEqual({ lost, highest });
  });

  test("is never shown as negative outside reports", () => {
    expect(received(1, 2, 2).packetsLost).toBe(0);
  });

  test("since the report before counts only what came after it", () => {
    const reception = received(1, 2, 4, 5);
    expect(reception.report().lossSinceLast).toBeCloseTo(1 / 5);
    for (const sequence of [6, 8]) reception.receive(sequence, 0, undefined);
    expect(reception.report().lossSinceLast).toBeCloseTo(1 / 3);
    expect(reception.report().lossSinceLast).toBe(0);
  });

  test("of a whole run that wraps many times is exactly what was left out", () => {
    fc.assert(
      fc.property(fc.nat({ max: 65_535 }), fc.infiniteStream(fc.nat({ max: 9 })), (first, dice) => {
        const reception = new Reception();
        let [lost, sequence] = [0, first];
        reception.receive(sequence, 0, 0);
        for (let i = 0; i < 3000; i++) {
          const step = 1 + (dice.next().value === 0 ? 60 : 0);
          lost += step - 1;
          sequence = (sequence + step) & 0xffff;
          reception.receive(sequence, 0, undefined);
        }
        expect(reception.packetsLost).toBe(lost);
        expect(reception.packetsReceived).toBe(3001);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a source that starts again with another number", () => {
  test("is believed at its second packet, and its jump is no loss", () => {
    const reception = received(1, 2, 3);
    expect(reception.receive(40_000, 0, 0)).toBe(false);
    expect(reception.receive(40_001, 160, 160)).toBe(true);
    reception.receive(40_003, 320, 320);
    expect(reception.packetsLost).toBe(1);
    expect(reception.packetsReceived).toBe(5);
  });

  test("is not what a late packet is taken for", () => {
    const reception = received(
      ...Array.from({ length: 60 }, (_, i) => (i === 5 ? 59 : i < 5 ? i : i + 1)).slice(0, 59),
    );
    expect(reception.receive(5, 0, undefined)).toBe(true);
    expect(reception.receive(6, 0, undefined)).toBe(true);
    expect(reception.report().highestSequence).toBe(59);
  });

  test("a single stray number changes nothing", () => {
    const reception = received(1, 2, 3);
    reception.receive(40_000, 0, 0);
    reception.receive(4, 480, 480);
    expect(reception.report()).toMatchObject({ packetsLost: 0, packetsReceived: 4, highestSequence: 4 });
  });
});

describe("jitter", () => {
  test("is zero for packets that come as they were sent, over the wrap of the timestamp too", () => {
    const reception = new Reception();
    for (let i = 0; i < 50; i++) reception.receive(i, (0xffff_ff00 + i * 160) >>> 0, 5000 + i * 160);
    expect(reception.jitter).toBe(0);
  });

  test("follows the formula of RFC 3550 §6.4.1: a sixteenth of each new difference", () => {
    const reception = new Reception();
    reception.receive(0, 0, 0);
    reception.receive(1, 160, 320);
    expect(reception.jitter).toBe(10);
    reception.receive(2, 320, 480);
    expect(reception.jitter).toBeCloseTo(10 - 10 / 16);
  });

  test("leaves out packets whose timestamp does not follow time", () => {
    const reception = received(0, 1, 2);
    for (let i = 3; i < 20; i++) reception.receive(i, 320, undefined);
    expect(reception.jitter).toBe(0);
  });
});
