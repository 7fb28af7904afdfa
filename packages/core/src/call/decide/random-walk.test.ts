import type { CallId, DeviceId, LegId } from "@cordboard/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";
import { callView } from "../views.ts";

/** What may happen next; `pick` chooses the call, leg or number that it happens to. */
const step = fc.record({
  what: fc.constantFrom(
    "phone-calls",
    "place",
    "ringing",
    "early-media",
    "answered",
    "refused",
    "unreachable",
    "hung-up",
    "cancelled",
    "did-as-told",
    "row-kept",
    "row-spooled",
    "row-lost",
    "first-sign",
    "ring",
    "tone",
    "hang-up",
    "held",
    "resumed",
    "refer",
    "refer-to-talk",
    "hold",
    "resume",
    "transfer",
    "join",
    "hand-over",
    "leg-hangs-up",
    "mute",
    "answer",
    "not-done",
    "park",
    "conference",
    "invite",
    "supervise",
    "pick-up",
    "replaces",
    "park-timer",
    "mobile-timer",
  ),
  pick: fc.nat({ max: 1_000 }),
});

const numbers = ["102", "103", "104", "9000", "+390455550100", "777", "101", "9002", "9011", "9012", "*8102", "*8101"];
const pickOf = <Item>(items: readonly Item[], pick: number): Item | undefined =>
  items[pick % Math.max(1, items.length)];

/** Legs of which the switch knows, by what it has been ordered. */
function legsOf(scene: CallScene): { readonly live: readonly LegId[]; readonly ending: readonly LegId[] } {
  const ended = new Set(
    [...scene.calls.values()].flatMap(({ legs }) => legs.filter(({ state }) => state === "ended").map(({ id }) => id)),
  );
  const known = new Set<LegId>();
  const ending = new Set<LegId>();
  for (const action of scene.actions) {
    if (action.type !== "leg") continue;
    known.add(action.action.leg);
    if (action.action.type === "end") ending.add(action.action.leg);
  }
  const up = new Set(
    [...scene.calls.values()].flatMap(({ legs }) =>
      legs.map(({ id, isIncoming }) => (isIncoming || known.has(id) ? id : undefined)),
    ),
  );
  const live = [...up].filter((leg): leg is LegId => leg !== undefined && !ended.has(leg));
  return { live, ending: live.filter((leg) => ending.has(leg)) };
}

