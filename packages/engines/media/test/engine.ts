import type { LocalMedia, SoundEngine, SoundFact } from "@cordboard/core";
import type { LegId, Log } from "@cordboard/kernel";
import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import type { RtpPeer, RtpPeerOptions } from "@cordboard/testkit";
import { freePortRange, rtpPeer } from "@cordboard/testkit";
import type { BuiltinSoundOptions } from "../src/builtin-sound.ts";
import { createBuiltinSound } from "../src/builtin-sound.ts";
import type { StartWorker, WorkerThread } from "../src/worker-link.ts";
import { startWorker } from "../src/worker-link.ts";

/** A log that keeps its warnings and errors. */
export interface KeptLog extends Log {
  readonly lines: { readonly message: string; readonly fields: unknown }[];
}

/** An engine with what a test needs around it; `end` takes everything down. */
export class TestEngine {
  readonly engine: SoundEngine;
  readonly threads: WorkerThread[];
  readonly log: KeptLog;
  readonly facts: SoundFact[] = [];
  readonly #peers: RtpPeer[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(engine: SoundEngine, threads: WorkerThread[], log: KeptLog) {
    this.engine = engine;
    this.threads = threads;
    this.log = log;
    engine.onFact((fact) => {
      this.facts.push(fact);
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** Starts an engine with one worker and twenty pairs of ports, unless `changes` say otherwise. */
  static async start(changes: Partial<BuiltinSoundOptions> = {}): Promise<TestEngine> {
    const threads: WorkerThread[] = [];
    const lines: KeptLog["lines"] = [];
    const keep = (message: string, fields?: unknown): number => lines.push({ message, fields });
    const log: KeptLog = { ...silentLog, lines, warn: keep, error: keep };
    const start: StartWorker = (data) => {
      const thread = (changes.startWorker ?? startWorker)(data);
      threads.push(thread);
      return thread;
    };
    const engine = createBuiltinSound({
      ports: await freePortRange(40),
      workers: 1,
      clock: clockOf(globalThis),
      random: randomOf(globalThis),
      log,
      drainMs: ms(100),
      ...changes,
      startWorker: start,
    });
    return new TestEngine(engine, threads, log);
  }

  async opened(leg: LegId, address = "127.0.0.1", near?: LegId): Promise<LocalMedia> {
    const local = await this.engine.open(leg, near === undefined ? { address } : { address, near });
    if (!local.ok) throw new Error(`refused: ${local.error.code}`);
    return local.value;
  }

  async peer(options: RtpPeerOptions = {}): Promise<RtpPeer> {
    const peer = await rtpPeer(options);
    this.#peers.push(peer);
    return peer;
  }

  /** A connected leg with a peer that sends its tone. */
  async talking(leg: LegId, options: RtpPeerOptions = {}, near?: LegId): Promise<readonly [RtpPeer, LocalMedia]> {
    const peer = await this.peer(options);
    const local = await this.opened(leg, options.address, near);
    this.engine.connect(leg, peer.agreed());
    peer.sendTo(local);
    return [peer, local];
  }

  /** The first fact of this kind, past or to come. */
  fact<Type extends SoundFact["type"]>(type: Type, leg: LegId): Promise<Extract<SoundFact, { type: Type }>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.facts.find((fact) => fact.type === type && fact.leg === leg);
        if (found === undefined) return;
        this.#listeners.delete(look);
        resolve(found as Extract<SoundFact, { type: Type }>);
      };
      this.#listeners.add(look);
      look();
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.engine.stopAll();
  }
}

/** Names a leg. */
export const leg = (name: string): LegId => `leg_${name}` as LegId;
