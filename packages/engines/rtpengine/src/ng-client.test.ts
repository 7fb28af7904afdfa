import type { Log } from "@cordboard/kernel";
import { ms, silentLog } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { dictionary } from "./bencode.ts";
import type { NgRequest } from "./ng-client.ts";
import { NG_DEADLINE, NgClient } from "./ng-client.ts";
import type { NgLinkEvents } from "./ng-link.ts";
import type { NgMessage } from "./ng-message.ts";
import { readNg } from "./ng-message.ts";

const ping: NgRequest = { command: "ping" };

/** A client on a way that the test walks by hand. */
function asking(log: Log = silentLog) {
  const clock = manualClock();
  const sent: NgMessage[] = [];
  const notices: unknown[] = [];
  const silences: string[] = [];
  let events: NgLinkEvents | undefined;
  const client = new NgClient(
    { transport: "udp", host: "127.0.0.1", port: 1 },
    {
      clock,
      random: seededRandom(1),
      log,
      onNotice: (body) => notices.push(body.get("notify")),
      onSilence: () => silences.push("silence"),
      open: (_address, parts) => {
        events = parts.events;
        return {
          send: (bytes) => {
            const message = readNg(bytes);
            if (message.ok) sent.push(message.value);
          },
          localAddress: () => "127.0.0.1",
          renew: () => silences.push("new way"),
          close: () => {},
        };
      },
    },
  );
  const answer = (to: NgMessage | undefined, body: Readonly<Record<string, string>>): void =>
    events?.onMessage({ cookie: to?.cookie ?? "nobody", body: dictionary(body) });
  return { client, clock, sent, notices, silences, answer, up: () => events?.onUp() };
}

describe("a request to rtpengine", () => {
  test("is settled by the answer with its cookie", async () => {
    const { client, sent, answer, clock } = asking();
    const [first, second] = [client.ask(ping), client.ask({ command: "list", limit: "1", left: undefined })];
    expect(sent.map(({ body }) => [...body])).toEqual([
      [["command", "ping"]],
      [
        ["command", "list"],
        ["limit", "1"],
      ],
    ]);
    answer(sent[1], { result: "ok" });
    answer(sent[0], { result: "pong" });
    expect(await first).toEqual({ ok: true, value: dictionary({ result: "pong" }) });
    expect(await second).toMatchObject({ ok: true });
    expect(clock.pending).toBe(0);
  });

  test("is refused in rtpengine's words", async () => {
    const { client, sent, answer } = asking();
    const reply = client.ask(ping);
    answer(sent[0], { result: "error", "error-reason": "Unknown call-id" });
    expect(await reply).toEqual({ ok: false, error: { code: "refused", why: "Unknown call-id" } });
  });

  test("is sent again under the same cookie, and is given up at its deadline", async () => {
    const { client, sent, clock } = asking();
    const reply = client.ask(ping);
    clock.advance(ms(249));
    expect(sent).toHaveLength(1);
    clock.advance(ms(1));
    expect(sent).toHaveLength(2);
    clock.advance(ms(NG_DEADLINE - 251));
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ cookie }) => cookie)).size).toBe(1);
    expect(client.waitMs).toBe(NG_DEADLINE - 1);
    clock.advance(ms(1));
    expect(await reply).toEqual({ ok: false, error: { code: "no-answer" } });
    expect(client.waitMs).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("without an answer means that rtpengine is silent only when nothing else is heard either, and once for all that wait", async () => {
    const { client, sent, clock, answer, silences } = asking();
    const [first, second] = [client.ask(ping), client.ask(ping)];
    clock.advance(ms(1000));
    answer(sent[1], { result: "pong" });
    clock.advance(ms(1000));
    expect([await first, await second]).toMatchObject([{ ok: false }, { ok: true }]);
    expect(silences).toEqual([]);
    void client.ask(ping);
    clock.advance(ms(500));
    void client.ask(ping);
    clock.advance(ms(2000));
    expect(silences).toEqual(["new way", "silence"]);
    expect(clock.pending).toBe(0);
  });

  test("goes out at once when the way is there again", () => {
    const { client, sent, up } = asking();
    void client.ask(ping);
    up();
    expect(sent.map(({ cookie }) => cookie)).toEqual([sent[0]?.cookie, sent[0]?.cookie]);
  });

  test("that is too long, or one too many, is not sent", async () => {
    const { client, sent } = asking();
    expect(await client.ask({ command: "offer", sdp: "x".repeat(65_500) })).toMatchObject({ ok: false });
    for (let i = 0; i < 4096; i++) void client.ask(ping);
    expect(await client.ask(ping)).toEqual({ ok: false, error: { code: "no-answer" } });
    expect(sent).toHaveLength(4096);
  });

  test("is over when the client closes", async () => {
    const { client, clock } = asking();
    const reply = client.ask(ping);
    client.close();
    expect(await reply).toMatchObject({ ok: false });
    expect(await client.ask(ping)).toMatchObject({ ok: false });
    expect(clock.pending).toBe(0);
  });

  test("is not mixed up with late answers or notices", async () => {
    const { client, sent, answer, notices } = asking();
    const reply = client.ask(ping);
    answer(undefined, { result: "late" });
    answer(undefined, { notify: "onDTMF" });
    expect(notices).toEqual(["onDTMF"]);
    answer(sent[0], { result: "pong" });
    expect(await reply).toMatchObject({ ok: true });
  });

  test("says how long an answer takes, for a second", async () => {
    const { client, sent, answer, clock } = asking();
    const reply = client.ask(ping);
    clock.advance(ms(40));
    answer(sent[0], { result: "pong" });
    await reply;
    expect(client.waitMs).toBe(40);
    clock.advance(ms(1000));
    expect(client.waitMs).toBe(0);
  });
});