function take(scene: CallScene, { what, pick }: { readonly what: string; readonly pick: number }): void {
  const { live, ending } = legsOf(scene);
  const leg = pickOf(live, pick);
  const call = pickOf([...scene.calls.keys()], pick) ?? ("none" as CallId);
  const isIncoming =
    scene.world.callOfLeg(leg ?? ("" as LegId))?.legs.find(({ id }) => id === leg)?.isIncoming ?? false;
  switch (what) {
    case "phone-calls":
      scene.phoneCalls(pickOf(numbers, pick) ?? "");
      return;
    case "place":
      return scene.place(pickOf(["101", "102", "103"], pick) ?? "", pickOf(numbers, pick >> 2) ?? "");
    case "ringing":
    case "early-media":
      return isIncoming ? undefined : scene.rings(leg, what === "early-media");
    case "answered":
      return scene.answers(leg);
    case "refused":
      return isIncoming ? undefined : scene.refuses(leg, pickOf([486, 480, 603, 500], pick) ?? 486);
    case "unreachable":
      return scene.refuses(leg, 408);
    case "hung-up":
      return scene.hangsUp(leg, pick % 2 === 0 ? "caller" : "callee");
    case "cancelled":
      return isIncoming && leg !== undefined ? scene.cancels(leg) : undefined;
    case "did-as-told":
      return scene.gone(pickOf(ending, pick));
    case "row-kept":
    case "row-spooled":
    case "row-lost":
      return scene.take({ type: what, call });
    case "first-sign":
    case "ring":
    case "tone":
      return scene.take({ type: "timer", call, timer: what });
    case "held":
    case "resumed":
      return leg === undefined ? undefined : scene.fact({ type: what, leg });
    case "refer":
    case "refer-to-talk": {
      const replaces = what === "refer" ? null : (pickOf(live, pick >> 3) ?? null);
      if (leg !== undefined)
        scene.fact({ type: "refer-asked", leg, number: pickOf(numbers, pick >> 2) ?? "", replaces });
      return;
    }
    case "hold":
    case "resume":
      return scene.control(leg, { type: what });
    case "transfer":
      return scene.control(leg, { type: "transfer", number: pickOf(numbers, pick >> 2) ?? "" });
    case "join":
      return scene.control(leg, { type: "join", other: pickOf(live, pick >> 3) ?? ("" as LegId) });
    case "hand-over":
      return scene.control(leg, {
        type: "hand-over",
        device: pickOf(["dev_101a", "dev_102a", "dev_102b"], pick >> 2) as DeviceId,
      });
    case "mute":
      return scene.control(leg, { type: "mute", isMuted: pick % 2 === 0 });
    case "answer":
      return scene.control(leg, { type: "answer" });
    case "not-done": {
      const asked = [...scene.calls.values()].flatMap((each) => each.asked)[0];
      return asked === undefined
        ? undefined
        : scene.fact({ type: "failed", leg: asked.leg, action: asked.action, why: "no" });
    }
    case "park":
      return scene.control(leg, { type: "park", number: pickOf([null, "9011", "9012"], pick) ?? null });
    case "conference":
      return scene.control(leg, { type: "conference", other: pickOf(live, pick >> 3) ?? ("" as LegId) });
    case "invite":
      return scene.control(leg, { type: "invite", number: pickOf(numbers, pick >> 2) ?? "" });
    case "supervise":
      return scene.control(leg, {
        type: "supervise",
        extension: pickOf(["101", "102"], pick) ?? "",
        as: pickOf(["listen", "whisper", "barge"] as const, pick >> 1) ?? "listen",
      });
    case "pick-up":
      return scene.control(leg, { type: "pick-up", extension: pickOf(["101", "102"], pick) ?? "", device: null });
    case "replaces":
      return void scene.phoneCalls("102", leg ?? null);
    case "park-timer":
      return scene.take({ type: "timer", call, timer: "park" });
    case "mobile-timer":
      return scene.take({ type: "timer", call, timer: "mobile" });
    case "leg-hangs-up":
      return scene.control(leg, { type: "hang-up" });
    default:
      return scene.take({ type: "hang-up", call, why: "normal-clearing" });
  }
}

/** The live state that the events told is the state of the calls. */
function expectTold(scene: CallScene): void {
  const views = [...scene.calls.values()].map((call) => [call.id, callView(call)]);
  expect(scene.state.calls).toEqual(Object.fromEntries(views));
  for (const { legs, joined, phase } of scene.calls.values()) {
    const ended = legs.filter(({ state }) => state === "ended").map(({ id }) => id);
    if (phase !== "closing") expect(joined.filter((id) => ended.includes(id))).toEqual([]);
    expect(legs.filter(({ state, end }) => state === "ended" && end === null)).toEqual([]);
  }
}

test("whatever happens, the events tell the state, every call ends, each once, and nothing is left", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 200, size: "max" }), (steps) => {
      const scene = new CallScene();
      for (const one of steps) {
        take(scene, one);
        expectTold(scene);
      }
      scene.bookKeeps();
      for (const call of [...scene.calls.keys()]) scene.take({ type: "hang-up", call, why: "shutting-down" });
      for (const leg of legsOf(scene).live) {
        expect(legsOf(scene).ending).toContain(leg);
        scene.gone(leg);
      }
      expect(scene.calls.size).toBe(0);
      const closed = scene.actions.flatMap((action) => (action.type === "close-row" ? [action.row.id] : []));
      const opened = scene.actions.flatMap((action) => (action.type === "open-row" ? [action.row.id] : []));
      expect([...closed].sort()).toEqual([...opened].sort());
      const replies = scene.actions.flatMap((action) => (action.type === "reply" ? [action.to] : []));
      expect(replies.length).toBe(new Set(replies).size);
      expect(replies.length).toBe(steps.filter(({ what }) => what === "place").length);
    }),
    { numRuns: 1000 },
  );
});
