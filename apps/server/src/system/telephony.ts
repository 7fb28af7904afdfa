import type { MemoryEventBus } from "@cordboard/bus";
import { createEventBus } from "@cordboard/bus";
import type {
  CallRunner,
  Device,
  DeviceView,
  LiveView,
  MailboxCounts,
  OwnStatuses,
  Presences,
  SoundEngine,
  User,
} from "@cordboard/core";
import {
  createCallRunner,
  createLiveView,
  createMessageDesk,
  createWatching,
  deviceView,
  openOwnStatuses,
  openPresences,
} from "@cordboard/core";
import type { Millis, TenantId } from "@cordboard/kernel";
import { randomHex, seconds } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import { createRelayedSound } from "@cordboard/rtpengine";
import type { CountHappening, WebSocketTransport } from "@cordboard/sip/node";
import { createInbox, dnsResolver, webSocketTransport } from "@cordboard/sip/node";
import type { StoredContacts } from "@cordboard/store";
import { createStatusStore, loadSipSecrets, openContactStore } from "@cordboard/store";
import type { SipSwitch } from "@cordboard/switch";
import { createSwitch } from "@cordboard/switch";
import type { TurnedAway } from "../overload/admission.ts";
import { admission } from "../overload/admission.ts";
import { stopwatch } from "../overload/stopwatch.ts";
import type { OverloadGuard } from "../overload.ts";
import type { ServerCertificate } from "../tls/certificate.ts";
import type { Foundation } from "./foundation.ts";
import { installationOf } from "./installation.ts";
import { reflectingServer } from "./reflecting-server.ts";
import { sipListeners } from "./sip-listeners.ts";
import { sipTrace } from "./sip-trace.ts";
import { soundLibrary } from "./sound-library.ts";

/** Calls, from the wire to the event: the engines that make them and the runner that decides. */
export interface Telephony {
  readonly bus: MemoryEventBus;
  readonly sound: SoundEngine;
  readonly switch: SipSwitch;
  readonly calls: CallRunner;
  readonly live: LiveView;
  readonly presences: Presences;
  readonly statuses: OwnStatuses;
  /** Where SIP listens, such as `udp 127.0.0.1:5060`. */
  readonly sip: readonly { readonly transport: string; readonly address: string; readonly port: number }[];
  /** Takes the WebSockets of browsers that speak SIP. */
  readonly webSockets: Pick<WebSocketTransport, "accept">;
  /** Forgets the endpoints of a user who has been removed, and tells that they are gone. */
  forgetDevicesOf(user: User, views: readonly DeviceView[]): void;
  /** Tells those who watch what a mailbox is like after a change that no call made. */
  tellMailbox(tenant: TenantId, counts: MailboxCounts): void;
  /** Takes no new calls, neither from phones nor by command; settles when the last has ended. */
  drain(): Promise<void>;
  /** Ends what is left of calls and closes the engines. */
  close(): Promise<void>;
}

/** What telephony works with beside the foundation. */
export interface TelephonyParts {
  readonly overload: OverloadGuard;
  readonly certificate: ServerCertificate;
  /** Hears of each new call that does not come in. */
  readonly onTurnedAway: (why: TurnedAway) => void;
  /** Hears of what happens to SIP's connections. */
  readonly count: CountHappening;
}

/** Two legs, if it rings at one device, with an even port and the odd one after it for each. */
const PORTS_OF_A_CALL = 4;

