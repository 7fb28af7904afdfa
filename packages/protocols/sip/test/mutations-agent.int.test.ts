import { ms } from "@cordboard/kernel";
import { isSoak, mutated, seededRandom, tell, tellProgress } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import type { SipAgent } from "../src/index.ts";
import { parseMessage, printMessage, respondTo } from "../src/index.ts";
import { heapBytes } from "./mutations/heap.ts";
import { hexOf, originals, specimen } from "./mutations/specimens.ts";
import type { World } from "./world.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

const SENT = isSoak ? 1_000_000 : 20_000;
const BLOCKS = isSoak ? 50 : 2;
const BLOCK_DEADLINE_MS = 300_000;
/** What the heap may grow by from the first to the last block. */
const GROWTH_BYTES = 8 * 2 ** 20;
/** One message of so many is a request of the agent's own, which the peer answers in its way. */
const OWN_REQUEST_EVERY = 20;

const PEER = "10.0.0.2";
const to = { remote: { address: SERVER, port: 5060 } };
const statuses = [100, 180, 200, 200, 302, 401, 481, 486, 500];

/** An agent that answers, rings and refuses whoever calls. */
async function makeAgent(world: World): Promise<SipAgent> {
  const agent = await world.agent(SERVER);
  const handlers = {
    onEnd() {},
    onRequest: (incoming: { respond(status: number): boolean }) => void incoming.respond(200),
  };
  agent.onCall((call) => {
    call.progress(180);
    if (world.random.chance(0.5)) return void call.reject(486);
    const dialog = call.answer({ body: "v=0\r\n" }, handlers);
    world.clock.after(ms(world.random.between(0, 60_000)), () => void dialog?.bye());
  });
  agent.handle("REGISTER", (incoming) => incoming.respond(200));
  return agent;
}

/** A peer that answers every request with a response, often a changed one, and remembers the dialogs that it hears of. */
async function makePeer(world: World) {
  const transport = world.network.transport({ address: PEER, port: 5060 });
  const dialogs: string[] = [];
  const answers = new Map<number, number>();
  let heard = 0;
  await transport.open({
    onMessage(bytes) {
      heard++;
      const parsed = parseMessage(bytes);
      if (!parsed.ok) return;
      const message = parsed.value;
      const { callId, toTag } = message.headers;
      if (message.type === "response") {
        answers.set(message.status, (answers.get(message.status) ?? 0) + 1);
        if (toTag !== undefined && callId !== undefined) dialogs[heard % 100] = `${callId} ${toTag}`;
        return;
      }
      if (message.method === "ACK") return;
      const { random } = world;
      const response = printMessage(respondTo(message, statuses[random.between(0, 8)] ?? 200, { toTag: "peer" }));
      transport.send(random.chance(0.5) ? mutated(response, random, originals) : response, to);
    },
    onClosed() {},
  });
  return { transport, dialogs, answers };
}

/** The input of a number, with a transaction of its own; about a third speak of a dialog that the agent knows. */
function inputOf(number: number, dialogs: readonly string[]): Uint8Array {
  const random = seededRandom(number);
  // Some stay as they are, so that calls and dialogs come about that the others then meet.
  const bytes = random.chance(0.3) ? (originals[random.between(0, 40)] ?? new Uint8Array(0)) : specimen(random);
  const [callId = `call-${number}`, tag] = random.chance(0.3) ? (dialogs[random.between(0, 99)]?.split(" ") ?? []) : [];
  const party = "<sip:bob@example.org>\r\n";
  const inside = Buffer.from(bytes)
    .toString("latin1")
    .replace(/sample-[A-Z]+@192\.0\.2\.1/, callId)
    .replace(/z9hG4bK-[A-Z]+/, `z9hG4bK-${number}`)
    .replace(party, tag === undefined ? party : `${party.trimEnd()};tag=${tag}\r\n`);
  return Buffer.from(inside, "latin1");
}

function callSomebody(world: World, agent: SipAgent): void {
  const uri = `sip:peer@${PEER}`;
  const credentials = { username: "101", password: "x" };
  void agent.send({ method: "OPTIONS", uri, from: "sip:us@example.org", credentials });
  const call = agent.invite(
    { uri, from: "sip:us@example.org", body: "v=0\r\n", credentials, deadlineMs: ms(20_000) },
    {
      onAnswer: (dialog) => {
        world.clock.after(ms(world.random.between(0, 20_000)), () => void dialog.bye());
        return { handlers: { onEnd() {} } };
      },
      onFailure() {},
    },
  );
  world.clock.after(ms(world.random.between(0, 60_000)), () => call.cancel());
}

describe("an agent that hears what was changed at random", () => {
  const state = { heap: 0, sent: 0, answers: {} as Record<number, number> };

  test.each(Array.from({ length: BLOCKS }, (_, block) => block))(
    "block %i: throws nothing, and is back at zero when all timers have run",
    { timeout: BLOCK_DEADLINE_MS },
    async (block) => {
      const world = makeWorld(block + 1);
      const agent = await makeAgent(world);
      const peer = await makePeer(world);
      for (let i = 0; i < SENT / BLOCKS; i++) {
        const bytes = inputOf(block * (SENT / BLOCKS) + i, peer.dialogs);
        try {
          if (i % OWN_REQUEST_EVERY === 0) callSomebody(world, agent);
          peer.transport.send(bytes, to);
          world.clock.advance(ms(i % 100 === 0 ? 200 : 2));
        } catch (fault) {
          throw new Error(`input ${i} of block ${block} (${hexOf(bytes)}) threw`, { cause: fault });
        }
        state.sent++;
      }
      await world.clock.drain(ms(4_000_000));
      expect(world.faults).toEqual([]);
      expect(agent.describe()).toMatchObject(nothingAlive);
      expect(world.clock.pending).toBe(0);
      // Calls, dialogs and refusals of every kind were met.
      const met = [...peer.answers.keys()];
      expect(met).toEqual(expect.arrayContaining([180, 200, 400, 405, 481, 482, 486, 500, 505]));
      for (const [status, count] of peer.answers) state.answers[status] = (state.answers[status] ?? 0) + count;
      await agent.close();
      if (block === 0) state.heap = heapBytes();
      tellProgress(`${state.sent} of ${SENT} inputs sent to the agent`);
    },
  );

  test("nothing of it is kept", () => {
    const growthBytes = heapBytes() - state.heap;
    tell("mutations heard by an agent", { heard: state.sent, heardGrowthBytes: growthBytes, answers: state.answers });
    expect(growthBytes).toBeLessThan(GROWTH_BYTES);
  });
});
