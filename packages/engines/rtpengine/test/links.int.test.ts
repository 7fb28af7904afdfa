import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { clockOf, randomOf, silentLog } from "@cordboard/kernel";
import { expect, onTestFinished, test } from "vitest";
import { NgClient } from "../src/ng-client.ts";
import { openSocketLink } from "../src/socket-link.ts";

/** A client of whoever listens there. */
function clientOf(transport: "udp" | "tcp", port: number): NgClient {
  const client = new NgClient(
    { transport, host: "127.0.0.1", port },
    {
      clock: clockOf(globalThis),
      random: randomOf(globalThis),
      log: silentLog,
      open: openSocketLink,
      onNotice: () => {},
      onSilence: () => {},
    },
  );
  onTestFinished(() => client.close());
  return client;
}

/** The answer to a `ping` that came in these bytes. */
const pong = (bytes: Buffer): string => `${bytes.toString("latin1").split(" ")[0] ?? ""} d6:result4:ponge`;

test("over UDP, one of whom nothing is heard is asked from another port", async () => {
  const server = createSocket("udp4");
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const from = new Set<number>();
  server.on("message", (bytes, { port, address }) => {
    from.add(port);
    if (from.size > 1) server.send(pong(bytes), port, address);
  });
  const client = clientOf("udp", server.address().port);
  expect(await client.ask({ command: "ping" })).toEqual({ ok: false, error: { code: "no-answer" } });
  expect(await client.ask({ command: "ping" })).toMatchObject({ ok: true });
});

test("over TCP, a connection on which nothing is heard is given up for a new one", async () => {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    const isSecond = connections.length > 1;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      if (isSecond) socket.write(pong(bytes));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const each of connections) each.destroy();
    server.close();
  });
  const client = clientOf("tcp", (server.address() as AddressInfo).port);
  expect(await client.ask({ command: "ping" })).toEqual({ ok: false, error: { code: "no-answer" } });
  expect(await client.ask({ command: "ping" })).toMatchObject({ ok: true });
  expect(connections).toHaveLength(2);
});
