import type { EventData } from "@cordboard/core";
import { bodyText } from "@cordboard/sip";
import type { SipWatcher } from "@cordboard/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BareAgent } from "./bare-agent.ts";
import { openBareAgent } from "./bare-agent.ts";
import { demo } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import type { Sight } from "./stream-viewer.ts";
import { until } from "./until.ts";
import type { OnLooker } from "./watchers.ts";
import { lookOn, numberUri, sightOf, watcherOf } from "./watchers.ts";
import { withServer } from "./with-server.ts";

type Message = EventData["message.sent.v1"]["message"];

describe("messages between users", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102" }, { watches: ["102"], isTraced: true });
  let writer: SipWatcher;
  let second: BareAgent;
  /** What the second phone of 102 got. */
  const got: string[] = [];
  /** What each who looks on was told. */
  const told = new Map<string, Message[]>();
  const lookers: OnLooker[] = [];

  beforeAll(async () => {
    writer = await watcherOf(server(), "103");
    second = await openBareAgent(server(), { transport: "tcp" });
    second.agent.handle("MESSAGE", (incoming) => {
      got.push(bodyText(incoming.request));
      incoming.respond(200);
    });
    await second.register("102");
    const key: Sight = { name: "key", headers: { "x-api-key": demo.key } };
    for (const sight of [sightOf("102"), sightOf("103"), sightOf("104"), key]) {
      const looker = await lookOn(server(), sight);
      lookers.push(looker);
      const heard: Message[] = [];
      told.set(sight.name, heard);
      looker.stream.onEvent = (_seq, text) => {
        const { event, data } = JSON.parse(text) as { event: string; data: EventData["message.sent.v1"] };
        if (event === "message.sent.v1") heard.push(data.message);
      };
    }
  });
  afterAll(async () => {
    await Promise.all([...lookers.map(({ leave }) => leave()), writer?.close(), second?.close()]);
  });

  const writes = async (number: string, body: string): Promise<number> => {
    const headers = { "Content-Type": "text/plain" };
    return (await writer.send("MESSAGE", numberUri(number), { headers, body })).status;
  };

  test("reach all phones of whom they are for, and are told on the stream to both sides alone", async () => {
    expect(await writes("102", "lunch at one?")).toBe(202);
    await all.phone("bruno").child.line(/lunch at one\?/, 5_000);
    await until("the second phone to get it", () => got.includes("lunch at one?"));
    const message: Message = { from: "103", to: "102", contentType: "text/plain", text: "lunch at one?", bytes: 13 };
    await until("all to be told", () => ["102", "103", "key"].every((who) => told.get(who)?.length === 1));
    expect(Object.fromEntries(told)).toEqual({
      "102": [message],
      "103": [message],
      "104": [],
      key: [{ ...message, text: null }],
    });
  });

  test("go from one phone of somebody else to another", async () => {
    await all.phone("ada").command("message", "see you there");
    await all.phone("bruno").child.line(/see you there/, 5_000);
    await until("the second phone to get it", () => got.includes("see you there"));
    await until("its phone's owner to be told", () => told.get("102")?.length === 2);
    expect(told.get("102")?.at(-1)).toMatchObject({ from: "101", to: "102", text: "see you there" });
  });

  test("are refused to numbers that nobody has, to whom nobody can bring them, and without a proof", async () => {
    expect([await writes("199", "hello"), await writes("9000", "hello"), await writes("105", "hello")]).toEqual([
      404, 404, 480,
    ]);
    expect((await writer.send("MESSAGE", numberUri("102"), { body: "hello", isUnproven: true })).status).toBe(401);
    expect(await writes("102", "x".repeat(5_000))).toBe(413);
  });
});
