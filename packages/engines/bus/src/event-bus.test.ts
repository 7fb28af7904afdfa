import type { Envelope, TenantId } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEventBus } from "./event-bus.ts";
import type { BusLimits } from "./types.ts";

const acme = "ten_ACME" as TenantId;
const other = "ten_OTHER" as TenantId;

function newBus(limits: Partial<BusLimits> = {}) {
  const clock = manualClock(instant(1_000));
  const bus = createEventBus({ clock, epoch: "e1", limits });
  const publish = (count: number, tenant = acme) => {
    for (let i = 0; i < count; i++) bus.publish(tenant, "leg.ringing.v1", { i });
  };
  const pass = (time: number) => clock.advance(ms(time));
  const seqs = (from: number, epoch = "e1"): readonly number[] | "gap" => {
    const found = bus.since(acme, { epoch, seq: from });
    return found === "gap" ? found : found.map(({ seq }) => seq);
  };
  const held = () => bus.describe().rings.find(({ tenant }) => tenant === acme);
  return { bus, publish, pass, seqs, held };
}

test("numbers rise by one within a tenant, and tenants do not share them", () => {
  const { bus, publish } = newBus();
  publish(3);
  publish(1, other);
  expect(bus.position(acme)).toEqual({ epoch: "e1", seq: 3 });
  expect(bus.position(other)).toEqual({ epoch: "e1", seq: 1 });
  expect(bus.publish(acme, "call.ended.v1", { id: 7 })).toEqual({
    epoch: "e1",
    seq: 4,
    tenant: acme,
    at: 1_000,
    event: "call.ended.v1",
    data: { id: 7 },
  });
});

test("a client that has seen nothing gets everything that is still held", () => {
  const { publish, seqs } = newBus();
  expect(seqs(0)).toEqual([]);
  publish(3);
  expect(seqs(0)).toEqual([1, 2, 3]);
  expect(seqs(2)).toEqual([3]);
  expect(seqs(3)).toEqual([]);
});

test.each([
  { name: "another epoch", from: 1, epoch: "e0" },
  { name: "a number that does not exist yet", from: 4, epoch: "e1" },
  { name: "a negative number", from: -1, epoch: "e1" },
  { name: "a broken number", from: 1.5, epoch: "e1" },
  { name: "no number", from: Number.NaN, epoch: "e1" },
])("$name is a gap", ({ from, epoch }) => {
  const { publish, seqs } = newBus();
  publish(3);
  expect(seqs(from, epoch)).toBe("gap");
});

test("a tenant without events has nothing to give after 0, and a gap after anything else", () => {
  const { bus, seqs } = newBus();
  expect(seqs(0)).toEqual([]);
  expect(seqs(1)).toBe("gap");
  expect(bus.describe().rings).toEqual([]);
});

test("ten thousand events stay however old they are", () => {
  const { publish, pass, seqs, held } = newBus();
  publish(10_000);
  pass(3_600_000);
  publish(1);
  expect(held()).toMatchObject({ events: 10_000, cutEarly: 0 });
  expect(seqs(0)).toBe("gap");
  expect(seqs(1)).toHaveLength(10_000);
});

test("events of the last five minutes stay however many there are", () => {
  const { publish, pass, seqs, held } = newBus();
  publish(30_000);
  pass(300_000);
  publish(1);
  expect(seqs(0)).toHaveLength(30_001);
  pass(1);
  publish(20_000);
  expect(held()?.events).toBe(20_001);
});

test("the upper bounds cut what would have stayed, and say so", () => {
  const byCount = newBus({ minEvents: 4, maxEvents: 8 });
  byCount.publish(20);
  expect(byCount.held()).toMatchObject({ events: 8, cutEarly: 12 });
  expect(byCount.seqs(11)).toBe("gap");
  expect(byCount.seqs(12)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);

  const byBytes = newBus({ maxBytes: 1_000 });
  for (let i = 0; i < 10; i++) byBytes.bus.publish(acme, "x.y.v1", { text: "a".repeat(100) });
  expect(byBytes.held()?.bytes).toBeLessThanOrEqual(1_000);
  expect(byBytes.held()?.events).toBeGreaterThan(0);
  byBytes.bus.publish(acme, "x.y.v1", { text: "a".repeat(2_000) });
  expect(byBytes.seqs(10)).toEqual([11]);
});

test("a ring of no slots is refused", () => {
  expect(() => newBus({ maxEvents: 0 })).toThrow("at least one event");
});

test("a long way back is read in pieces", () => {
  const { bus, publish } = newBus();
  publish(700);
  const first = bus.since(acme, { epoch: "e1", seq: 100 }, 256);
  expect(first === "gap" ? [] : first.map(({ seq }) => seq)).toEqual(Array.from({ length: 256 }, (_, i) => 101 + i));
});

test("the table wraps round and grows without losing or repeating an event", () => {
  const limits = fc.record({
    minEvents: fc.integer({ min: 1, max: 600 }),
    maxEvents: fc.integer({ min: 1, max: 900 }),
  });
  const steps = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 300 }), pass: fc.integer({ max: 400_000, min: 0 }) }),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(limits, steps, (bounds, walk) => {
      const { bus, publish, pass, seqs, held } = newBus(bounds);
      for (const step of walk) {
        publish(step.count);
        pass(step.pass);
        const { seq } = bus.position(acme);
        const events = held()?.events ?? 0;
        expect(events).toBeGreaterThanOrEqual(Math.min(seq, bounds.minEvents, bounds.maxEvents));
        expect(events).toBeLessThanOrEqual(bounds.maxEvents);
        const oldest = seq - events;
        expect(seqs(oldest)).toEqual(Array.from({ length: events }, (_, i) => oldest + 1 + i));
        if (oldest > 0) expect(seqs(oldest - 1)).toBe("gap");
      }
    }),
    { numRuns: 60 },
  );
});

test("listeners hear their own tenant's events in order, until they leave", () => {
  const { bus, publish } = newBus();
  const heard: number[] = [];
  const listener = ({ seq }: Envelope) => heard.push(seq);
  const leave = bus.subscribe(acme, listener);
  const leaveAgain = bus.subscribe(acme, listener);
  publish(1);
  publish(1, other);
  leave();
  leave();
  publish(1);
  leaveAgain();
  publish(1);
  expect(heard).toEqual([1, 1, 2]);
  expect(bus.describe().rings.map(({ listeners }) => listeners)).toEqual([0, 0]);
});

test("what a listener publishes comes after what it was told", () => {
  const { bus, publish } = newBus();
  const heard: number[] = [];
  bus.subscribe(acme, ({ seq }) => {
    if (seq === 1) publish(1);
  });
  bus.subscribe(acme, ({ seq }) => heard.push(seq));
  publish(1);
  expect(heard).toEqual([1, 2]);
});

test("a listener that fails keeps nothing from the others", () => {
  const { bus, publish } = newBus();
  const heard: number[] = [];
  bus.subscribe(acme, () => {
    throw new Error("broken listener");
  });
  bus.subscribe(acme, ({ seq }) => heard.push(seq));
  publish(2);
  expect(heard).toEqual([1, 2]);
});
