import type { OwnStatuses, Presences, VoiceMessage } from "@cordboard/core";
import { createMessageDesk, createWatching, deviceView, openOwnStatuses, openPresences } from "@cordboard/core";
import type { CallId, RecordingId, UserId, VoiceMessageId } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";
import type { SipWatcher, WatchedSubscription } from "@cordboard/testkit";
import { openSipWatcher } from "@cordboard/testkit";
import type { SwitchSettings } from "../src/index.ts";
import { home, passwordOf, userAt } from "./house.ts";
import { Office } from "./office.ts";
import { Scene } from "./scene.ts";

/** An office whose phones watch and write to one another, all of core behind them. */
export class WatchedOffice {
  readonly scene: Scene;
  readonly office: Office;
  readonly statuses: OwnStatuses;
  readonly presences: Presences;
  readonly #watchers: SipWatcher[] = [];

  private constructor(scene: Scene, statuses: OwnStatuses) {
    this.scene = scene;
    this.statuses = statuses;
    this.office = new Office(scene);
    const { house, clock } = scene;
    const { bus, runner, boxes } = this.office;
    this.presences = openPresences({ bus, directory: house, calls: runner, clock, statuses });
    scene.sip.onDevice((device, isGone) => {
      const view = deviceView(house, device);
      const event = isGone ? "device.unregistered.v1" : "device.registered.v1";
      if (view !== undefined) bus.publish(device.tenant, event, { device: view });
    });
    const mailboxes = {
      mailbox: (_tenant: unknown, user: UserId) =>
        boxes.get(user) ?? { user, language: "en", greeting: null, messages: [] },
    };
    const watching = createWatching({ bus, directory: house, calls: runner, presences: this.presences, mailboxes });
    scene.sip.serve({ watching, messages: createMessageDesk({ directory: house, bus, clock }) });
    this.presences.follow(home.id);
    watching.follow(home.id);
  }

  static async open(settings: Partial<SwitchSettings> = {}): Promise<WatchedOffice> {
    const scene = new Scene({ settings });
    const store = { load: () => Promise.resolve([]), save: () => Promise.resolve() };
    const statuses = await openOwnStatuses({ store, directory: scene.house, clock: scene.clock });
    const office = new WatchedOffice(scene, statuses);
    await scene.sip.listen();
    return office;
  }

  /** A client of a user, to watch and write with. */
  async watcher(
    extension: string,
    { domain = home.domain, password = passwordOf(extension), port = 7000 + this.#watchers.length } = {},
  ): Promise<SipWatcher> {
    const { network } = this.scene;
    const watcher = await openSipWatcher({
      transport: network.udp({ address: "10.0.2.1", port }),
      server: { address: "10.0.0.1", port: 5060 },
      user: extension,
      password,
      domain,
    });
    this.#watchers.push(watcher);
    return watcher;
  }

  /** A subscription of 103, unless somebody else is named, with its first NOTIFY. */
  async watch(event: string, number: string, by = "103", headers = {}): Promise<WatchedSubscription> {
    const watcher = await this.watcher(by);
    const subscription = await watcher.subscribe(event, `sip:${number}@${home.domain}`, { headers });
    await this.pass(1000);
    return subscription;
  }

  /** So many messages lie in a user's mailbox, and those who watch are told. */
  fill(extension: string, fresh: number, old = 0): void {
    const user = userAt(extension).id;
    const messages = Array.from({ length: fresh + old }, (_none, i) => message(user, i, i >= fresh));
    this.office.boxes.set(user, { user, language: "en", greeting: null, messages });
    this.office.bus.publish(home.id, "voicemail.changed.v1", { extension, fresh, old });
  }

  pass(duration: number): Promise<void> {
    return this.scene.pass(duration);
  }

  async close(): Promise<void> {
    await this.office.close();
    this.presences.stop();
    await this.scene.close();
  }
}

const message = (user: UserId, number: number, isHeard: boolean): VoiceMessage => ({
  id: `vm_${number}` as VoiceMessageId,
  tenant: home.id,
  user,
  from: { name: "", number: "102" },
  at: instant(0),
  lasted: ms(1000),
  isHeard,
  recording: `rec_${number}` as RecordingId,
  call: "call_1" as CallId,
});
