import type { RemoteInfo } from "node:dgram";
import type { NegotiatedMedia, SoundFact } from "@cordboard/core";
import { makeDtlsIdentity, nodeDtlsCrypto } from "@cordboard/dtls/node";
import type { LegId } from "@cordboard/kernel";
import { ms, ok } from "@cordboard/kernel";
import type { RtcpPacket, RtpPacket } from "@cordboard/rtp";
import { parseRtcp, parseRtp, printPlainRtp, printRtcp, printTelephoneEvent } from "@cordboard/rtp";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock, pcma, pcmu, seededRandom } from "@cordboard/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import type { Order, Report } from "../messages.ts";
import { defaultTimings } from "../timings.ts";
import type { Endpoint } from "./addresses.ts";
import { LegHost } from "./leg-host.ts";
import type { SocketEvents } from "./leg-sockets.ts";
import { Playable } from "./playable.ts";
import { fileDisk } from "./recording-file.ts";
import { SoundStore } from "./sound-store.ts";

/** A leg's sockets in memory: what was sent, and a way to receive. */
interface Wire extends SocketEvents {
  readonly rtp: { readonly packet: RtpPacket; readonly to: Endpoint; readonly at: number }[];
  readonly rtcp: RtcpPacket[];
  isClosed: boolean;
}

const leg = (name: string): LegId => `leg_${name}` as LegId;
const [A, B] = [leg("A"), leg("B")];
const peerOf = (port: number): RemoteInfo => ({ address: "10.0.0.1", port, family: "IPv4", size: 0 });
const media = (port: number, changes: Partial<NegotiatedMedia> = {}): NegotiatedMedia => ({
  remote: { address: "10.0.0.1", port, rtcpPort: port + 1 },
  codecs: [pcma],
  digitsPayload: 101,
  direction: "sendrecv",
  ...changes,
});

let clock: ManualClock;
let host: LegHost;
let wires: Map<number, Wire>;
let reports: Report[];
/** Lets the files that are being read be there, with these samples. */
let loaded: (samples: Int16Array) => void;

beforeEach(() => {
  clock = manualClock();
  wires = new Map();
  reports = [];
  const loading = new Promise<Int16Array>((resolve) => {
    loaded = resolve;
  });
  const store = new SoundStore();
  host = new LegHost({
    clock,
    random: seededRandom(3),
    timings: defaultTimings,
    dtls: nodeDtlsCrypto(makeDtlsIdentity(0)),
    sounds: { made: (name) => store.made(name), file: async () => ok(new Playable(await loading)) },
    disk: fileDisk,
    report: (report) => reports.push(report),
    beat() {},
    async bind({ ports }, events) {
      const wire: Wire = { ...events, rtp: [], rtcp: [], isClosed: false };
      wires.set(ports.rtp, wire);
      return {
        outcome: "open",
        sockets: {
          sendRtp(bytes, to) {
            const parsed = parseRtp(Uint8Array.from(bytes));
            if (parsed.ok) wire.rtp.push({ packet: parsed.value, to, at: clock.monotonic() });
          },
          sendRtcp(bytes) {
            const parsed = parseRtcp(bytes);
            if (parsed.ok) wire.rtcp.push(...parsed.value);
          },
          async close() {
            wire.isClosed = true;
          },
        },
      };
    },
  });
});

/** Opens a leg on a port, and connects it to a peer of the same number. */
async function talking(id: LegId, port: number, changes: Partial<NegotiatedMedia> = {}): Promise<Wire> {
  host.take({
    type: "open",
    request: port,
    leg: id,
    place: { address: "10.0.0.9", ports: { rtp: port, rtcp: port + 1 } },
    snapshot: undefined,
    stun: undefined,
  });
  await clock.run(ms(0));
  host.take({ type: "connect", leg: id, media: media(port, changes) });
  const wire = wires.get(port);
  if (wire === undefined) throw new Error("not bound");
  return wire;
}

