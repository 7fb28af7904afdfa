import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { BareAgent, BareAgentOptions } from "./bare-agent.ts";
import { openBareAgent, openWebSocket, portFor } from "./bare-agent.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

/** Connections that somebody opens and says nothing over. */
const MANY = 60;
/** What a source may have of them. */
const ALLOWED = 30;
const SOMEBODY_ELSE = "127.0.0.2";

const server = withServer({ as: "demo" });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await untilConnections(0);
  expect(await server().health()).toMatchObject({ registrations: 0, calls: 0, legs: 0, dialogs: 0 });
});

const untilConnections = (count: number): Promise<unknown> =>
  until(`the server to have ${count} connections`, async () => (await server().health()).connections === count, {
    withinMs: 20_000,
  });

async function agentBy(options: BareAgentOptions): Promise<BareAgent> {
  const agent = await openBareAgent(server(), options);
  closers.push(() => agent.close());
  return agent;
}

/** A connection over which nothing is said. */
interface Mute {
  readonly isOver: () => boolean;
}

async function openSocket(port: number): Promise<Mute> {
  const socket: Socket = connect({ host: "127.0.0.1", port });
  closers.push(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  // Read, or its end would not be noticed.
  socket.resume();
  return { isOver: () => socket.destroyed };
}

async function openSilentWebSocket(port: number): Promise<Mute> {
  const socket = await openWebSocket(`ws://127.0.0.1:${port}/sip`);
  closers.push(() => socket.terminate());
  return { isOver: () => socket.readyState === socket.CLOSED };
}

const floods = [
  { name: "connections", over: "tcp", open: openSocket },
  { name: "handshakes that never begin", over: "tls", open: openSocket },
  { name: "WebSockets", over: "ws", open: openSilentWebSocket },
] as const;

async function flood({ over, open }: (typeof floods)[number], count: number): Promise<readonly Mute[]> {
  const port = portFor(server(), over);
  const mutes: Mute[] = [];
  for (let i = 0; i < count; i++) mutes.push(await open(port));
  return mutes;
}

describe.each(floods)(`${MANY} silent $name of one source`, (kind) => {
  test("leave room for others, for the same source, and for who was there before", async () => {
    const before = await agentBy({ transport: kind.over });
    await before.register("101");
    const mutes = await flood(kind, MANY);
    await untilConnections(ALLOWED + 1);
    const from = SOMEBODY_ELSE;
    for (const transport of ["tcp", "tls", "ws"] as const)
      expect(await (await agentBy({ transport, from })).register("102"), `${transport} from elsewhere`).toMatchObject({
        ok: true,
      });
    for (const transport of ["tcp", "tls", "ws"] as const)
      expect(await (await agentBy({ transport })).register("103"), `${transport} from there`).toMatchObject({
        ok: true,
      });
    expect(await before.ask()).toMatchObject({ ok: true });
    // The oldest made room: for the other silent ones, and for the one that spoke.
    await until(
      "the dropped ones to notice",
      () => mutes.filter(({ isOver }) => isOver()).length === MANY - ALLOWED + 1,
    );
    expect(mutes.map(({ isOver }) => isOver())).toEqual(mutes.map((_, index) => index <= MANY - ALLOWED));
  });
});

test("silent connections end by themselves at their deadline", async () => {
  const mutes = (await Promise.all(floods.map((kind) => flood(kind, 5)))).flat();
  await untilConnections(15);
  await untilConnections(0);
  await until("all of them to notice", () => mutes.every(({ isOver }) => isOver()));
});