/** Builds the engines, takes up where an earlier run stopped, and opens the SIP ports. */
export async function openTelephony(
  foundation: Foundation,
  { overload, certificate, onTurnedAway, count }: TelephonyParts,
): Promise<Telephony> {
  const { settings, host, config, sealer, directory, database, book, recordings, mailboxes, sounds, sipTokens } =
    foundation;
  const { clock, random, hash, log } = host;
  const bus = createEventBus({ clock, epoch: randomHex(random, 6), log });
  const sound = await openSound(foundation);
  const contacts = openContactStore({ database, clock, log });
  const inbox = createInbox({ clock });
  const commits = stopwatch(clock);
  overload.watch("inbox", () => inbox.waitMs());
  overload.watch("sound", () => soundWaitMs(sound));
  overload.watch("book", commits.waitMs);
  overload.bound(() => sound.describe().portsFree / PORTS_OF_A_CALL);
  const door = admission({ overload, book, onTurnedAway });
  const webSockets = webSocketTransport({ clock, random, log, count });
  const listening = sipListeners(foundation, { certificate, count });
  const sipSwitch = createSwitch({
    transports: [...listening, webSockets].map((transport) => inbox.before(transport)),
    resolve: dnsResolver(),
    sound,
    directory,
    secrets: await loadSipSecrets({ config, sealer, log }),
    tokens: sipTokens,
    contacts,
    clock,
    random,
    hash,
    log,
    pathOfRecording: sounds.pathOf,
    settings: { publicAddress: settings.publicAddress ?? null, srtp: settings.srtp },
    admit: door.admit,
    onTurnedAway,
    ...(settings.sipTrace ? { trace: sipTrace(log) } : {}),
  });
  const follow = deviceFollower(foundation, bus);
  sipSwitch.onDevice(follow);
  config.onChange((changes) => {
    for (const { tenant, kind, id } of changes) bus.publish(tenant, "config.changed.v1", { kind, id });
  });
  const statuses = await openOwnStatuses({ store: createStatusStore(database, clock), directory, clock });
  const calls = createCallRunner({
    clock,
    random,
    log,
    directory,
    switch: sipSwitch,
    book: { ...book, open: (row) => commits.time(book.open(row)) },
    bus,
    admits: door.admitsPlaced,
    isQuiet: (user) => statuses.isQuiet(user),
    recordings,
    mailboxes,
    silence: { deadAfter: spanOf(settings.deadCallSeconds), oneWayAfter: spanOf(settings.oneWayCallSeconds) },
  });
  await completeWhatWasCut(foundation);
  await sipSwitch.restore();
  const presences = openPresences({ bus, directory, calls, clock, statuses });
  const watching = createWatching({ bus, directory, calls, presences, mailboxes });
  sipSwitch.serve({ watching, messages: createMessageDesk({ directory, bus, clock }) });
  for (const { id } of await config.tenants()) for (const each of [presences, watching]) each.follow(id);
  const sip = (await sipSwitch.listen()).map(({ transport, address, port }) => ({ transport, address, port }));
  return {
    bus,
    sound,
    switch: sipSwitch,
    calls,
    live: createLiveView({ bus, directory, calls, presences }),
    presences,
    statuses,
    sip,
    webSockets,
    forgetDevicesOf: ({ tenant, id }, views) => {
      sipSwitch.forget(tenant, id);
      // The follower could not tell: with its user a device has lost its number and name.
      for (const device of views) bus.publish(tenant, "device.unregistered.v1", { device });
    },
    tellMailbox: (tenant, { user, fresh, old }) => {
      const extension = directory.user(tenant, user)?.extension;
      if (extension !== undefined) bus.publish(tenant, "voicemail.changed.v1", { extension, fresh, old });
    },
    drain: () => {
      door.close();
      return calls.drain();
    },
    close: () => closeTelephony({ calls, sipSwitch, sound, contacts, presences }),
  };
}

/** Ends the rows and the recordings that an earlier run could not end. */
async function completeWhatWasCut({ book, recordings, host: { log } }: Foundation): Promise<void> {
  const interrupted = await book.interruptOpen();
  if (interrupted > 0)
    log.warn("calls that were up at the last stop are marked as interrupted", { calls: interrupted });
  const cut = await recordings.completeCut();
  if (cut > 0) log.warn("recordings that ran at the last stop are kept as far as they got", { cut });
}

/** The built-in engine, alone or behind the rtpengines that are set. */
async function openSound(foundation: Foundation): Promise<SoundEngine> {
  const { settings, host, dataFolder } = foundation;
  const { clock, random, log } = host;
  const stun = reflectingServer(settings, dnsResolver());
  const builtin = createBuiltinSound({
    ports: settings.rtpPorts,
    clock,
    random,
    log,
    library: soundLibrary(foundation),
    ...(stun === undefined ? {} : { stun }),
  });
  if (settings.media.length === 0) return builtin;
  const installation = await installationOf(dataFolder, random);
  const sound = createRelayedSound({ rtpengines: settings.media, installation, builtin, clock, random, log });
  await sound.ready();
  return sound;
}

/** How long opening a leg's sound takes now, at whoever answers best of those that open it. */
function soundWaitMs(sound: SoundEngine): number {
  const { workers, relays = [] } = sound.describe();
  const relaysThere = relays.filter(({ isAlive }) => isAlive);
  const waits = (relaysThere.length > 0 ? relaysThere : workers.filter(({ isAlive }) => isAlive)).map(
    ({ waitMs }) => waitMs,
  );
  return waits.length === 0 ? 0 : Math.min(...waits);
}

const spanOf = (setting: number | "off"): Millis | null => (setting === "off" ? null : seconds(setting));

/** Keeps the directory's endpoints current and tells of those that came or went; a refresh is no news. */
function deviceFollower({ directory }: Foundation, bus: MemoryEventBus): (device: Device, isGone: boolean) => void {
  return (device, isGone) => {
    const isKnown = directory.devices(device.tenant, device.user).some(({ id }) => id === device.id);
    directory.setDevice(device, isGone);
    const view = deviceView(directory, device);
    if (view === undefined || isGone !== isKnown) return;
    bus.publish(device.tenant, isGone ? "device.unregistered.v1" : "device.registered.v1", { device: view });
  };
}

async function closeTelephony(parts: {
  readonly calls: CallRunner;
  readonly sipSwitch: SipSwitch;
  readonly sound: SoundEngine;
  readonly contacts: StoredContacts;
  readonly presences: Presences;
}): Promise<void> {
  parts.calls.endAll();
  await parts.sipSwitch.close();
  parts.calls.stop();
  parts.presences.stop();
  await parts.sound.stopAll();
  await parts.contacts.finish();
}
