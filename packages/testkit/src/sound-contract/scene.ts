import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalMedia, NegotiatedMedia, RecordOrder, SoundEngine, SoundFact, SoundLibrary } from "@cordboard/core";
import type { ActionId, LegId, RecordingId } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import { decodeG711, pcm16Bytes, readTone, readWav, steadyTone, toneShare, writeWav } from "@cordboard/sound";
import { expect } from "vitest";
import type { RtpPeer, RtpPeerOptions } from "../rtp-peer.ts";
import { pcma, rtpPeer } from "../rtp-peer.ts";

/** What an engine under test does by itself, and what it leaves to a program that only passes packets on. */
export interface SoundEngineTraits {
  /** The ports of legs are the engine's own: it counts them, and lets them drain. */
  readonly ownsPorts: boolean;
  /** All that a peer hears is one RTP stream, whoever speaks; else each who speaks has a stream (RFC 3550 allows both). */
  readonly makesOneStream: boolean;
  /** It measures loss and delay of legs that are only bridged. */
  readonly measuresBridges: boolean;
}

/** An engine under test. */
export interface SoundEngineHarness {
  readonly engine: SoundEngine;
  /** Settles when all ports that drain are free again; moves time if that is what it takes. */
  drained(): Promise<void>;
  /** Takes everything down, whatever state it is in. */
  stop(): Promise<void>;
}

/** Makes an engine with so many pairs of ports, and the words of this library. */
export type MakeSoundEngine = (setup: {
  readonly pairs: number;
  readonly library: SoundLibrary;
}) => Promise<SoundEngineHarness>;

/** Pairs of ports of an engine under test. */
export const PAIRS = 6;
/** Where its legs are opened. */
export const HERE: { readonly address: string } = { address: "127.0.0.1" };
/** Names a leg. */
export const leg = (name: string): LegId => `leg_${name}` as LegId;
/** Names an action. */
export const action = (name: string): ActionId => `act_${name}` as ActionId;
/** The first of the legs of most tests. */
export const A: LegId = leg("A");
/** The leg that A is bridged with. */
export const B: LegId = leg("B");
/** A leg beside those two. */
export const C: LegId = leg("C");

/** An agreement with a peer that is not there. */
export const anyMedia: NegotiatedMedia = {
  remote: { address: "127.0.0.1", port: 9, rtcpPort: 10 },
  codecs: [pcma],
  digitsPayload: 101,
  direction: "sendrecv",
};

/** One engine with the peers, files and facts of one test; everything is taken down by `end`. */
export class SoundScene {
  readonly traits: SoundEngineTraits;
  #harness: SoundEngineHarness | undefined;
  #folder = "";
  #facts: SoundFact[] = [];
  #peers: RtpPeer[] = [];
  #listeners: (() => void)[] = [];

  constructor(traits: SoundEngineTraits) {
    this.traits = traits;
  }