const order = (taken: Order): void => host.take(taken);
const facts = (): readonly SoundFact[] => reports.flatMap((report) => (report.type === "fact" ? [report.fact] : []));
const factsOf = (type: SoundFact["type"]): readonly SoundFact[] => facts().filter((fact) => fact.type === type);
const sound = (sequence: number, payload = 8): Buffer =>
  Buffer.from(
    printPlainRtp({ marker: false, payload, sequence, timestamp: sequence * 160, ssrc: 5 }, Uint8Array.of(1, 2)),
  );

test("what one leg's peer sends goes to the other's, header rewritten, sound untouched", async () => {
  const [a, b] = [await talking(A, 4000), await talking(B, 5000, { codecs: [{ ...pcma, payload: 97 }] })];
  order({ type: "bridge", a: A, b: B });
  for (const sequence of [10, 11, 13]) a.onRtp(sound(sequence), peerOf(4000));
  expect(b.rtp.map(({ to }) => to)).toEqual(Array(3).fill({ address: "10.0.0.1", port: 5000, rtcpPort: 5001 }));
  expect(b.rtp.map(({ packet }) => [...packet.body])).toEqual(Array(3).fill([1, 2]));
  expect(b.rtp.map(({ packet }) => packet.payload)).toEqual([97, 97, 97]);
  const first = b.rtp[0]?.packet.sequence ?? 0;
  expect(b.rtp.map(({ packet }) => (packet.sequence - first) & 0xffff)).toEqual([0, 1, 3]);
});

test("what a stranger sends once the peer has spoken is counted, and goes nowhere", async () => {
  const [a, b] = [await talking(A, 4000), await talking(B, 5000)];
  order({ type: "bridge", a: A, b: B });
  a.onRtp(sound(1), peerOf(4000));
  for (const from of [peerOf(4666), { ...peerOf(4000), address: "10.0.0.66" }]) a.onRtp(sound(2), from);
  b.onRtp(sound(1), peerOf(5000));
  expect([a.rtp, b.rtp].map((sent) => sent.map(({ to }) => to.port))).toEqual([[4000], [5000]]);
  order({ type: "close", request: 77, leg: A });
  await clock.run(ms(0));
  expect(reports.at(-1)).toMatchObject({ quality: { packetsReceived: 1, packetsForeign: 2 } });
});

test("played sound is paced by the monotonic clock, exactly", async () => {
  const a = await talking(A, 4000);
  order({ type: "play", leg: A, source: { kind: "tone", tone: "busy" }, action: "act_1" as never });
  clock.advance(ms(2000));
  expect(a.rtp).toHaveLength(100);
  for (const [i, { at }] of a.rtp.slice(1).entries()) expect(at - (a.rtp[i]?.at ?? 0)).toBe(20);
});

describe("a peer on hold", () => {
  test("gets no sound, though time passes for what is played to it", async () => {
    const a = await talking(A, 4000);
    order({ type: "play", leg: A, source: { kind: "tone", tone: "ringback" }, action: "act_1" as never });
    clock.advance(ms(1000));
    order({ type: "connect", leg: A, media: media(4000, { direction: "recvonly" }) });
    const before = a.rtp.length;
    clock.advance(ms(3000));
    expect(a.rtp).toHaveLength(before);
    order({ type: "connect", leg: A, media: media(4000) });
    clock.advance(ms(1100));
    const [last, resumed] = [a.rtp[before - 1]?.packet, a.rtp[before]?.packet];
    expect(resumed?.marker).toBe(false);
    expect((resumed?.sequence ?? 0) - (last?.sequence ?? 0)).toBe(1);
    expect(((resumed?.timestamp ?? 0) - (last?.timestamp ?? 0)) | 0).toBe(3000 * 8 + 160);
  });

  test("is not heard either while the direction is away from us", async () => {
    const [a, b] = [await talking(A, 4000, { direction: "sendonly" }), await talking(B, 5000)];
    order({ type: "bridge", a: A, b: B });
    a.onRtp(sound(1), peerOf(4000));
    b.onRtp(sound(1), peerOf(5000));
    expect([a.rtp.length, b.rtp.length]).toEqual([1, 0]);
  });

  test("is not waited for", async () => {
    await talking(A, 4000, { direction: "inactive" });
    clock.advance(ms(60_000));
    expect(factsOf("silent")).toEqual([]);
  });
});

