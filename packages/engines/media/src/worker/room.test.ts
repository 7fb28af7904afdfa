import type { SpeaksTo } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, expect, test } from "vitest";
import { Pacer } from "./pacer.ts";
import type { RoomMember, Seat } from "./room.ts";
import { Room } from "./room.ts";

/** A member that always says the same sample, and keeps the last one that it heard. */
interface Voice extends RoomMember {
  readonly seat: Seat;
  heard: number | undefined;
  frames: number;
}

const leg = (name: string): LegId => `leg_${name}` as LegId;
/** µ-law codes and the samples that they mean. */
const SAYS = {
  A: [0xe0, 372] as const,
  B: [0xd0, 876] as const,
  C: [0xc0, 1884] as const,
  loud: [0x80, 32_124] as const,
};

let clock: ManualClock;
let room: Room;
let sent: number;
let emptied: number;
beforeEach(() => {
  clock = manualClock();
  emptied = 0;
  room = new Room(new Pacer(clock), () => emptied++);
  sent = 0;
});

function enter(name: string, speaksTo: SpeaksTo): Voice {
  const voice = {
    id: leg(name),
    heard: undefined as number | undefined,
    frames: 0,
    hearNotice() {},
    hearMix(samples: Int16Array) {
      voice.heard = samples[80];
      voice.frames++;
    },
  };
  return Object.assign(voice, { seat: room.enter(voice, speaksTo) });
}

/** Lets these say something for a while. */
function speak(...voices: readonly (readonly [Voice, keyof typeof SAYS])[]): void {
  for (let i = 0; i < 10; i++) {
    for (const [voice, says] of voices)
      voice.seat.ear.put(1, 160 * sent, new Uint8Array(160).fill(SAYS[says][0]), "mu-law");
    sent++;
    clock.advance(ms(20));
  }
}

test("each hears all others and not itself", () => {
  const [a, b, c] = [enter("A", "all"), enter("B", "all"), enter("C", "all")];
  speak([a, "A"], [b, "B"], [c, "C"]);
  expect([a.heard, b.heard, c.heard]).toEqual([876 + 1884, 372 + 1884, 372 + 876]);
});

test("whoever speaks to nobody hears all and is heard by none", () => {
  const [a, b, c] = [enter("A", "all"), enter("B", "all"), enter("C", "nobody")];
  speak([a, "A"], [b, "B"], [c, "C"]);
  expect([a.heard, b.heard, c.heard]).toEqual([876, 372, 1248]);
});

test("a whisper is heard by one alone, besides the others", () => {
  const [a, b, c] = [enter("A", "all"), enter("B", "all"), enter("C", leg("A"))];
  speak([a, "A"], [b, "B"], [c, "C"]);
  expect([a.heard, b.heard, c.heard]).toEqual([876 + 1884, 372, 1248]);
});

test("whom it speaks to can change while it speaks", () => {
  const [a, b, c] = [enter("A", "all"), enter("B", "all"), enter("C", "nobody")];
  speak([a, "A"], [b, "B"], [c, "C"]);
  c.seat.speaksTo = "all";
  speak([a, "A"], [b, "B"], [c, "C"]);
  expect([a.heard, b.heard, c.heard]).toEqual([876 + 1884, 372 + 1884, 1248]);
});

test("too many loud voices are as loud as can be, and each still lacks its own", () => {
  const [a, b, c] = [enter("A", "all"), enter("B", "all"), enter("C", "all")];
  speak([a, "loud"], [b, "loud"], [c, "A"]);
  expect([a.heard, b.heard, c.heard]).toEqual([32_124 + 372, 32_124 + 372, 32_767]);
});

test("who says nothing is mixed 50 times a second all the same", () => {
  const a = enter("A", "all");
  clock.advance(ms(1000));
  expect([a.frames, a.heard]).toEqual([50, 0]);
});

test("who whispers to nobody there, or to itself, is heard by none", () => {
  const [a, b] = [enter("A", leg("A")), enter("B", leg("gone"))];
  speak([a, "A"], [b, "B"]);
  expect([a.heard, b.heard]).toEqual([0, 0]);
});

test("who has left is neither heard nor mixed, and an empty room does not tick", () => {
  const [a, b] = [enter("A", "all"), enter("B", "all")];
  speak([a, "A"], [b, "B"]);
  room.leave(a);
  speak([a, "A"], [b, "B"]);
  expect([b.heard, a.frames]).toEqual([0, 10]);
  expect(emptied).toBe(0);
  room.leave(b);
  room.leave(b);
  expect([emptied, clock.pending]).toEqual([1, 0]);
});

test("a member that leaves while it is mixed costs the others nothing", () => {
  const a = enter("A", "all");
  const b = enter("B", "all");
  Object.assign(a, { hearMix: () => room.leave(a) });
  clock.advance(ms(40));
  expect(b.frames).toBe(2);
});
