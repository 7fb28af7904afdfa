import type { NegotiatedMedia } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Step } from "./call-plan.ts";
import { nextStep } from "./call-plan.ts";
import type { Path, Seat } from "./seat.ts";
import { newSeat } from "./seat.ts";

const id = (name: string): LegId => `leg_${name}` as LegId;
const [A, B, C] = [id("A"), id("B"), id("C")];

const talk = (port: number): NegotiatedMedia => ({
  remote: { address: "192.0.2.1", port, rtcpPort: port + 1 },
  codecs: [{ payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 }],
  digitsPayload: 101,
  direction: "sendrecv",
});

const builtin: Path = { to: "builtin", at: { address: "127.0.0.1", port: 10_000, rtcpPort: 10_001 } };
const nobody: Path = { to: "nobody" };
const toLeg = (leg: LegId): Path => ({ to: "leg", leg });

function seat(leg: LegId, changes: Partial<Seat> = {}): Seat {
  const place = { isIPv6: false, isWebRtc: false };
  return { ...newSeat(leg, place), state: "open", port: 30_000, media: talk(4000), ...changes };
}

const browser = (isControlling: boolean): NegotiatedMedia => ({
  ...talk(6000),
  protection: {
    kind: "webrtc",
    localIce: { usernameFragment: "ours", password: "p".repeat(22) },
    remoteIce: { usernameFragment: "theirs", password: "q".repeat(22) },
    candidates: [],
    isRemoteLite: false,
    isControlling,
    fingerprints: [],
    dtlsRole: "client",
  },
});

const callOf = (...seats: readonly Seat[]): Map<LegId, Seat> => new Map(seats.map((each) => [each.leg, each]));

const named = (step: Step | undefined): string => {
  if (step === undefined || step.do === "end") return step?.do ?? "nothing";
  return step.do === "join" ? `join ${step.seats.map(({ leg }) => leg).join(" ")}` : `${step.do} ${step.seat.leg}`;
};

/** What rtpengine would have done: the seats afterwards. */
function done(seats: Map<LegId, Seat>, step: Step): void {
  if (step.do === "end") seats.clear();
  else if (step.do === "drop") seats.delete(step.seat.leg);
  else if (step.do === "open") Object.assign(step.seat, { state: "open", port: 30_000 });
  else if (step.do === "turn-inward") {
    Object.assign(step.seat, { told: step.told, joined: undefined });
    if (step.exchange.from === step.seat.outer) offered(step.seat);
  } else {
    const [a, b] = step.seats;
    Object.assign(a, { told: step.told, joined: b.leg });
    Object.assign(b, { told: step.told, joined: a.leg });
    offered(a);
  }
}

function offered(seat: Seat): void {
  if (seat.trust.in === "sought") seat.trust = { ...seat.trust, hasOffered: true };
}

const sought = { in: "sought", since: ms(0), hasOffered: false } as const;

/** Does all that is to be done; what was done, in order. */
function settle(seats: Map<LegId, Seat>): readonly string[] {
  const steps: string[] = [];
  for (let step = nextStep(seats); step !== undefined; step = nextStep(seats)) {
    steps.push(named(step));
    if (steps.length > 100) throw new Error(`never settles: ${steps.slice(-6).join(", ")}`);
    done(seats, step);
  }
  return steps;
}

/** Who makes the offers of all that is to be done. */
function offersOf(seats: Map<LegId, Seat>): readonly string[] {
  const offers: string[] = [];
  for (let step = nextStep(seats); step !== undefined; step = nextStep(seats)) {
    if ("exchange" in step) offers.push(step.exchange.from);
    done(seats, step);
  }
  return offers;
}