test("silence is told after ten seconds, and its end with the next packet", async () => {
  const a = await talking(A, 4000);
  clock.advance(ms(9900));
  expect(factsOf("silent")).toEqual([]);
  clock.advance(ms(200));
  expect(factsOf("silent")).toHaveLength(1);
  a.onRtp(sound(1), peerOf(4000));
  expect(factsOf("heard")).toHaveLength(1);
});

test("a digit whose end never comes is told after a moment", async () => {
  const a = await talking(A, 4000);
  const event = printTelephoneEvent({ event: 5, isEnd: false, volume: 10, duration: 320 });
  a.onRtp(
    Buffer.from(printPlainRtp({ marker: true, payload: 101, sequence: 1, timestamp: 1, ssrc: 5 }, event)),
    peerOf(4000),
  );
  expect(factsOf("digit")).toEqual([]);
  clock.advance(ms(300));
  expect(factsOf("digit")).toEqual([{ type: "digit", leg: A, digit: "5", lasted: 40 }]);
});

test("reports and figures come about every five seconds, spread, and only once there is a peer", async () => {
  order({
    type: "open",
    request: 1,
    leg: B,
    place: { address: "10.0.0.9", ports: { rtp: 6000, rtcp: 6001 } },
    snapshot: undefined,
    stun: undefined,
  });
  const a = await talking(A, 4000);
  clock.advance(ms(100_000));
  const count = a.rtcp.filter(({ type }) => type === "receiver-report").length;
  expect(count).toBeGreaterThan(14);
  expect(count).toBeLessThan(28);
  expect(factsOf("quality")).toHaveLength(count);
  expect(wires.get(6000)?.rtcp).toEqual([]);
});

test("a file that is still loading does not play over what was ordered after it", async () => {
  const a = await talking(A, 4000);
  const file = { kind: "file", path: "a.wav", loop: false } as const;
  order({ type: "play", leg: A, source: file, action: "act_1" as never });
  order({ type: "stop", leg: A });
  order({ type: "play", leg: A, source: { ...file, path: "b.wav" }, action: "act_2" as never });
  loaded(new Int16Array(800));
  await clock.run(ms(1000));
  expect(a.rtp).toHaveLength(5);
  expect(factsOf("play-done")).toEqual([{ type: "play-done", leg: A, action: "act_2" }]);
});

test("a file that is loaded after it was stopped stays unheard", async () => {
  const a = await talking(A, 4000);
  order({ type: "play", leg: A, source: { kind: "file", path: "a.wav", loop: true }, action: "act_1" as never });
  order({ type: "stop", leg: A });
  loaded(new Int16Array(800));
  await clock.run(ms(1000));
  expect(a.rtp).toEqual([]);
});

test("while digits go out nothing else does, and then the other leg is heard again", async () => {
  const [a, b] = [await talking(A, 4000), await talking(B, 5000)];
  order({ type: "bridge", a: A, b: B });
  order({ type: "send-digits", leg: B, digits: "1" });
  for (let sequence = 0; sequence < 20; sequence++) {
    clock.advance(ms(20));
    a.onRtp(sound(sequence), peerOf(4000));
  }
  const payloads = b.rtp.map(({ packet }) => packet.payload);
  expect(payloads).toEqual([...Array(7).fill(101), ...Array(payloads.length - 7).fill(8)]);
  expect(payloads.length).toBeLessThanOrEqual(7 + 9);
  expect(b.rtp[7]?.packet.marker).toBe(true);
});

