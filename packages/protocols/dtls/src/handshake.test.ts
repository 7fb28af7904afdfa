import { joined } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { number } from "./bytes.ts";
import { HandshakeAssembly, printMessage } from "./handshake.ts";

/** One piece of a message, as it stands on the wire. */
const piece = (sequence: number, body: Uint8Array, from: number, to: number): Uint8Array =>
  joined(
    number(1, 1),
    number(body.length, 3),
    number(sequence, 2),
    number(from, 3),
    number(to - from, 3),
    body.subarray(from, to),
  );

const body = Uint8Array.from({ length: 100 }, (_, i) => i);

describe("a message in pieces", () => {
  test("is put together in whatever order, overlapping and twice, they come", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { maxLength: 20 }),
        fc.infiniteStream(fc.nat()),
        (cuts, dice) => {
          const pieces = [
            ...cuts.map(([a, b]) => piece(0, body, Math.min(a, b), Math.max(a, b))),
            piece(0, body, 0, 60),
            piece(0, body, 50, 100),
          ];
          const order = pieces.toSorted(() => ((dice.next().value ?? 0) % 3) - 1);
          const assembly = new HandshakeAssembly();
          const messages = order.flatMap((each) => assembly.take(each, 0).messages);
          expect(messages.map((each) => each.body)).toEqual([body]);
        },
      ),
    );
  });

  test("waits for the one before it", () => {
    const assembly = new HandshakeAssembly();
    const [first, second] = [0, 1].map((sequence) => printMessage({ type: 1, sequence, body }));
    expect(assembly.take(second ?? body, 0).messages).toEqual([]);
    expect(assembly.take(first ?? body, 0).messages.map(({ sequence }) => sequence)).toEqual([0, 1]);
  });

  test("that was whole before tells that the peer repeats itself", () => {
    const assembly = new HandshakeAssembly();
    const message = printMessage({ type: 1, sequence: 0, body });
    expect(assembly.take(message, 0).isRepeat).toBe(false);
    expect(assembly.take(message, 0)).toEqual({ messages: [], isRepeat: true });
  });

  test("far ahead of its turn is not kept", () => {
    const assembly = new HandshakeAssembly();
    assembly.take(printMessage({ type: 1, sequence: 8, body }), 0);
    for (let sequence = 0; sequence < 8; sequence++) assembly.take(printMessage({ type: 1, sequence, body }), 0);
    expect(assembly.take(printMessage({ type: 1, sequence: 8, body }), 0).messages.length).toBe(1);
  });

  test("does not mix what came under keys with what came in the clear", () => {
    const assembly = new HandshakeAssembly();
    assembly.take(piece(0, body, 0, 50), 0);
    expect(assembly.take(piece(0, body, 50, 100), 1).messages).toEqual([]);
  });

  test("that came under keys is not kept out by what somebody sent in the clear, only the other way round", () => {
    const assembly = new HandshakeAssembly();
    assembly.take(piece(0, new Uint8Array(7), 0, 5), 0);
    assembly.take(piece(0, body, 0, 50), 1);
    assembly.take(piece(0, body, 50, 100), 0);
    const [whole] = assembly.take(piece(0, body, 50, 100), 1).messages;
    expect(whole).toEqual({ type: 1, sequence: 0, body, epoch: 1 });
  });

  test("longer than any is not begun", () => {
    const whole = (length: number): Uint8Array => printMessage({ type: 1, sequence: 0, body: new Uint8Array(length) });
    expect(new HandshakeAssembly().take(whole(16_384), 0).messages.length).toBe(1);
    expect(new HandshakeAssembly().take(whole(16_385), 0).messages).toEqual([]);
  });

  test("is nothing when it is junk", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (junk) => {
        expect(Array.isArray(new HandshakeAssembly().take(junk, 0).messages)).toBe(true);
      }),
    );
  });
});
