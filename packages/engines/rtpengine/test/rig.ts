import type { LocalMedia, SoundEngine, SoundFact } from "@cordboard/core";
import type { LegId, Log } from "@cordboard/kernel";
import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import type { RtpPeer, RtpPeerOptions } from "@cordboard/testkit";
import { freePortRange, rtpPeer } from "@cordboard/testkit";
import type { RtpengineProcess, RtpengineSetup } from "@cordboard/testkit/rtpengine";
import { startRtpengine } from "@cordboard/testkit/rtpengine";
import { expect } from "vitest";
import type { RelayedSound, RelayedSoundOptions } from "../src/index.ts";
import { createRelayedSound } from "../src/index.ts";

/** Names a leg. */
export const leg = (name: string): LegId => `leg_${name}` as LegId;

/** An engine over rtpengines of its own, with its peers and facts; everything is taken down by `end`. */
export class Rig {
  readonly engine: RelayedSound;
  readonly builtin: SoundEngine;
  readonly rtpengines: RtpengineProcess[];
  readonly facts: SoundFact[] = [];
  readonly warnings: string[];
  readonly #peers: RtpPeer[] = [];

  constructor(parts: {
    engine: RelayedSound;
    builtin: SoundEngine;
    rtpengines: RtpengineProcess[];
    warnings: string[];
  }) {
    this.engine = parts.engine;
    this.builtin = parts.builtin;
    this.rtpengines = parts.rtpengines;
    this.warnings = parts.warnings;
    this.engine.onFact((fact) => this.facts.push(fact));
  }

  /** Starts as many rtpengines as there are set-ups, and the engine over them. */
  static async start(
    setups: readonly RtpengineSetup[],
    options: Partial<RelayedSoundOptions> & { readonly transport?: "udp" | "tcp" } = {},
  ): Promise<Rig> {
    const rtpengines = await Promise.all(setups.map((setup) => startRtpengine(setup)));
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
    const parts = { clock: clockOf(globalThis), random: randomOf(globalThis), log };
    const builtin = createBuiltinSound({ ...parts, ports: await freePortRange(40), workers: 1, drainMs: ms(100) });
    const { transport = "udp", ...others } = options;
    const addresses = rtpengines.map(({ host, port }) => ({ transport, host, port }));
    const engine = createRelayedSound({ ...parts, builtin, rtpengines: addresses, installation: "test", ...others });
    await engine.ready();
    return new Rig({ engine, builtin, rtpengines, warnings });
  }

  /** A connected leg with a peer that sends its tone. */
  async talking(id: LegId, options: RtpPeerOptions = {}, near?: LegId): Promise<readonly [RtpPeer, LocalMedia]> {
    const peer = await rtpPeer(options);
    this.#peers.push(peer);
    const opened = await this.engine.open(id, { address: "127.0.0.1", ...(near === undefined ? {} : { near }) });
    if (!opened.ok) throw new Error(`refused: ${opened.error.code}`);
    this.engine.connect(id, peer.agreed());
    peer.sendTo(opened.value);
    return [peer, opened.value];
  }

  /** Two bridged legs that hear each other. */
  async pair(a: LegId, b: LegId): Promise<readonly [RtpPeer, RtpPeer]> {
    const [first] = await this.talking(a, { frequencyHz: 440 });
    const [second] = await this.talking(b, { frequencyHz: 620 }, a);
    this.engine.bridge(a, b);
    await Promise.all([first.heard(620), second.heard(440)]);
    return [first, second];
  }

  /** Settles when there was such a fact. */
  fact(wanted: Partial<SoundFact>, within = 20_000): Promise<void> {
    return expect
      .poll(() => this.facts, { timeout: within, interval: 20 })
      .toContainEqual(expect.objectContaining(wanted));
  }

  /** Who of the rtpengines is there, and how many calls of ours each has. */
  relays(): readonly (number | "away")[] {
    return (this.engine.describe().relays ?? []).map(({ calls, isAlive }) => (isAlive ? calls : "away"));
  }

  async end(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.engine.stopAll();
    await Promise.all(this.rtpengines.map((each) => each.kill()));
  }
}
