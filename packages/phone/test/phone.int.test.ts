import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ms } from "@cordboard/kernel";
import type { Endpoint, TraceEntry } from "@cordboard/sip";
import { G729, PCMA, PCMU } from "@cordboard/sip";
import { monoSamples, readWav, toneShare } from "@cordboard/sound";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Phone, PhoneCall } from "../src/index.ts";
import { CountingClock, host, Place } from "./place.ts";

const place = new Place();
afterEach(() => place.close());

/** A call from one phone to the other that both have taken up. */
async function talking([ann, bob]: readonly [Phone, Phone]): Promise<readonly [PhoneCall, PhoneCall]> {
  const call = ann.call("102");
  const taken = await bob.nextCall();
  await call.ringing();
  await taken.answer();
  await call.answered();
  return [call, taken];
}

describe.each(["udp", "tcp"] as const)("over %s", (transport) => {
  test("two phones ring, answer, hear each other's tone, and hang up", async () => {
    const [ann, bob] = await place.pair(transport);
    const call = ann.call("102");
    const taken = await bob.nextCall();
    expect([taken.peer, taken.number, taken.callId]).toEqual(["101", "102", call.callId]);
    expect(await call.ringing()).toEqual({ status: 180, hasSound: false });
    expect([call.state, taken.state]).toEqual(["ringing", "ringing"]);
    await taken.answer();
    await Promise.all([call.answered(), taken.answered()]);
    const [heard] = await Promise.all([call.hears(850), taken.hears(440)]);
    expect(heard.levelDbm0).toBeCloseTo(-10, 0);
    expect(heard.dominanceDb).toBeGreaterThan(20);
    expect(await call.hangUp({ reason: "Q.850;cause=16" })).toMatchObject({ by: "local", status: 200, cause: "bye" });
    expect(await taken.ended()).toEqual({ by: "remote", status: 200, reason: "Q.850;cause=16", cause: "bye" });
    expect(call.rtp()).toMatchObject({ lost: 0, stray: 0, codec: "PCMU" });
    expect([ann.describe().calls, bob.describe().rtpSockets]).toEqual([[], 0]);
  });

  test("whoever was called may hang up too", async () => {
    const [call, taken] = await talking(await place.pair(transport));
    await taken.hangUp();
    expect(await call.ended()).toMatchObject({ by: "remote", status: 200 });
  });
});

describe("a call that is not taken up", () => {
  test("busy, and any other refusal, with its reason", async () => {
    const answers = [
      "busy",
      { does: "reject", status: 480, phrase: "Gone Fishing", reason: "Q.850;cause=19" },
    ] as const;
    const left = [...answers];
    const [ann] = await place.pair("udp", { bob: { answer: () => left.shift() ?? "ring" } });
    expect(await ann.call("102").ended()).toEqual({
      by: "remote",
      status: 486,
      reason: "Busy Here",
      cause: "rejected",
    });
    expect(await ann.call("102").ended()).toMatchObject({ by: "remote", status: 480, reason: "Q.850;cause=19" });
  });

  test("is cancelled, and the other side learns why", async () => {
    const [ann, bob] = await place.pair("udp");
    const call = ann.call("102");
    await call.ringing();
    call.cancel('SIP;cause=200;text="Call completed elsewhere"');
    expect(await call.ended()).toMatchObject({ by: "local", status: 487, cause: "cancelled" });
    const taken = await bob.nextCall();
    expect(await taken.ended()).toEqual({
      by: "remote",
      status: 487,
      reason: 'SIP;cause=200;text="Call completed elsewhere"',
      cause: "cancelled",
    });
    await expect(taken.answer()).rejects.toMatchObject({ code: "call-over" });
  });

  test("is cancelled before its INVITE has left", async () => {
    const [ann, bob] = await place.pair("udp");
    const call = ann.call("102");
    call.cancel();
    expect(await call.ended()).toMatchObject({ by: "local", status: 487 });
    await expect(bob.nextCall({ within: ms(100) })).rejects.toMatchObject({ code: "deadline-passed" });
  });

  test("is given up when its deadline has passed", async () => {
    const [ann, bob] = await place.pair("udp");
    const end = await ann.call("102", { deadlineMs: ms(300) }).ended();
    expect(end).toMatchObject({ status: 408, cause: "timeout" });
    expect(await (await bob.nextCall()).ended()).toMatchObject({ by: "remote", status: 487 });
  });

  test("a wait for what can no longer come ends at once, and says why", async () => {
    const [ann] = await place.pair("udp", { bob: { answer: "decline" } });
    await expect(ann.call("102").answered({ within: ms(60_000) })).rejects.toMatchObject({
      code: "call-over",
      message: "the call to 102 was ended by the remote side with 603 Decline",
    });
  });

  test("no common codec is refused with 488", async () => {
    const [ann] = await place.pair("udp", { ann: { codecs: [PCMA] }, bob: { codecs: [PCMU], answer: "auto" } });
    expect(await ann.call("102").ended()).toMatchObject({ by: "remote", status: 488 });
  });
});

