import { createSocket } from "node:dgram";
import { clockOf } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { createInbox, udpTransport } from "../src/transport/index.ts";
import { closers, options } from "./sockets.ts";

/** More than Node reads of a socket at once, and what the receive buffer of an ordinary kernel has room for. */
const BURST = 200;

test("a burst of datagrams has left the system's buffer before the first of it is taken, so that all of its wait is seen", async () => {
  const inbox = createInbox({ clock: clockOf(globalThis) });
  const transport = inbox.before(udpTransport({ address: "127.0.0.1", port: 0 }));
  const waiting: number[] = [];
  const bound = await transport.open({ onMessage: () => void waiting.push(inbox.size()), onClosed: () => {} });
  closers.push(() => transport.close());
  const sender = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
  closers.push(() => void sender.close());
  await new Promise<void>((done) => void sender.bind(0, "127.0.0.1", done));

  const message = options(1, "UDP");
  const sent = Array.from(
    { length: BURST },
    () => new Promise<void>((done) => void sender.send(message, bound?.port, bound?.address, () => done())),
  );
  await Promise.all(sent);
  await expect.poll(() => waiting.length).toBe(BURST);
  expect(waiting[0]).toBe(BURST - 1);
});