describe("a call in rtpengine", () => {
  test("that has nobody has nothing to do", () => expect(settle(callOf())).toEqual([]));

  test("opens legs before all else, and then joins those that want each other by one exchange", () => {
    const seats = callOf(
      seat(A, { wants: toLeg(B) }),
      seat(B, { wants: toLeg(A) }),
      seat(C, { state: "opening", media: undefined }),
    );
    expect(settle(seats)).toEqual(["open leg_C", "join leg_A leg_B"]);
  });

  test("leaves a leg alone whose peer is not known, and joins nobody with it", () => {
    const seats = callOf(seat(A, { wants: toLeg(B) }), seat(B, { wants: toLeg(A), media: undefined }));
    expect(settle(seats)).toEqual([]);
  });

  test("joins nobody who is not wanted", () => {
    expect(settle(callOf(seat(A, { wants: toLeg(B) }), seat(B, { wants: builtin })))).toEqual(["turn-inward leg_B"]);
    expect(settle(callOf(seat(A, { wants: toLeg(C) }), seat(B)))).toEqual([]);
  });

  test("is told again only what has changed", () => {
    const seats = callOf(seat(A, { wants: toLeg(B) }), seat(B, { wants: toLeg(A) }));
    settle(seats);
    expect(settle(seats)).toEqual([]);
    Object.assign(seats.get(B) ?? {}, { media: talk(5000) });
    expect(settle(seats)).toEqual(["join leg_A leg_B"]);
  });

  test("lets each peer that is sought make an offer, once", () => {
    const seats = callOf(seat(A, { wants: toLeg(B) }), seat(B, { wants: toLeg(A) }), seat(C, { wants: builtin }));
    settle(seats);
    for (const each of seats.values()) each.trust = sought;
    expect(settle(seats)).toEqual(["join leg_B leg_A", "join leg_A leg_B", "turn-inward leg_C"]);
    expect(settle(seats)).toEqual([]);
  });

  test("lets a browser that called make every offer, and one that was called answer every one", () => {
    const seats = callOf(
      seat(A, { media: browser(true), isWebRtc: true, wants: builtin }),
      seat(B, { media: browser(false), isWebRtc: true, wants: builtin }),
    );
    expect(offersOf(seats)).toEqual(["leg_A/in", "leg_B"]);
    for (const [leg, other] of [[A, B] as const, [B, A] as const])
      Object.assign(seats.get(leg) ?? {}, { wants: toLeg(other) });
    expect(offersOf(seats)).toEqual(["leg_B"]);
  });

  test("lets a plain peer that is sought offer alone when a browser makes the offers between them", () => {
    const seats = callOf(
      seat(A, { wants: toLeg(B), trust: sought }),
      seat(B, { media: browser(false), isWebRtc: true, wants: toLeg(A) }),
    );
    expect(offersOf(seats)).toEqual(["leg_A", "leg_B"]);
    expect(settle(seats)).toEqual([]);
  });

  test("turns both legs away from each other when they part", () => {
    const seats = callOf(seat(A, { wants: toLeg(B) }), seat(B, { wants: toLeg(A) }));
    settle(seats);
    for (const each of seats.values()) each.wants = nobody;
    expect(settle(seats)).toEqual(["turn-inward leg_A", "turn-inward leg_B"]);
    expect([...seats.values()].map(({ joined }) => joined)).toEqual([undefined, undefined]);
  });

  test("lets a leg go only when nobody is joined with it", () => {
    const seats = callOf(seat(A, { wants: toLeg(B) }), seat(B, { wants: toLeg(A) }));
    settle(seats);
    Object.assign(seats.get(A) ?? {}, { state: "closing" });
    expect(settle(seats)).toEqual(["turn-inward leg_A", "turn-inward leg_B", "drop leg_A"]);
  });

  test("ends at once when all its legs go", () => {
    const seats = callOf(seat(A, { wants: toLeg(B) }), seat(B, { wants: toLeg(A) }));
    settle(seats);
    for (const each of seats.values()) each.state = "closing";
    expect(settle(seats)).toEqual(["end"]);
  });

  test("always settles, with those joined who want each other and nobody else", () => {
    const legs = [A, B, C, id("D")];
    const change = fc.record({
      leg: fc.constantFrom(...legs),
      wants: fc.constantFrom<Path>(nobody, builtin, ...legs.map(toLeg)),
      port: fc.constantFrom(undefined, 4000, 5000),
      closes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.array(fc.nat(3), { maxLength: 12 }), (changes, pauses) => {
        const seats = callOf(...legs.map((leg) => seat(leg, { state: "opening", media: undefined })));
        changes.forEach(({ leg, wants, port, closes }, i) => {
          const each = seats.get(leg);
          if (each === undefined) return;
          each.wants = wants;
          if (port !== undefined) each.media = talk(port);
          if (closes && i % 4 === 3) each.state = "closing";
          // Sometimes a few steps are done before the next change.
          for (let left = pauses[i] ?? 0; left > 0; left--) {
            const step = nextStep(seats);
            if (step !== undefined) done(seats, step);
          }
        });
        settle(seats);
        for (const { leg, wants, media, joined, state } of seats.values()) {
          const other = wants.to === "leg" && wants.leg !== leg ? seats.get(wants.leg) : undefined;
          const isMutual = other?.wants.to === "leg" && other.wants.leg === leg && other.media !== undefined;
          expect(state).toBe("open");
          expect(joined).toBe(isMutual && media !== undefined ? other.leg : undefined);
        }
      }),
    );
  });
});
