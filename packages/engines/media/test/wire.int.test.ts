import { createSocket } from "node:dgram";
import { ms } from "@cordboard/kernel";
import { middleOf, printPlainRtp } from "@cordboard/rtp";
import { freePortRange, pcma, pcmu, rtpPeer } from "@cordboard/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { defaultTimings } from "../src/index.ts";
import { leg, TestEngine } from "./engine.ts";

const [A, B] = [leg("A"), leg("B")];
let scene: TestEngine;
afterEach(() => scene.end());

test("a port that somebody else has is passed over", async () => {
  const range = await freePortRange(8);
  const taken = createSocket("udp4");
  await new Promise<void>((resolve) => taken.bind(range.first + 1, "127.0.0.1", resolve));
  try {
    scene = await TestEngine.start({ ports: range });
    const ports = [];
    for (const name of ["1", "2", "3"]) ports.push((await scene.opened(leg(name))).port);
    expect(new Set(ports)).toEqual(new Set([range.first + 2, range.first + 4, range.first + 6]));
    expect(await scene.engine.open(A, { address: "127.0.0.1" })).toMatchObject({ error: { code: "no-free-ports" } });
  } finally {
    taken.close();
  }
});

test("legs on IPv6 hear each other and legs on IPv4", async () => {
  scene = await TestEngine.start();
  const [a] = await scene.talking(A, { address: "::1", frequencyHz: 440 });
  const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
  scene.engine.bridge(A, B);
  await Promise.all([a.heard(620), b.heard(440)]);
});

test("an address that only the router in front of us has is told to the peer, and the leg works all the same", async () => {
  scene = await TestEngine.start();
  const local = await scene.opened(A, "192.0.2.1");
  expect(local.address).toBe("192.0.2.1");
  const peer = await scene.peer();
  scene.engine.connect(A, peer.agreed());
  scene.engine.play(A, { kind: "echo" }, "act_1" as never);
  peer.sendTo({ ...local, address: "127.0.0.1" });
  await peer.heard(440);
});

test("A-law and µ-law hear each other though they agree on nothing", async () => {
  scene = await TestEngine.start();
  const [a] = await scene.talking(A, { codec: pcma, frequencyHz: 440 });
  const [b] = await scene.talking(B, { codec: pcmu, frequencyHz: 620 }, A);
  scene.engine.bridge(A, B);
  await Promise.all([a.heard(620), b.heard(440)]);
});

test("silence is told when it has lasted, and its end", async () => {
  scene = await TestEngine.start({ timings: { ...defaultTimings, silentAfter: ms(300) } });
  const [a, local] = await scene.talking(A);
  scene.engine.play(A, { kind: "echo" }, "act_1" as never);
  await a.heard(440);
  expect(scene.facts).toEqual([]);
  a.pause();
  const { since } = await scene.fact("silent", A);
  expect(since).toBeGreaterThanOrEqual(300);
  expect(since).toBeLessThan(1000);
  a.sendTo(local);
  await scene.fact("heard", A);
});

test("packets that never came are counted, also those before a source starts again", async () => {
  scene = await TestEngine.start();
  const local = await scene.opened(A);
  const peer = await scene.peer();
  scene.engine.connect(A, peer.agreed());
  scene.engine.play(A, { kind: "echo" }, "act_1" as never);
  // Orders are taken in turn: when this one is done, so are those before it.
  await scene.opened(B, "127.0.0.1", A);
  const send = (sequence: number, ssrc: number): void =>
    peer.sendRaw(
      printPlainRtp({ marker: false, payload: 8, sequence, timestamp: sequence * 160, ssrc }, new Uint8Array(160)),
      local,
    );
  for (const sequence of [65_533, 65_535, 0, 2]) send(sequence, 1);
  for (const sequence of [500, 503]) send(sequence, 2);
  await peer.until(() => peer.packets.length === 6, "six packets back");
  expect(await scene.engine.close(A)).toMatchObject({ packetsReceived: 6, packetsLost: 4 });
  const sequences = peer.packets.map(({ sequence }) => (sequence - (peer.packets[0]?.sequence ?? 0)) & 0xffff);
  expect(sequences).toEqual([0, 2, 3, 5, 6, 9]);
});

test("bytes that are no RTP do no harm", async () => {
  scene = await TestEngine.start();
  const [a, local] = await scene.talking(A);
  scene.engine.play(A, { kind: "echo" }, "act_1" as never);
  for (const bytes of [[], [0x80], [0x80, 200], [0xff, 0xff, 0xff], Array(40).fill(0x9f), Array(2000).fill(0xbf)]) {
    a.sendRaw(Uint8Array.from(bytes), local);
    a.sendRaw(Uint8Array.from(bytes), { ...local, port: local.rtcpPort });
  }
  await a.heard(440);
});

