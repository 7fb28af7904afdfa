import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clockOf, ms, randomOf } from "@cordboard/kernel";
import type { AgreedAudio, AudioCodec, Direction, Endpoint } from "@cordboard/sip";
import { G729, PCMA, PCMU, TELEPHONE_EVENT } from "@cordboard/sip";
import { monoSamples, readWav, toneShare } from "@cordboard/sound";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Conditions } from "../src/conditions.ts";
import { hearTone } from "../src/sound/hearing.ts";
import { Pacer } from "../src/sound/pacer.ts";
import { RtpSession } from "../src/sound/rtp-session.ts";
import { ClipShelf } from "../src/sound/sound-source.ts";

const clock = clockOf(globalThis);
let conditions: Conditions;
let pacer: Pacer;
let open: RtpSession[];

beforeEach(() => {
  conditions = new Conditions(clock);
  pacer = new Pacer(clock);
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((session) => session.close()));
  conditions.close();
  expect(pacer.size).toBe(0);
});

interface Side {
  readonly session: RtpSession;
  readonly endpoint: Endpoint;
  digits: string;
}

async function side(): Promise<Side> {
  const session = new RtpSession({
    clock,
    random: randomOf(globalThis),
    pacer,
    clips: new ClipShelf(),
    onDigit(digit) {
      made.digits += digit;
      conditions.changed();
    },
  });
  open.push(session);
  const made: Side = { session, endpoint: await session.open("127.0.0.1"), digits: "" };
  return made;
}

const agreedWith = (remote: Endpoint, codec: AudioCodec, direction: Direction = "sendrecv"): AgreedAudio => ({
  remote,
  remoteRtcp: { ...remote, port: remote.port + 1 },
  codecs: [{ codec, sendAs: codec.payloadType, receiveAs: codec.payloadType, remoteFmtp: undefined }],
  telephoneEvent: { codec: TELEPHONE_EVENT, sendAs: 101, receiveAs: 101, remoteFmtp: undefined },
  direction,
  isHeld: false,
  ptimeMs: undefined,
  protection: undefined,
});

/** Two sessions that have agreed on a codec and send. */
async function pair(codec: AudioCodec): Promise<readonly [Side, Side]> {
  const [left, right] = [await side(), await side()];
  left.session.agree(agreedWith(right.endpoint, codec));
  right.session.agree(agreedWith(left.endpoint, codec));
  for (const { session } of [left, right]) session.start();
  return [left, right];
}

const hears = ({ session }: Side, frequencyHz: number): Promise<unknown> =>
  hearTone({ clock, conditions, listen: (hear) => session.listen(hear), deaf: () => undefined }, frequencyHz);

/** Waits until a count of packets has got somewhere. */
async function counted(what: string, look: () => boolean): Promise<void> {
  const stop = pacer.add(() => conditions.changed());
  await conditions.until(what, () => look() || undefined).finally(stop);
}

test.each([PCMU, PCMA])("each side hears the other's tone in $name", async (codec) => {
  const [left, right] = await pair(codec);
  await left.session.play({ frequencyHz: 440 });
  await right.session.play({ frequencyHz: 850 });
  await Promise.all([hears(left, 850), hears(right, 440)]);
});

test("sound leaves fifty times a second and arrives in full", async () => {
  const [left, right] = await pair(PCMU);
  const from = clock.monotonic();
  await left.session.play("silence");
  await counted("100 packets", () => right.session.statistics().received >= 100);
  expect(clock.monotonic() - from).toBeGreaterThan(1900);
  expect(right.session.statistics()).toMatchObject({ lost: 0, stray: 0, codec: "PCMU" });
});

test("an echo gives back what it hears, in whatever codec", async () => {
  const [left, right] = await pair(PCMA);
  await right.session.play("echo");
  await left.session.play({ frequencyHz: 620 });
  await hears(left, 620);
  const foreign = await pair(G729);
  await foreign[1].session.play("echo");
  await foreign[0].session.play({ frequencyHz: 620 });
  await counted("10 packets back", () => foreign[0].session.statistics().received >= 10);
});

test("digits arrive once each, while the tone goes on", async () => {
  const [left, right] = await pair(PCMU);
  await left.session.play({ frequencyHz: 440 });
  left.session.sendDigits("12#", ms(60), ms(40), () => {});
  await conditions.until("the digits", () => right.digits.length >= 3 || undefined);
  expect(right.digits).toBe("12#");
  await hears(right, 440);
});

test("what nobody agreed to is counted and not heard", async () => {
  const [left, right] = await pair(PCMU);
  const stranger = createSocket("udp4");
  const heard: unknown[] = [];
  right.session.listen((samples) => heard.push(samples));
  stranger.bind(0, "127.0.0.1");
  await once(stranger, "listening");
  stranger.send(new Uint8Array(172).fill(0x80, 0, 1), right.endpoint.port, "127.0.0.1");
  await counted("a stray packet", () => right.session.statistics().stray === 1);
  stranger.close();
  expect([heard.length, right.session.statistics().received]).toEqual([0, 0]);
  expect(left.session.statistics().stray).toBe(0);
});

test("nothing is sent against the agreed direction", async () => {
  const [left, right] = await pair(PCMU);
  left.session.agree(agreedWith(right.endpoint, PCMU, "recvonly"));
  await left.session.play({ frequencyHz: 440 });
  await right.session.play("silence");
  await counted("20 packets", () => left.session.statistics().received >= 20);
  expect([left.session.statistics().sent, right.session.statistics().received]).toEqual([0, 0]);
});

test("a recording holds what was heard, and is complete when the session closes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "phone-"));
  const path = join(folder, "heard.wav");
  const [left, right] = await pair(PCMA);
  await left.session.play({ frequencyHz: 440 });
  right.session.recordTo(path);
  await counted("25 packets", () => right.session.statistics().received >= 25);
  await right.session.close();
  const file = readWav(await readFile(path));
  await rm(folder, { recursive: true });
  if (!file.ok) throw new Error(file.error.code);
  const samples = monoSamples(file.value);
  expect(samples.length).toBeGreaterThanOrEqual(4000);
  expect(toneShare(samples, 440)).toBeGreaterThan(0.99);
});

test("a closed session has freed its port, also when it was closed while it opened", async () => {
  const { session, endpoint } = await side();
  await session.close();
  const again = createSocket("udp4");
  again.bind(endpoint.port, "127.0.0.1");
  await once(again, "listening");
  again.close();
  const hasty = new RtpSession({ clock, random: randomOf(globalThis), pacer, clips: new ClipShelf(), onDigit() {} });
  const opening = hasty.open("127.0.0.1");
  const closing = hasty.close();
  await expect(opening).rejects.toMatchObject({ code: "call-over" });
  await closing;
  expect(hasty.isOpen).toBe(false);
});
