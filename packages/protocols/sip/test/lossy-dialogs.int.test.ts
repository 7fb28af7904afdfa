import { ms, silentLog } from "@cordboard/kernel";
import type { SeededRandom, Weather } from "@cordboard/testkit";
import { clearWeather, lossyNetwork, manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import type { Dialog, DialogEnd, DialogHandlers, SipAgent } from "../src/index.ts";
import { createSipAgent } from "../src/index.ts";
import { nodeHash } from "../src/transport/index.ts";

/** Everything that one side heard of one call. */
interface Heard {
  answers: number;
  failures: number;
  ends: DialogEnd[];
}

const storm: Weather = { loss: 0.1, duplication: 0.05, delayMs: [1, 400] };
const PATIENCE = ms(64 * 500);

function makeWorld(seed: number, weather: Weather) {
  const clock = manualClock();
  const random = seededRandom(seed);
  const network = lossyNetwork(clock, seed + 1, weather);
  const faults: unknown[] = [];
  const log = { ...silentLog, error: (message: string, fields: unknown) => void faults.push([message, fields]) };
  const agentAt = (address: string): SipAgent =>
    createSipAgent({ transports: [network.transport({ address, port: 5060 })], clock, random, hash: nodeHash, log });
  return { clock, random, network, faults, caller: agentAt("10.0.0.1"), callee: agentAt("10.0.0.2") };
}

type World = ReturnType<typeof makeWorld>;

/** Lets a party live through its dialog: perhaps a re-INVITE, perhaps an INFO, and at some moment it may hang up. */
function liveOn({ clock, random }: World, dialog: Dialog, maxLifeMs: number): void {
  const wait = (after: number, task: () => void): void => void clock.after(ms(after), task);
  if (random.chance(0.3)) wait(random.between(0, 5_000), () => void dialog.reinvite({ body: "v=0\r\n" }));
  if (random.chance(0.2))
    wait(random.between(0, 5_000), () => void dialog.request("INFO", { body: "x", contentType: "text/plain" }));
  wait(random.between(0, maxLifeMs), () => void dialog.bye());
}

function handlersFor(heard: Heard): DialogHandlers {
  return {
    onEnd: (end) => void heard.ends.push(end),
    onReinvite: (incoming) => void incoming.respond(200, { body: "v=0\r\n" }),
    onRequest: (incoming) => void incoming.respond(200),
  };
}

/** The callee does one of the things that callees do. */
function answerAtRandom(world: World, byCallId: Map<string, Heard>): void {
  const { callee, clock, random } = world;
  callee.onCall((call) => {
    const heard: Heard = { answers: 0, failures: 0, ends: [] };
    byCallId.set(call.request.headers.callId ?? "", heard);
    call.onCancel(() => {
      heard.failures++;
    });
    if (random.chance(0.8)) call.progress(180);
    clock.after(ms(random.between(0, 8_000)), () => {
      if (random.chance(0.15)) {
        if (call.reject(486)) heard.failures++;
        return;
      }
      const dialog = call.answer({ body: "v=0\r\n" }, handlersFor(heard));
      if (dialog === undefined) return;
      heard.answers++;
      liveOn(world, dialog, 120_000);
    });
  });
}

function place(world: World, random: SeededRandom, heard: Heard): string {
  const { caller, clock } = world;
  const call = caller.invite(
    {
      uri: "sip:bob@10.0.0.2",
      from: "sip:ann@10.0.0.1",
      body: "v=0\r\n",
      deadlineMs: ms(random.between(5_000, 60_000)),
    },
    {
      onAnswer: (dialog) => {
        heard.answers++;
        liveOn(world, dialog, 120_000);
        return { handlers: handlersFor(heard) };
      },
      onFailure: () => {
        heard.failures++;
      },
    },
  );
  if (random.chance(0.25)) clock.after(ms(random.between(0, 8_000)), () => call.cancel());
  return call.callId;
}

async function runCalls(seed: number, count: number, weather: Weather) {
  const world = makeWorld(seed, weather);
  const { clock, random, caller, callee, network } = world;
  const atCallee = new Map<string, Heard>();
  const atCaller = new Map<string, Heard>();
  await Promise.all([caller.listen(), callee.listen()]);
  answerAtRandom(world, atCallee);
  for (let i = 0; i < count; i++) {
    const heard: Heard = { answers: 0, failures: 0, ends: [] };
    atCaller.set(place(world, random, heard), heard);
    await clock.run(ms(random.between(0, 500)));
  }
  await clock.run(ms(240_000 + 8 * PATIENCE));
  return { ...world, atCallee, atCaller, flying: network.flying };
}

const nothing = {
  clientTransactions: 0,
  serverTransactions: 0,
  dialogs: 0,
  calls: 0,
  waiting: 0,
  connections: 0,
  timers: 0,
};

describe("dialogs over a network that loses, doubles, delays and turns round", () => {
  test.each([1, 2, 3, 4])(
    "a hundred calls of seed %i end right on both sides and leave nothing",
    { timeout: 30_000 },
    async (seed) => {
      const { atCaller, atCallee, caller, callee, faults, network } = await runCalls(seed, 100, storm);
      expect(network.counts.lost).toBeGreaterThan(50);
      expect(network.counts.duplicated).toBeGreaterThan(20);
      for (const [callId, heard] of atCaller) {
        const other = atCallee.get(callId);
        expect(heard.answers + heard.failures, `caller of ${callId} hears one outcome`).toBe(1);
        expect(heard.ends.length, `caller's dialog of ${callId} ends once`).toBe(heard.answers);
        if (other === undefined) expect(heard.answers).toBe(0);
        else expect(other.ends.length, `callee's dialog of ${callId} ends once`).toBe(other.answers);
        if (heard.answers === 1) expect(other?.answers, `${callId} was answered by somebody`).toBe(1);
      }
      expect([...atCaller.values()].filter(({ answers }) => answers > 0).length).toBeGreaterThan(40);
      // What is lost is sent again: nearly every dialog ends because somebody hung up, not because somebody vanished.
      const causes = [...atCaller.values(), ...atCallee.values()].flatMap(({ ends }) => ends.map(({ cause }) => cause));
      expect(causes.filter((cause) => cause !== "bye").length).toBeLessThanOrEqual(2);
      expect(atCallee.size).toBeGreaterThanOrEqual(99);
      expect(faults).toEqual([]);
      expect(caller.describe()).toMatchObject(nothing);
      expect(callee.describe()).toMatchObject(nothing);
      await Promise.all([caller.close(), callee.close()]);
    },
  );

  test("in clear weather a call is answered, and ended by whoever hangs up first", async () => {
    const { atCaller, atCallee, caller, callee } = await runCalls(9, 40, clearWeather);
    for (const [callId, heard] of atCaller) {
      const other = atCallee.get(callId);
      if (heard.answers === 0) continue;
      expect(heard.ends).toHaveLength(1);
      expect(other?.ends).toHaveLength(1);
      expect(heard.ends[0]?.cause).toBe("bye");
      expect(new Set([heard.ends[0]?.by, other?.ends[0]?.by])).toEqual(new Set(["local", "remote"]));
    }
    expect(caller.describe()).toMatchObject(nothing);
    expect(callee.describe()).toMatchObject(nothing);
    await Promise.all([caller.close(), callee.close()]);
  });
});