test("echo gives back sound, not digits", async () => {
  const a = await talking(A, 4000);
  order({ type: "play", leg: A, source: { kind: "echo" }, action: "act_1" as never });
  const event = printTelephoneEvent({ event: 5, isEnd: true, volume: 10, duration: 320 });
  const header = { marker: true, payload: 101, sequence: 1, timestamp: 1, ssrc: 5 };
  a.onRtp(Buffer.from(printPlainRtp(header, event)), peerOf(4000));
  a.onRtp(sound(2), peerOf(4000));
  expect(a.rtp.map(({ packet }) => packet.payload)).toEqual([8]);
  expect(factsOf("digit")).toHaveLength(1);
});

test("reports are believed from the peer's address alone", async () => {
  const a = await talking(A, 4000);
  a.onRtp(sound(1), peerOf(4000));
  const report = (seconds: number): Buffer => {
    const sentAt = { seconds, fraction: 0 };
    const figures = { timestamp: 0, packetsSent: 1, octetsSent: 1, blocks: [] };
    return Buffer.from(printRtcp([{ type: "sender-report", ssrc: 5, sentAt, ...figures }]));
  };
  a.onRtcp(report(1), peerOf(4001));
  a.onRtcp(report(2), { ...peerOf(4001), address: "10.0.0.66" });
  clock.advance(ms(8000));
  const [own] = a.rtcp.filter((packet) => packet.type === "receiver-report");
  expect(own?.blocks[0]?.lastReport).toBe(1 << 16);
});

test("a tone for a peer without G.711 ends at once, because nobody would hear it end", async () => {
  const opus = { payload: 111, name: "OPUS", clockRateHz: 48_000, channels: 2 };
  const a = await talking(A, 4000, { codecs: [opus] });
  order({ type: "play", leg: A, source: { kind: "tone", tone: "busy" }, action: "act_1" as never });
  expect(factsOf("play-done")).toEqual([{ type: "play-done", leg: A, action: "act_1" }]);
  expect(a.rtp).toEqual([]);
});

test("digits for a peer that takes none are said to be lost, not sent", async () => {
  const a = await talking(A, 4000, { digitsPayload: undefined });
  order({ type: "send-digits", leg: A, digits: "1" });
  clock.advance(ms(1000));
  expect(a.rtp).toEqual([]);
  expect(reports.filter(({ type }) => type === "log")).toHaveLength(1);
});

test("nothing is sent to an address that is none, until the peer speaks", async () => {
  const a = await talking(A, 4000);
  order({
    type: "connect",
    leg: A,
    media: media(4000, { remote: { address: "0.0.0.0", port: 4000, rtcpPort: 4001 } }),
  });
  order({ type: "play", leg: A, source: { kind: "tone", tone: "busy" }, action: "act_1" as never });
  clock.advance(ms(100));
  expect(a.rtp).toEqual([]);
  a.onRtp(sound(1), peerOf(4000));
  clock.advance(ms(100));
  expect(a.rtp.map(({ to }) => to)).toEqual(Array(5).fill({ address: "10.0.0.1", port: 4000 }));
});

test("µ-law that becomes A-law keeps its padding and its header's extras", async () => {
  const [a, b] = [await talking(A, 4000, { codecs: [pcmu] }), await talking(B, 5000)];
  order({ type: "bridge", a: A, b: B });
  const packet = Buffer.from(sound(1, 0));
  const padded = Buffer.concat([packet, Buffer.from([0xaa, 0xbb, 3])]);
  padded[0] = 0xa0;
  a.onRtp(padded, peerOf(4000));
  expect(b.rtp[0]?.packet).toMatchObject({ payload: 8, paddingBytes: 3 });
  expect([...(b.rtp[0]?.packet.body ?? [])]).not.toEqual([1, 2]);
});