describe("where a peer's packets come from", () => {
  test("another port of its address is taken", async () => {
    scene = await TestEngine.start();
    const [peer, local] = [await scene.peer(), await scene.opened(A)];
    scene.engine.connect(A, peer.agreed({ remote: { address: "127.0.0.1", port: 9, rtcpPort: 10 } }));
    scene.engine.play(A, { kind: "echo" }, "act_1" as never);
    peer.sendTo(local);
    await peer.heard(440);
  });

  test("another address is taken at the beginning, and lost to the one that was agreed when that one speaks", async () => {
    scene = await TestEngine.start();
    const [stranger, local] = [await scene.peer({ address: "127.0.0.2" }), await scene.opened(A, "0.0.0.0")];
    const peer = await scene.peer({ frequencyHz: 620 });
    scene.engine.connect(A, peer.agreed());
    scene.engine.play(A, { kind: "echo" }, "act_1" as never);
    stranger.sendTo({ ...local, address: "127.0.0.1" });
    await stranger.heard(440);
    peer.sendTo({ ...local, address: "127.0.0.1" });
    await peer.heard(620);
    const count = stranger.packets.length;
    await peer.heard(620);
    expect(stranger.packets.length).toBe(count);
    expect((await scene.engine.close(A))?.packetsForeign).toBeGreaterThan(0);
  });

  test("another address is too late after a while, and what was agreed is not", async () => {
    scene = await TestEngine.start({ timings: { ...defaultTimings, latchWithin: ms(0) } });
    const [stranger, local] = [await scene.peer({ address: "127.0.0.2" }), await scene.opened(A, "0.0.0.0")];
    const peer = await scene.peer({ frequencyHz: 620 });
    scene.engine.connect(A, peer.agreed());
    scene.engine.play(A, { kind: "echo" }, "act_1" as never);
    stranger.sendTo({ ...local, address: "127.0.0.1" });
    await stranger.resting(ms(200));
    peer.sendTo({ ...local, address: "127.0.0.1" });
    await peer.heard(620);
    expect(stranger.packets).toEqual([]);
  });
});

describe("reports", () => {
  const often = { timings: { ...defaultTimings, reportEvery: ms(200) } };

  test("come with what we sent and heard, and give the way's time and the peer's loss", async () => {
    scene = await TestEngine.start(often);
    const [a, local] = await scene.talking(A);
    scene.engine.play(A, { kind: "echo" }, "act_1" as never);
    await a.until(() => a.reports.some(({ type }) => type === "sender-report"), "a sender report");
    const report = a.reports.find((each) => each.type === "sender-report");
    if (report === undefined) throw new Error("no report");
    expect(report.packetsSent).toBeGreaterThan(0);
    expect(report.octetsSent).toBe(report.packetsSent * 160);
    expect(report.blocks).toMatchObject([{ ssrc: a.ssrc, packetsLost: 0 }]);
    expect(a.reports.some(({ type }) => type === "source-description")).toBe(true);
    const block = {
      ssrc: report.ssrc,
      lossFraction: 128,
      packetsLost: 3,
      highestSequence: 0,
      jitter: 0,
      lastReport: middleOf(report.sentAt),
      delaySinceLastReport: 0,
    };
    a.sendRtcp([{ type: "receiver-report", ssrc: a.ssrc, blocks: [block] }], local);
    await expect.poll(() => scene.facts.findLast((fact) => fact.type === "quality")?.quality.roundTripMs).toBeDefined();
    const quality = await scene.engine.close(A);
    expect(quality?.roundTripMs).toBeGreaterThanOrEqual(0);
    expect(quality?.roundTripMs).toBeLessThan(5000);
    expect(quality?.remoteLossRatio).toBeGreaterThan(0);
    expect(quality?.remoteLossRatio).toBeLessThan(1);
    await a.until(() => a.reports.some(({ type }) => type === "goodbye"), "a goodbye");
  });

  test("answer the peer's reports, so that it can measure too", async () => {
    scene = await TestEngine.start(often);
    const [a, local] = await scene.talking(A);
    await a.until(() => a.reports.length > 0, "a report");
    const sentAt = { seconds: 0x1234_5678, fraction: 0x9abc_def0 };
    a.sendRtcp(
      [{ type: "sender-report", ssrc: a.ssrc, sentAt, timestamp: 0, packetsSent: 1, octetsSent: 1, blocks: [] }],
      local,
    );
    const answered = (): boolean =>
      a.reports.some((each) => "blocks" in each && each.blocks.some(({ lastReport }) => lastReport === 0x5678_9abc));
    await a.until(answered, "an answer to its report");
  });

  test("of anybody else are not listened to", async () => {
    scene = await TestEngine.start(often);
    const [a, local] = await scene.talking(A);
    scene.engine.connect(A, a.agreed());
    await scene.fact("quality", A);
    const stranger = await rtpPeer({ address: "127.0.0.2" });
    const sentAt = { seconds: 1, fraction: 0x10000 };
    stranger.sendRtcp(
      [{ type: "sender-report", ssrc: a.ssrc, sentAt, timestamp: 0, packetsSent: 1, octetsSent: 1, blocks: [] }],
      local,
    );
    const from = a.reports.length;
    await a.until(() => a.reports.length > from + 6, "three more reports");
    await stranger.close();
    expect(stranger.reports).toEqual([]);
    expect(
      a.reports.flatMap((each) => ("blocks" in each ? each.blocks : [])).every((block) => block.lastReport === 0),
    ).toBe(true);
  });

  test("go to the port of the sound when the peer has one for both", async () => {
    scene = await TestEngine.start(often);
    const [a] = await scene.talking(A, { muxesRtcp: true });
    scene.engine.play(A, { kind: "echo" }, "act_1" as never);
    await a.until(() => a.reports.some(({ type }) => type === "sender-report"), "a sender report");
    await a.heard(440);
  });
});