describe("in a call", () => {
  test("hold silences both sides until it is resumed", async () => {
    const [call, taken] = await talking(await place.pair("udp"));
    await call.hears(850);
    await taken.hold();
    await call.held();
    await call.hearsSilence();
    const before = taken.rtp().received;
    await taken.hearsSilence({ forMs: ms(200) });
    expect(taken.rtp().received).toBe(before);
    await taken.resume();
    await call.resumed();
    await Promise.all([call.hears(850), taken.hears(440)]);
  });

  test("both sides may hold at once, and resume in either order", async () => {
    const [call, taken] = await talking(await place.pair("tcp"));
    await call.hold();
    await taken.hold();
    await Promise.all([call.held(), taken.held()]);
    await call.resume();
    expect([call.isHeld, taken.isHeld]).toEqual([true, false]);
    await taken.resume();
    await Promise.all([call.hears(850), taken.hears(440)]);
  });

  test("two re-INVITEs that meet are both settled in the end", async () => {
    const [call, taken] = await talking(await place.pair("udp"));
    await call.hears(850);
    await Promise.all([call.hold(), taken.hold()]);
    await Promise.all([call.held(), taken.held()]);
  });

  test.each(["rtp", "info"] as const)("digits are heard by %s", async (by) => {
    const [call, taken] = await talking(await place.pair("udp"));
    await call.sendDigits("12#*0", { by, durationMs: ms(60), gapMs: ms(40) });
    expect(await taken.digitsHeard("12#*0")).toBe("12#*0");
    expect(call.digits).toBe("");
  });

  test("what are no digits is refused", async () => {
    const [call] = await talking(await place.pair("udp"));
    await expect(call.sendDigits("1x")).rejects.toMatchObject({ code: "not-possible" });
  });

  test("another tone than the one that is there is not heard", async () => {
    const [call] = await talking(await place.pair("udp"));
    await expect(call.hears(860, { within: ms(500) })).rejects.toThrow("most of it near 850 Hz");
  });

  test("sound may change, and fall silent", async () => {
    const [call, taken] = await talking(await place.pair("udp"));
    await taken.play({ frequencyHz: 1000, levelDbm0: -20 });
    expect((await call.hears(1000)).levelDbm0).toBeCloseTo(-20, 0);
    await taken.play("nothing");
    await call.hearsSilence();
    await taken.play("echo");
    await call.hears(440);
  });

  test("sound may be made by another program: its socket is named, and the phone opens none", async () => {
    const program = createSocket("udp4").bind(0, "127.0.0.1");
    await once(program, "listening");
    const heard = once(program, "message");
    const { address, port } = program.address();
    const [ann, bob] = await place.pair("udp", { ann: { sound: { madeAt: { address, port } } } });
    const [call, taken] = await talking([ann, bob]);
    const [, from] = (await heard) as [Buffer, Endpoint];
    expect(from).toMatchObject(call.soundGoesTo ?? {});
    program.send(Buffer.alloc(9), from.port, from.address);
    await vi.waitUntil(() => taken.rtp().stray === 1);
    expect(ann.describe()).toMatchObject({ rtpSockets: 0, senders: 0 });
    program.close();
  });

  test("what is heard is recorded", async () => {
    const folder = await mkdtemp(join(tmpdir(), "phone-"));
    const [call, taken] = await talking(await place.pair("udp"));
    const recording = call.recordTo(join(folder, "call.wav"));
    await call.hears(850);
    await taken.hangUp();
    await call.ended();
    const { path, durationMs } = await recording.stop();
    const file = readWav(await readFile(path));
    await rm(folder, { recursive: true });
    if (!file.ok) throw new Error(file.error.code);
    expect(durationMs).toBeGreaterThanOrEqual(300);
    expect(toneShare(monoSamples(file.value), 850)).toBeGreaterThan(0.95);
  });

  test("a recording that cannot be written tells whoever stops it, and ends with the call", async () => {
    const [call, taken] = await talking(await place.pair("udp"));
    const recording = call.recordTo("/nowhere/at/all.wav");
    await taken.hangUp();
    await call.ended();
    await expect(recording.stop()).rejects.toThrow("ENOENT");
  });

  test("a codec that we cannot decode is carried, and said to be unheard", async () => {
    const codecs = [G729];
    const [call, taken] = await talking(await place.pair("udp", { ann: { codecs }, bob: { codecs } }));
    await expect(taken.hearsSilence()).rejects.toMatchObject({ code: "not-possible" });
    await expect(call.hears(850)).rejects.toThrow("G729 cannot be decoded");
  });
});

