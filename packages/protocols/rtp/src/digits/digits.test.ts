import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TelephoneEvent } from "./event.ts";
import { digitOfEvent, eventOfDigit, parseTelephoneEvent, printTelephoneEvent } from "./event.ts";
import type { EventArrival, HeardDigit } from "./receive.ts";
import { hearEvent, hearNothing, noDigitsHeard } from "./receive.ts";
import { digitSteps } from "./send.ts";

/** Packets of one digit as a sender makes them, all under the event's timestamp. */
function press(digit: string, timestamp: number, lasts = 100): readonly EventArrival[] {
  return digitSteps(digit, ms(lasts)).map(({ event }, i) => ({ timestamp, event, at: ms(timestamp / 8 + i * 20) }));
}

/** What a receiver makes of arrivals, in the end also of silence. */
function listen(arrivals: readonly EventArrival[]): readonly HeardDigit[] {
  let heard = noDigitsHeard;
  const digits: HeardDigit[] = [];
  for (const arrival of arrivals) {
    const [next, over] = hearEvent(heard, arrival);
    heard = next;
    digits.push(...over);
  }
  return [...digits, ...hearNothing(heard, ms(1e9))[1]];
}

const digitsOf = (arrivals: readonly EventArrival[]): string =>
  listen(arrivals)
    .map(({ digit }) => digit)
    .join("");

test("every digit has its event code and comes back from it", () => {
  for (const [event, digit] of [..."0123456789*#ABCD"].entries()) {
    expect(eventOfDigit(digit)).toBe(event);
    expect(digitOfEvent(event)).toBe(digit);
  }
  expect(eventOfDigit("d")).toBe(15);
  expect([eventOfDigit(""), eventOfDigit("x"), eventOfDigit("12"), digitOfEvent(16), digitOfEvent(-1)]).toEqual(
    Array(5).fill(undefined),
  );
});

test("an event payload comes back as it was printed; three bytes are none", () => {
  fc.assert(
    fc.property(
      fc.record({
        event: fc.nat({ max: 255 }),
        isEnd: fc.boolean(),
        volume: fc.nat({ max: 63 }),
        duration: fc.nat({ max: 65_535 }),
      }),
      (event: TelephoneEvent) => {
        expect(parseTelephoneEvent(printTelephoneEvent(event))).toEqual(event);
      },
    ),
  );
  expect(parseTelephoneEvent(new Uint8Array(3))).toBeUndefined();
});

describe("sending", () => {
  test("a digit grows by 20 ms a packet and ends three times with its whole length", () => {
    const steps = digitSteps("5", ms(100));
    expect(steps.map(({ event }) => event.duration)).toEqual([160, 320, 480, 640, 800, 800, 800]);
    expect(steps.map(({ event }) => event.isEnd)).toEqual([false, false, false, false, true, true, true]);
    expect(steps.map(({ isFirst }) => isFirst)).toEqual([true, ...Array(6).fill(false)]);
  });

  test("what is no digit has no packets", () => {
    expect(digitSteps("x")).toEqual([]);
  });

  test("the longest digit still fits one segment", () => {
    expect(Math.max(...digitSteps("1", ms(60_000)).map(({ event }) => event.duration))).toBeLessThanOrEqual(65_535);
  });
});

