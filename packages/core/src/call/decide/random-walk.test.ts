import type { SeededRandom } from "@cordboard/testkit";
import { seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";
import { choose, oneOf, stateOf, steps } from "../../../test/walk.ts";
import type { ReachPreferences } from "../../directory/index.ts";
import { plainReach } from "../../directory/index.ts";
import type { Call } from "../types.ts";
import { callView } from "../views.ts";
import { heardBy } from "./sound.ts";

const WALKS = 10_000;
const STEPS = 200;
/** Whoever runs the tests is told of each block, and takes a thread that says nothing for a minute for dead. */
const BLOCKS = 20;
const BLOCK_DEADLINE_MS = 120_000;
/** What is rare is sought for so many walks more. */
const MORE_WALKS = 10_000;
const names = Object.keys(steps);

/** What holds for every call after every step. */
function faultsOf(scene: CallScene, call: Call): readonly string[] {
  const faults: string[] = [];
  const { legs, joined, phase } = call;
  if (scene.calls.has(call.id) && JSON.stringify(scene.state.calls[call.id]) !== JSON.stringify(callView(call))) {
    faults.push("the events tell another state");
  }
  for (const leg of legs) {
    if ((leg.state === "ended") !== (leg.end !== null)) faults.push(`${leg.id} has no verdict`);
    if (phase === "closing" || leg.state === "ended") continue;
    if (leg.link.kind === "pair" && !leg.isEnding && !joined.includes(leg.id)) faults.push(`${leg.id} is still joined`);
    if (leg.state === "answered" && !leg.isEnding && JSON.stringify(heardBy(call, leg)) !== JSON.stringify(leg.hears))
      faults.push(`${leg.id} hears ${leg.hears?.kind}`);
  }
  if (phase !== "closing") {
    const rings = legs.filter(({ id, isIncoming, isEnding, state }) => {
      const isUnanswered = state === "setup" || state === "ringing";
      return isUnanswered && !isIncoming && !isEnding && call.round?.legs.includes(id) !== true;
    });
    if (rings.length > 0) faults.push("somebody is rung for whom nobody waits");
    const gone = joined.filter((id) => legs.find((leg) => leg.id === id)?.state === "ended");
    if (gone.length > 0) faults.push("a joined leg has ended");
    const alive = legs.filter(({ state, isEnding }) => state !== "ended" && !isEnding);
    if (alive.length === 0 && !scene.hasWaitingEnd(call)) faults.push("nobody is left and nothing ends the call");
  }
  return faults;
}

/** Steps that end something come less often, so that calls live long enough to get into every state. */
const ends: ReadonlySet<string> = new Set([
  ...["refused", "hung up", "cancelled", "leg hangs up", "call hangs up", "row lost", "row spooled"],
  ...["first sign due", "ring due", "tone due", "silence due", "cut off"],
]);

function nextStep(random: SeededRandom): string {
  const name = names[random.between(0, names.length - 1)] ?? "";
  return ends.has(name) && random.chance(0.8) ? nextStep(random) : name;
}

/** Ends whatever is left, and says what is still there then. */
function leftovers(scene: CallScene): readonly string[] {
  scene.bookKeeps();
  for (const call of [...scene.calls.keys()]) scene.take({ type: "hang-up", call, why: "shutting-down" });
  for (const leg of [...scene.ending]) scene.gone(leg);
  const rows = (type: "open-row" | "close-row"): readonly string[] =>
    scene.actions.flatMap((action) => (action.type === type ? [action.type === "close-row" ? action.row.id : ""] : []));
  const faults = [...scene.calls.keys()].map((call) => `${call} does not end`);
  if (rows("open-row").length !== rows("close-row").length) faults.push("a row is not completed");
  const asked = scene.asked.filter((id) => !scene.replied.includes(id));
  if (asked.length > 0 || new Set(scene.replied).size !== scene.replied.length)
    faults.push("a command is not answered once");
  return faults;
}

const voicemail = { kind: "voicemail" } as const;

function someWishes(random: SeededRandom): ReachPreferences {
  const { forward } = plainReach;
  return oneOf(random, [
    plainReach,
    { ...plainReach, forward: { ...forward, always: voicemail } },
    { ...plainReach, forward: { ...forward, noAnswer: voicemail, busy: voicemail } },
    { ...plainReach, callWaiting: false, forward: { ...forward, busy: { kind: "number", number: "103" } } },
  ]);
}

function walk(seed: number, visits: Map<string, number>): void {
  const random = seededRandom(seed);
  const scene = new CallScene();
  scene.wishes.set("102", someWishes(random));
  if (random.chance(0.2)) scene.wishes.set("103", { ...plainReach, mobileAfterSeconds: 0 });
  for (const extension of ["101", "102"]) if (random.chance(0.2)) scene.alwaysRecorded.add(extension);
  const taken: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const choice = choose(scene, random);
    const name = nextStep(random);
    taken.push(name);
    const visit = `${stateOf(choice.call)} | ${name}`;
    visits.set(visit, (visits.get(visit) ?? 0) + 1);
    steps[name]?.(scene, choice);
    const faults = scene.changed.flatMap((call) => faultsOf(scene, call));
    if (faults.length > 0)
      throw new Error(`seed ${seed}, step ${step} (${taken.slice(-8).join(", ")}): ${faults.join("; ")}`);
  }
  const left = leftovers(scene);
  if (left.length > 0) throw new Error(`seed ${seed}: ${left.join("; ")} after ${taken.slice(-12).join(", ")}`);
}

describe("whatever happens", () => {
  const visits = new Map<string, number>();

  test.each(Array.from({ length: BLOCKS }, (_, block) => block * (WALKS / BLOCKS)))(
    "from seed %i on the events tell the state, every call ends, each once, and nothing is left",
    (from) => {
      for (let seed = from + 1; seed <= from + WALKS / BLOCKS; seed++) walk(seed, visits);
    },
    BLOCK_DEADLINE_MS,
  );

  test(
    "it has happened in every state",
    () => {
      const states = [...new Set([...visits.keys()].map((visit) => visit.split(" | ")[0] ?? ""))].sort();
      const pairs = states.flatMap((state) => names.map((name) => `${state} | ${name}`));
      const unvisited = (): readonly string[] => pairs.filter((pair) => !visits.has(pair));
      let seed = WALKS;
      while (unvisited().length > 0 && seed < WALKS + MORE_WALKS) walk(++seed, visits);
      process.stdout.write(
        `call: ${seed} walks of ${STEPS}, ${states.length} states, ${visits.size} pairs of state and input visited\n`,
      );
      expect(unvisited()).toEqual([]);
    },
    BLOCK_DEADLINE_MS,
  );
});