describe("many phones behind one port", () => {
  test("are told apart by the user that is called", async () => {
    const bob = await place.phone("102", {}, { answer: "auto", sound: "echo" });
    const bank = await place.bank({ ...bob.listening, transport: "udp" });
    const phones = [201, 202, 203].map((user) =>
      bank.phone({
        user: String(user),
        password: "",
        domain: "example.org",
        answer: "auto",
        sound: { frequencyHz: user + 400 },
      }),
    );
    const calls = phones.map((phone) => phone.call("102"));
    await Promise.all(calls.map((call, i) => call.hears(601 + i, { minDominanceDb: 10 })));
    expect(bank.describe()).toMatchObject({ rtpSockets: 3, senders: 3 });
    const caller = await place.phone("300", { ...bank.listening, transport: "udp" });
    const call = caller.call("202");
    await call.hears(602);
    expect(phones[1]?.describe().calls.map(({ peer }) => peer)).toEqual(["102", "300"]);
    expect(await caller.call("999").ended()).toMatchObject({ status: 404 });
    expect(() => bank.phone({ user: "201", password: "", domain: "example.org" })).toThrow("already");
  });
});

describe("closing", () => {
  test("in the middle of everything leaves nothing, and says goodbye", async () => {
    const [ann, bob] = await place.pair("udp");
    const [call, taken] = await talking([ann, bob]);
    const ringing = ann.call("102");
    await ringing.ringing();
    const other = await bob.nextCall();
    const waits = [call.hears(3000), ringing.answered(), ann.nextCall()].map((wait) =>
      wait.catch((error: unknown) => error),
    );
    await ann.close();
    expect(await taken.ended()).toMatchObject({ by: "remote", status: 200 });
    expect(await other.ended()).toMatchObject({ by: "remote", status: 487 });
    expect(await Promise.all(waits)).toMatchObject([
      { code: "call-over" },
      { code: "call-over" },
      { code: "phone-closed" },
    ]);
    expect(() => ann.call("102")).toThrow("closed");
  });

  test("leaves no handle in the process", async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /^(?:TCP|UDP)/.test(name)).length;
    // Node takes a closed socket off its list a turn or two of its loop later.
    await expect.poll(sockets).toBe(0);
    const clock = new CountingClock(host.clock);
    const [call, taken] = await talking(await place.pair("tcp", { ann: { clock }, bob: { clock } }));
    void call.hears(3000).catch(() => {});
    void taken.hears(3000).catch(() => {});
    expect([sockets() > 0, clock.running > 0]).toEqual([true, true]);
    await place.close();
    expect(clock.running).toBe(0);
    await expect.poll(sockets).toBe(0);
  });
});

test("the trace shows every message with names as they were given", async () => {
  const seen: TraceEntry[] = [];
  const [ann, bob] = await place.pair("udp", {
    ann: { displayName: 'Ann "A" Smith', userAgent: "Test Phone", trace: (entry) => seen.push(entry) },
  });
  const call = ann.call("102", { headers: [["X-Test", "yes"]] });
  const taken = await bob.nextCall();
  expect(taken.invite?.headers.from?.display).toBe('Ann "A" Smith');
  expect([taken.invite?.headers.get("User-Agent"), taken.invite?.headers.get("X-Test")]).toEqual(["Test Phone", "yes"]);
  await call.hangUp();
  expect(seen.some(({ direction, text }) => direction === "out" && text.startsWith("CANCEL "))).toBe(true);
});
