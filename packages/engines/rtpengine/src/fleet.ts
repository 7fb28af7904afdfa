import type { SoundEngineState } from "@cordboard/core";
import { CallNames, newOwner } from "./call-names.ts";
import type { RelayCallEvents } from "./relay-call.ts";
import { RelayCall } from "./relay-call.ts";
import type { RelayedSoundOptions } from "./relayed-sound-options.ts";
import type { RtpengineEvents } from "./rtpengine.ts";
import { leastLoaded, Rtpengine } from "./rtpengine.ts";
import { openSocketLink } from "./socket-link.ts";

/** What the rtpengines tell, and our calls in them; a call that is gone is told of by its legs. */
export interface FleetEvents extends RelayCallEvents, Omit<RtpengineEvents, "onGone"> {}

/** All rtpengines that may be used, and our calls in them. */
export class Fleet {
  readonly #options: RelayedSoundOptions;
  readonly #events: FleetEvents;
  readonly #rtpengines: readonly Rtpengine[];
  readonly #calls = new Set<RelayCall>();

  constructor(options: RelayedSoundOptions, events: FleetEvents) {
    const { rtpengines, installation, clock, random, log, openLink: open = openSocketLink } = options;
    const owner = newOwner(installation, random);
    const own: RtpengineEvents = {
      onGone: (rtpengine, why) => this.#loseAll(rtpengine, why),
      onDigit: (notice) => events.onDigit(notice),
      onHearing: (rtpengine) => events.onHearing(rtpengine),
    };
    this.#options = options;
    this.#events = events;
    this.#rtpengines = rtpengines.map(
      (address, place) =>
        new Rtpengine(address, { clock, random, log, open, events: own, names: new CallNames(owner, place) }),
    );
  }

  /** Settles when it is known of each whether it lives. */
  async ready(): Promise<void> {
    await Promise.all(this.#rtpengines.map((each) => each.ready()));
  }

  /** The call `near` if a leg may come in, or else a new one in the rtpengine that carries least; undefined when none is left to try. */
  callFor(near: RelayCall | undefined, tried: ReadonlySet<Rtpengine>): RelayCall | undefined {
    if (near?.hasRoom === true && near.rtpengine.isAlive && !tried.has(near.rtpengine)) return near;
    const rtpengine = leastLoaded(this.#rtpengines.filter((each) => !tried.has(each)));
    if (rtpengine === undefined) return undefined;
    const { clock, log } = this.#options;
    const onOver = (): void => void this.#calls.delete(call);
    const call = new RelayCall({ rtpengine, clock, log, events: this.#events, onOver });
    this.#calls.add(call);
    return call;
  }

  /** Ports for sound that those who are there have free; undefined when none is there. */
  get portsFree(): number | undefined {
    const there = this.#rtpengines.filter(({ isAlive }) => isAlive);
    return there.length === 0 ? undefined : there.reduce((sum, { portsFree }) => sum + portsFree, 0);
  }

  describe(): NonNullable<SoundEngineState["relays"]> {
    return this.#rtpengines.map(({ name, calls, isAlive, waitMs }) => ({ name, calls, isAlive, waitMs }));
  }

  close(): void {
    for (const rtpengine of this.#rtpengines) rtpengine.close();
  }

  #loseAll(rtpengine: Rtpengine, why: string): void {
    for (const call of [...this.#calls])
      if (call.rtpengine === rtpengine) call.lose(`rtpengine ${rtpengine.name} ${why}`);
  }
}
