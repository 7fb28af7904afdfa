import type { CallRunner, ControlOrder, EventBus, HistoryBook, Mailbox } from "@cordboard/core";
import { createCallRunner, noLimits } from "@cordboard/core";
import type { ActionId, Clock, Envelope, KeyId, LegId, UserId } from "@cordboard/kernel";
import { silentLog } from "@cordboard/kernel";
import { seededRandom } from "@cordboard/testkit";
import type { SipSwitch } from "../src/index.ts";
import type { House } from "./house.ts";
import { home } from "./house.ts";

/** Where an office is: a switch, and what it knows. */
export interface OfficePlace {
  readonly sip: SipSwitch;
  readonly house: House;
  readonly clock: Clock;
  /** Everything that is under way arrives. */
  settle(): Promise<void>;
}

/** Core itself over a switch: what phones ask for is decided as in the server. */
export class Office {
  readonly #place: OfficePlace;
  readonly runner: CallRunner;
  readonly events: string[] = [];
  /** What is told of all, with what it says. */
  readonly bus: EventBus;
  /** Mailboxes that are not empty. */
  readonly boxes: Map<UserId, Mailbox> = new Map();
  #commands = 0;

  constructor(place: OfficePlace) {
    const { sip, house, clock } = place;
    this.#place = place;
    sip.onDevice((device, isGone) => house.note(device, isGone));
    const book: HistoryBook = {
      open: () => Promise.resolve("committed"),
      answered: () => {},
      close: () => Promise.resolve("committed"),
      touch: () => {},
      interruptOpen: () => Promise.resolve(0),
      list: () => Promise.resolve([]),
      state: () => "committing",
    };
    const listeners: ((envelope: Envelope) => void)[] = [];
    this.bus = {
      publish: (tenant, event, data) => {
        const envelope = { epoch: "e", seq: this.events.push(event), tenant, at: clock.now(), event, data };
        for (const listener of listeners) listener(envelope);
        return envelope;
      },
      subscribe: (tenant, listener) => {
        listeners.push((envelope) => envelope.tenant === tenant && listener(envelope));
        return () => {};
      },
      position: () => ({ epoch: "e", seq: this.events.length }),
      since: () => "gap",
    };
    this.runner = createCallRunner({
      clock,
      random: seededRandom(7),
      log: silentLog,
      directory: house,
      switch: sip,
      book,
      bus: this.bus,
      recordings: { open: () => {}, close: () => {} },
      mailboxes: { mailbox: (_tenant, user) => this.boxes.get(user), change: () => Promise.resolve(undefined) },
      isQuiet: () => false,
      admits: () => true,
    });
  }

  /** The legs of the calls that are up, those of one extension if it is named, in the order in which they were made. */
  legs(extension?: string): readonly LegId[] {
    const legs = this.runner.views(home.id).flatMap((call) => call.legs);
    return legs
      .filter((leg) => leg.state !== "ended" && (extension === undefined || leg.extension === extension))
      .map(({ id }) => id);
  }

  /** The only leg of an extension. */
  leg(extension: string): LegId {
    const [leg, ...more] = this.legs(extension);
    if (leg === undefined || more.length > 0) throw new Error(`${extension} has ${more.length + 1} legs or none`);
    return leg;
  }

  /** Gives a command as an administrator. */
  async command(leg: LegId, order: ControlOrder): Promise<void> {
    this.#commands += 1;
    const done = this.runner.control({
      actor: {
        tenant: home.id,
        kind: "key",
        user: undefined,
        extension: undefined,
        key: "key_any" as KeyId,
        roles: ["admin"],
        limits: noLimits,
      },
      correlation: `act_command_${this.#commands}` as ActionId,
      leg,
      order,
    });
    await this.#place.settle();
    const result = await done;
    if (!result.ok) throw new Error(`refused: ${result.error.code}`);
  }

  /** Every call has ended, and the runner stops. */
  async close(): Promise<void> {
    this.runner.endAll();
    await this.#place.settle();
    this.runner.stop();
  }
}