test("a leg whose socket breaks is lost, once, and its partner goes on alone", async () => {
  const [a, b] = [await talking(A, 4000), await talking(B, 5000)];
  order({ type: "bridge", a: A, b: B });
  a.onBroken("EBADF");
  a.onBroken("EBADF");
  await clock.run(ms(0));
  expect(factsOf("lost")).toEqual([{ type: "lost", leg: A, why: "EBADF" }]);
  b.onRtp(sound(1), peerOf(5000));
  expect(a.isClosed).toBe(true);
});

test("a fault of ours costs the leg that it happened to, and no other", async () => {
  const [a, b] = [await talking(A, 4000), await talking(B, 5000)];
  order({ type: "play", leg: B, source: { kind: "echo" }, action: "act_1" as never });
  order({ type: "connect", leg: A, media: undefined as never });
  await clock.run(ms(0));
  expect(factsOf("lost")).toEqual([{ type: "lost", leg: A, why: "internal fault" }]);
  expect(a.isClosed).toBe(true);
  b.onRtp(sound(1), peerOf(5000));
  expect(b.rtp).toHaveLength(1);
});

test("a flood on one leg is cut, and the leg hears again at the next tick", async () => {
  const a = await talking(A, 4000);
  order({ type: "play", leg: A, source: { kind: "echo" }, action: "act_1" as never });
  a.onRtp(sound(0), peerOf(4000));
  clock.advance(ms(100));
  for (let i = 1; i < 5000; i++) a.onRtp(sound(i), peerOf(4000));
  expect(a.rtp).toHaveLength(201);
  clock.advance(ms(100));
  a.onRtp(sound(5000), peerOf(4000));
  expect(a.rtp).toHaveLength(202);
});

test("a stranger's flood is cut, and takes nothing from the peer", async () => {
  const a = await talking(A, 4000);
  order({ type: "play", leg: A, source: { kind: "echo" }, action: "act_1" as never });
  a.onRtp(sound(1), peerOf(4000));
  clock.advance(ms(100));
  for (let i = 0; i < 5000; i++) {
    a.onRtp(sound(i), peerOf(4666));
    a.onRtcp(Buffer.from([0x80, 201]), { ...peerOf(4001), address: "10.0.0.66" });
  }
  a.onRtp(sound(2), peerOf(4000));
  expect(a.rtp).toHaveLength(2);
  order({ type: "close", request: 77, leg: A });
  await clock.run(ms(0));
  expect(reports.at(-1)).toMatchObject({ quality: { packetsReceived: 2, packetsForeign: 200 } });
});

test("digits faster than fingers are not told", async () => {
  const a = await talking(A, 4000);
  for (let i = 0; i < 100; i++) {
    const event = printTelephoneEvent({ event: i % 10, isEnd: true, volume: 10, duration: 160 });
    const header = { marker: true, payload: 101, sequence: i, timestamp: i * 160, ssrc: 5 };
    a.onRtp(Buffer.from(printPlainRtp(header, event)), peerOf(4000));
  }
  expect(factsOf("digit")).toHaveLength(4);
});

test("a leg that ends says goodbye and gives its figures", async () => {
  const a = await talking(A, 4000);
  a.onRtp(sound(1), peerOf(4000));
  order({ type: "close", request: 77, leg: A });
  await clock.run(ms(0));
  expect(a.rtcp.at(-1)).toMatchObject({ type: "goodbye" });
  expect(reports.at(-1)).toMatchObject({ type: "closed", request: 77, quality: { packetsReceived: 1 } });
  order({ type: "close", request: 78, leg: A });
  await clock.run(ms(0));
  expect(reports.at(-1)).toEqual({ type: "closed", request: 78, quality: undefined });
});

test("a host that stops leaves no socket and no timer", async () => {
  const wire = await talking(A, 4000);
  order({ type: "play", leg: A, source: { kind: "music" }, action: "act_1" as never });
  await host.stop();
  expect(wire.isClosed).toBe(true);
  expect(clock.pending).toBe(0);
});