describe("receiving", () => {
  test("a digit is reported once, with its length, however often its end comes", () => {
    expect(listen(press("7", 8000, 160))).toEqual([{ digit: "7", lasted: 160 }]);
  });

  test("equal digits one after the other are two", () => {
    expect(digitsOf([...press("1", 0), ...press("1", 1600)])).toBe("11");
  });

  test("is reported by its first end, before the repetitions", () => {
    const packets = press("3", 0);
    let heard = noDigitsHeard;
    const reported = packets.map((packet) => {
      const [next, over] = hearEvent(heard, packet);
      heard = next;
      return over.length;
    });
    expect(reported).toEqual([0, 0, 0, 0, 1, 0, 0]);
  });

  test("only the last of its packets is enough", () => {
    expect(listen(press("9", 0).slice(-1))).toEqual([{ digit: "9", lasted: 100 }]);
  });

  test("a digit whose ends are all lost is over when the next begins", () => {
    expect(digitsOf([...press("4", 0).slice(0, 4), ...press("5", 1600)])).toBe("45");
  });

  test("a digit whose ends are all lost is over after silence, and not before", () => {
    const [heard] = press("4", 0)
      .slice(0, 3)
      .reduce((state, arrival) => hearEvent(state[0], arrival), [noDigitsHeard, []] as ReturnType<typeof hearEvent>);
    expect(hearNothing(heard, ms(40 + 149))[1]).toEqual([]);
    const [after, over] = hearNothing(heard, ms(40 + 150));
    expect(over).toEqual([{ digit: "4", lasted: 60 }]);
    expect(hearNothing(after, ms(9999))[1]).toEqual([]);
  });

  test("packets of an event that is over change nothing, even when they come after the next one began", () => {
    const first = press("1", 0);
    const second = press("2", 1600);
    expect(digitsOf([...first, ...second.slice(0, 2), ...first.slice(-2), ...second.slice(2)])).toBe("12");
  });

  test("packets out of order within an event do not shorten it", () => {
    const [a, b, c, ...rest] = press("6", 0);
    expect(listen([c, a, b, ...rest].filter((packet) => packet !== undefined))).toEqual([{ digit: "6", lasted: 100 }]);
  });

  test("a key held longer than one segment can say is still one digit", () => {
    const at = ms(0);
    const held = (timestamp: number, duration: number, isEnd: boolean): EventArrival => ({
      timestamp,
      event: { event: 5, isEnd, volume: 10, duration },
      at,
    });
    const digits = listen([held(100, 65_535, false), held(65_635, 800, false), held(65_635, 1465, true)]);
    expect(digits).toEqual([{ digit: "5", lasted: (65_535 + 1465) / 8 }]);
  });

  test("events over the wrap of the timestamp are told apart", () => {
    expect(digitsOf([...press("1", 0xffff_ff00), ...press("2", 1344)])).toBe("12");
  });

  test("an event that is no digit (a hook flash) is not reported", () => {
    const flash: EventArrival = {
      timestamp: 0,
      event: { event: 16, isEnd: true, volume: 0, duration: 400 },
      at: ms(0),
    };
    expect(listen([flash])).toEqual([]);
  });

  test("with any packets lost, any doubled and neighbours swapped, each digit is reported once or not at all, in order", () => {
    const dialled = fc.array(fc.constantFrom(..."0123456789*#ABCD"), { maxLength: 12 });
    fc.assert(
      fc.property(dialled, fc.infiniteStream(fc.nat({ max: 9 })), (digits, dice) => {
        const arriving = digits.flatMap((digit, i) =>
          press(digit, i * 1600).flatMap((packet) => {
            const roll = dice.next().value;
            return roll < 4 ? [] : roll < 6 ? [packet, packet] : [packet];
          }),
        );
        for (let i = 1; i < arriving.length; i++) {
          const [before, after] = [arriving[i - 1], arriving[i]];
          if (before !== undefined && after !== undefined && dice.next().value === 0)
            [arriving[i - 1], arriving[i]] = [after, before];
        }
        const expected = digits.filter((_, i) => arriving.some(({ timestamp }) => timestamp === i * 1600));
        const heard = [...digitsOf(arriving)];
        let from = 0;
        for (const digit of heard) {
          const found = expected.indexOf(digit, from);
          expect(found).toBeGreaterThanOrEqual(from);
          from = found + 1;
        }
        expect(expected.length - heard.length).toBeLessThanOrEqual(countSwaps(arriving));
      }),
    );
  });
});

/** Number of places where an event's packets come after those of a later event. */
function countSwaps(arrivals: readonly EventArrival[]): number {
  return arrivals.filter(({ timestamp }, i) => timestamp < (arrivals[i - 1]?.timestamp ?? 0)).length;
}