  async begin(make: MakeSoundEngine): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "cordboard-sound-"));
    const pathOf: SoundLibrary["pathOf"] = (word, { language }) =>
      "prompt" in word ? join(this.#folder, `${word.prompt}-${language}.wav`) : undefined;
    this.#harness = await make({ pairs: PAIRS, library: { pathOf } });
    this.engine.onFact((fact) => {
      this.#facts.push(fact);
      for (const listener of [...this.#listeners]) listener();
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.#harness?.stop();
    await rm(this.#folder, { recursive: true, force: true });
    [this.#facts, this.#peers, this.#listeners] = [[], [], []];
  }

  get engine(): SoundEngine {
    if (this.#harness === undefined) throw new Error("the scene has not begun");
    return this.#harness.engine;
  }

  get folder(): string {
    return this.#folder;
  }

  /** Every fact so far. */
  get facts(): readonly SoundFact[] {
    return this.#facts;
  }

  async drained(): Promise<void> {
    await this.#harness?.drained();
  }

  totalPorts(): number {
    const { portsInUse, portsDraining, portsFree } = this.engine.describe();
    return portsInUse + portsDraining + portsFree;
  }

  /** Opens a leg that must be let in. */
  async opened(id: LegId, near?: LegId): Promise<LocalMedia> {
    const local = await this.engine.open(id, near === undefined ? HERE : { ...HERE, near });
    if (!local.ok) throw new Error(`refused: ${local.error.code}`);
    return local.value;
  }

  /** A peer that does not send yet. */
  async peer(options: RtpPeerOptions = {}): Promise<RtpPeer> {
    const peer = await rtpPeer(options);
    this.#peers.push(peer);
    return peer;
  }

  /** A connected leg with a peer behind it that sends its tone. */
  async talking(id: LegId, options: RtpPeerOptions = {}, near?: LegId): Promise<readonly [RtpPeer, LocalMedia]> {
    const peer = await this.peer(options);
    const local = await this.opened(id, near);
    this.engine.connect(id, peer.agreed());
    peer.sendTo(local);
    return [peer, local];
  }

  /** The first fact of this kind, past or to come. */
  fact(isWanted: (fact: SoundFact) => boolean): Promise<SoundFact> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.#facts.find(isWanted);
        if (found !== undefined) resolve(found);
      };
      this.#listeners.push(look);
      look();
    });
  }

  /** An order to record what a leg says and hears, without a notice, into a file of this test's folder. */
  recordOrder(name: string, changes: Partial<RecordOrder> = {}): RecordOrder {
    return {
      recording: `rec_${name}` as RecordingId,
      path: join(this.#folder, `${name}.wav`),
      tracks: "both",
      atMost: seconds(60),
      untilSilence: null,
      hasNotice: false,
      ...changes,
    };
  }

  /** Settles when the recording's file is there. */
  async recordBegun({ path }: RecordOrder): Promise<void> {
    await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(true);
  }

  /** The end of a recording, past or to come. */
  async recordDone({ recording }: RecordOrder): Promise<Extract<SoundFact, { type: "record-done" }>> {
    const done = await this.fact((fact) => fact.type === "record-done" && fact.recording === recording);
    if (done.type !== "record-done") throw new Error("another fact");
    return done;
  }

  /** Digits that were told of a leg. */
  digitsOf(id: LegId): string {
    return this.#facts.flatMap((fact) => (fact.type === "digit" && fact.leg === id ? [fact.digit] : [])).join("");
  }

  /** What is in a recording's file now: the samples of its one or two tracks. */
  async tracksOf({ path }: RecordOrder): Promise<readonly Int16Array[]> {
    const wav = readWav(await readFile(path));
    if (!wav.ok) throw new Error(`no recording: ${wav.error.code}`);
    const { encoding, channels, data } = wav.value;
    const all = encoding === "pcm16" ? new Int16Array(Uint8Array.from(data).buffer) : decodeG711(encoding, data);
    return Array.from({ length: channels }, (_, track) => all.filter((_sample, i) => i % channels === track));
  }

  /** A WAV file with a tone, under a name that is otherwise its frequency. */
  async toneFile(frequencyHz: number, lengthMs: number, name: string = String(frequencyHz)): Promise<string> {
    const samples = new Int16Array(lengthMs * 8);
    readTone(steadyTone(-10, frequencyHz)).read(samples);
    const path = join(this.#folder, `${name}.wav`);
    await writeFile(path, writeWav({ encoding: "pcm16", channels: 1 }, pcm16Bytes(samples)));
    return path;
  }
}

/** Settles when the last half second that a peer heard has each of these tones, and none of those. */
export function hearsAll(peer: RtpPeer, tonesHz: readonly number[], noneHz: readonly number[] = []): Promise<void> {
  const isSo = (): boolean => {
    const samples = peer.lastSamples(4000);
    if (samples.length < 4000) return false;
    const least = 0.8 / tonesHz.length - 0.1;
    return (
      tonesHz.every((hz) => toneShare(samples, hz) >= least) && noneHz.every((hz) => toneShare(samples, hz) < 0.005)
    );
  };
  return peer.until(isSo, `${tonesHz.join(" and ")} Hz without ${noneHz.join(" and ")}`);
}

/** Neighbours of a list. */
export function pairsOf<Each>(list: readonly Each[]): readonly (readonly [Each, Each])[] {
  return list.flatMap((after, i) => {
    const before = list[i - 1];
    return before === undefined ? [] : [[before, after] as const];
  });
}

/** A wait for quiet that takes longer has failed: as long as the other waits of these tests. */
const QUIET_TRIES = 40;

/** Whether none of these peers gets anything any more for half a second, however long what ends it takes on a busy machine. */
export async function quietSoon(...peers: readonly [RtpPeer, ...RtpPeer[]]): Promise<boolean> {
  const count = (): number => peers.reduce((sum, { packets }) => sum + packets.length, 0);
  for (let tries = 0; tries < QUIET_TRIES; tries++) {
    const before = count();
    await peers[0].resting(ms(500));
    if (count() === before) return true;
  }
  return false;
}
