import { once } from "node:events";
import type { Socket } from "node:net";
import { createServer } from "node:net";
import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { ConnectionLimits } from "../src/transport/index.ts";
import { tcpTransport } from "../src/transport/index.ts";
import { closers, dial, heard, NOBODY, openBounded, options, patiently } from "./sockets.ts";

describe("the bounds of TCP", () => {
  const bounded = (limits: Partial<ConnectionLimits>) => openBounded(tcpTransport, limits);

  test("of too many silent connections of one source the oldest makes room, those that speak stay", async () => {
    const { port, transport, nextMessage, counted } = await bounded({ silentPerSource: 3 });
    const speaking = await dial(port);
    const came = nextMessage();
    speaking.write(options(1));
    await came;
    const oldest = await dial(port);
    const dropped = once(oldest, "close");
    for (let i = 0; i < 3; i++) await dial(port);
    await dropped;
    await expect
      .poll(() => transport.connections().map(({ hasSpoken }) => hasSpoken), patiently)
      .toEqual([true, false, false, false]);
    const again = nextMessage();
    speaking.write(options(2));
    await again;
    expect(counted).toEqual(["connection-dropped"]);
  });

  test("connections of one source are bounded, and those that have spoken make no room", async () => {
    const { port, transport, nextMessage } = await bounded({ perSource: 2 });
    const speak = async (socket: Socket): Promise<void> => {
      const came = nextMessage();
      socket.write(options(1));
      await came;
    };
    await speak(await dial(port));
    const silent = await dial(port);
    const dropped = once(silent, "close");
    await speak(await dial(port));
    await dropped;
    await once(await dial(port), "close");
    expect(transport.connections().map(({ hasSpoken }) => hasSpoken)).toEqual([true, true]);
  });

  test("connections in all are bounded", async () => {
    const { port, transport, nextMessage, counted } = await bounded({ total: 1 });
    const came = nextMessage();
    (await dial(port)).write(options(1));
    await came;
    await once(await dial(port), "close");
    expect(transport.connections()).toHaveLength(1);
    expect(transport.connect?.({ remote: { address: "127.0.0.1", port: NOBODY } })).toBeUndefined();
    expect(counted).toEqual(["connection-refused"]);
  });

  test("a connection that brings no message in time is closed, however slowly it drips", async () => {
    const { port, clock, nextClosed, closed, transport } = await bounded({ firstMessageMs: 10_000, messageMs: 60_000 });
    const socket = await dial(port);
    await expect.poll(() => transport.connections().length, patiently).toBe(1);
    const gone = nextClosed();
    clock.advance(ms(9_999));
    socket.write("OPTIONS ");
    expect(closed).toEqual([]);
    clock.advance(ms(1));
    await gone;
    expect(transport.connections()).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  test("a message once begun must be finished in time", async () => {
    const { port, clock, nextClosed, nextMessage } = await bounded({ messageMs: 5_000 });
    const socket = await dial(port);
    const came = nextMessage();
    socket.write(`${options(1)}OPTIONS sip:`);
    await came;
    const gone = nextClosed();
    clock.advance(ms(5_000));
    await gone;
  });

  test("a connection without a word is closed when it has been idle", async () => {
    const { port, clock, nextClosed, nextMessage, closed } = await bounded({ idleMs: 60_000 });
    const socket = await dial(port);
    const came = nextMessage();
    socket.write(options(1));
    await came;
    clock.advance(ms(59_000));
    expect(closed).toEqual([]);
    const gone = nextClosed();
    clock.advance(ms(1_000));
    await gone;
  });

  test("a stream that cannot be followed is given time for one answer, which may come late", async () => {
    const { port, clock, transport, nextMessage, nextClosed } = await bounded({ messageMs: 5_000 });
    const broken = options(1).replace("Content-Length: 0", "Content-Length: lots");
    const [answered, unanswered] = [await dial(port), await dial(port)];
    for (const socket of [answered, unanswered]) {
      const came = nextMessage();
      socket.write(broken);
      await came;
    }
    answered.write(options(2));
    const [first] = transport.connections();
    transport.send(Buffer.from("SIP/2.0 400 Bad"), first?.flow ?? expect.fail("no connection"));
    expect(await heard(answered)).toBe("SIP/2.0 400 Bad");
    await once(answered, "close");
    await expect.poll(() => transport.connections().length, patiently).toBe(1);
    const gone = nextClosed();
    clock.advance(ms(5_000));
    await gone;
  });

  test("a head without an end is not waited for", async () => {
    const { port } = await bounded({});
    const socket = await dial(port);
    socket.resume().write("x".repeat(40_000));
    await once(socket, "close");
  });

  test("a peer that takes nothing is refused more after the backlog is full", async () => {
    const stuck = createServer((socket) => socket.pause()).listen(0, "127.0.0.1");
    await once(stuck, "listening");
    closers.push(() => void stuck.close());
    const address = stuck.address();
    const remote = { address: "127.0.0.1", port: typeof address === "object" && address !== null ? address.port : 0 };
    const { transport } = await bounded({ backlogBytes: 100_000 });
    const piece = new Uint8Array(30_000);
    const sent = Array.from({ length: 6 }, () => transport.send(piece, { remote }).ok);
    expect(sent).toEqual([true, true, true, false, false, false]);
    await transport.close();
  });
});
