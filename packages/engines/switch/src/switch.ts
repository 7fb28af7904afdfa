import type {
  ContactStore,
  Directory,
  LegAction,
  LegFact,
  SipSecretSource,
  SipTokens,
  SoundEngine,
  SoundEngineState,
  SoundFact,
  Switch,
} from "@cordboard/core";
import type { Clock, Hash, LegId, Log, Millis, Random, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import { unreachable } from "@cordboard/kernel";
import type {
  AgentLimits,
  AgentState,
  Listening,
  Resolver,
  SipAgentOptions,
  SipTransport,
  TimerSettings,
  TraceEntry,
} from "@cordboard/sip";
import { createSipAgent, registrarExtensions } from "@cordboard/sip";
import { OwnAddresses } from "./addresses.ts";
import { Authentication } from "./authentication.ts";
import { takeCall } from "./call-door.ts";
import { Closing } from "./closing.ts";
import { countedClock } from "./counted-clock.ts";
import { tellCutOff } from "./cut-off.ts";
import { FactQueue } from "./fact-queue.ts";
import type { IncomingSide } from "./incoming-side.ts";
import type { Leg } from "./leg.ts";
import { legInDialog } from "./leg-in-dialog.ts";
import type { LegState } from "./leg-state.ts";
import { obey } from "./orders.ts";
import type { PhoneServices } from "./phone-services.ts";
import { PhoneServing } from "./phone-services.ts";
import { serveRegister } from "./registrar.ts";
import { Registrations } from "./registrations.ts";
import type { SwitchSettings } from "./settings.ts";
import { defaultSwitchSettings } from "./settings.ts";
import { ownEnd } from "./verdicts.ts";
import type { World } from "./world.ts";

/** What a switch is made of. */
export interface SwitchOptions {
  /** Where it listens, made without a public address (that is a setting here); see `nodeTransports` of `@cordboard/sip/node`. */
  readonly transports: readonly SipTransport[];
  /** Finds the addresses of trunks and contacts that have names. */
  readonly resolve: Resolver;
  readonly sound: SoundEngine;
  readonly directory: Directory;
  readonly secrets: SipSecretSource;
  /** Short-lived passwords of phones in browsers. */
  readonly tokens: Pick<SipTokens, "accepted">;
  readonly contacts: ContactStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly log: Log;
  /** The file that a recording is written to. */
  readonly pathOfRecording: (tenant: TenantId, recording: RecordingId) => string;
  readonly settings?: Partial<SwitchSettings>;
  /** Asked for every new call; one that is refused gets 503 and is forgotten. Running calls are never asked about. */
  readonly admit?: (call: NewCall) => { readonly retryAfterSeconds: number } | undefined;
  /** Hears of new calls that are refused because the switch itself is closing or full. */
  readonly onTurnedAway?: (why: "closing" | "full") => void;
  /** Base timers of SIP, for tests. */
  readonly timers?: Partial<TimerSettings>;
  readonly limits?: Partial<AgentLimits>;
  /** Hears of every SIP message, credentials masked. */
  readonly trace?: (entry: TraceEntry) => void;
}

/** What is known of a call that asks to come in. */
export interface NewCall {
  /**
   * It was let in before: its INVITE brings the answer to the challenge that its first one got, which is taken once. So a call that
   * has begun is not refused half way.
   */
  readonly isExpected: boolean;
}

/** Everything that is alive in a switch; all zero (but registrations) when nothing is going on. */
export interface SwitchState {
  readonly legs: readonly LegState[];
  readonly registrations: number;
  /** Running timers of the switch itself; the stack counts its own. */
  readonly timers: number;
  readonly sip: AgentState;
  readonly sound: SoundEngineState;
}

/** The switch as the server runs it. */
export interface SipSwitch extends Switch {
  /** Takes up the registrations of an earlier run. Once, before `listen`. */
  restore(): Promise<void>;
  /** Forgets the endpoints of a user who has been removed, so that whoever has the number next does not ring them. */
  forget(tenant: TenantId, user: UserId): void;
  /** Lets phones watch and write to one another. Once, before `listen`; without it they get 405. */
  serve(services: PhoneServices): void;
  /** Opens every transport; resolves with where they listen, in the order given. */
  listen(): Promise<readonly Listening[]>;
  /** Takes no new calls. Settles when the last leg is gone; those left at the deadline are ended. */
  drain(deadline: Millis): Promise<void>;
  /** Ends what is left, briefly waits for it, and closes everything. */
  close(): Promise<void>;
  describe(): SwitchState;
}

type Wishes = Pick<
  SipAgentOptions,
  "supported" | "inDialog" | "sessionTimers" | "reliable" | "timers" | "limits" | "trace"
>;

/** What phones are told that we understand, the timers that end calls whose peer is gone, and what is set. */
const wishesOf = ({ timers, limits, trace }: SwitchOptions): Wishes => ({
  supported: [...registrarExtensions, "replaces"],
  inDialog: ["INFO", "REFER", "UPDATE"],
  sessionTimers: {},
  reliable: "asked",
  ...(timers === undefined ? {} : { timers }),
  ...(limits === undefined ? {} : { limits }),
  ...(trace === undefined ? {} : { trace }),
});

/** Makes the engine that runs legs over SIP with sound. It decides nothing: core does. */
export function createSwitch(options: SwitchOptions): SipSwitch {
  const { directory, hash, log, pathOfRecording, random, secrets, sound, tokens } = options;
  const settings: SwitchSettings = { ...defaultSwitchSettings, ...options.settings };
  const clock = countedClock(options.clock);
  const facts = new FactQueue(log);
  const legs = new Map<LegId, Leg>();
  const callers = new Map<LegId, IncomingSide>();
  const deviceListeners: Parameters<Switch["onDevice"]>[0][] = [];
  const addresses = new OwnAddresses({ ...options, publicAddress: settings.publicAddress });
  const closing = new Closing({ clock, log, legs });
  const { attempts } = settings;
  const authentication = new Authentication({ directory, secrets, tokens, hash, clock, random, attempts });
  const agent = createSipAgent({
    transports: addresses.transports,
    // The agent counts its own timers.
    clock: options.clock,
    random,
    hash,
    log,
    resolve: options.resolve,
    admit: (invite, flow) => {
      // Asked first, so that an answer that comes too late is not kept for another call.
      const isExpected = authentication.isExpected(invite, flow);
      const why = closing.hasBegun ? "closing" : legs.size >= settings.legs ? "full" : undefined;
      return why === undefined ? options.admit?.({ isExpected }) : turnAway(options, why);
    },
    ...wishesOf(options),
  });
  const registrations = new Registrations({
    contacts: options.contacts,
    clock,
    random,
    log,
    storeDeadline: settings.storeDeadline,
    onDevice: (device, isGone) => deviceListeners.forEach((listener) => void listener(device, isGone)),
  });
  const world: World = {
    clock,
    random,
    log,
    sound,
    directory,
    agent,
    addresses,
    registrations,
    srtp: settings.srtp,
    facts,
    legs,
    callers,
    pathOfRecording,
    findLeg: (replaces, tenant) => legInDialog(world, replaces, tenant)?.leg.id,
    newSessionId: () => sessionId(random),
    release: (done) => closing.release(done),
    onLegGone: (leg) => {
      legs.delete(leg);
      callers.delete(leg);
      closing.onLegGone();
    },
  };
  const phones = new PhoneServing({ world, authentication, limits: settings.subscriptions });
  sound.onFact((fact) => hearSound(legs, fact, log));
  const registrar = { authentication, registrations, limits: settings.registrar, clock, log };
  agent.handle("REGISTER", (incoming) => serveRegister(registrar, incoming));
  agent.handle("OPTIONS", (incoming) => void incoming.respond(200, { headers: [["Accept", "application/sdp"]] }));
  agent.onCall((call) => takeCall({ world, authentication }, call));

  return {
    act: (action: LegAction) => obey(world, action, !closing.hasBegun),
    onFact: (listener: (fact: LegFact) => void) => facts.listen(listener),
    onDevice: (listener) => void deviceListeners.push(listener),
    restore: () => registrations.restore(({ tenant, user }) => directory.user(tenant, user) !== undefined),
    forget: (tenant, user) => registrations.forget(tenant, user),
    serve: (services) => phones.begin(services),
    listen: () => agent.listen(),
    drain: (deadline) => closing.drain(deadline, settings.farewell),
    async close() {
      await closing.drain(0 as Millis, settings.farewell);
      phones.close();
      registrations.close();
      await agent.close();
    },
    describe: () => ({
      legs: [...legs.values()].map((leg) => leg.describe()),
      registrations: registrations.size,
      timers: clock.running(),
      sip: agent.describe(),
      sound: sound.describe(),
    }),
  };
}

function turnAway({ onTurnedAway }: SwitchOptions, why: "closing" | "full"): { readonly retryAfterSeconds: number } {
  onTurnedAway?.(why);
  return { retryAfterSeconds: 5 };
}

/** What the sound engine reports becomes a fact of the leg; a leg that has lost its sound is over. */
function hearSound(legs: ReadonlyMap<LegId, Leg>, fact: SoundFact, log: Log): void {
  const leg = legs.get(fact.leg);
  if (leg === undefined) return;
  switch (fact.type) {
    case "digit":
      return leg.pressed({ digit: fact.digit, lasted: fact.lasted }, "rtp");
    case "play-done":
      return leg.report(fact);
    case "record-done":
      return leg.recorded({ recording: fact.recording, lasted: fact.lasted, why: fact.why });
    case "silent":
      return leg.report({ type: "media-silent", leg: fact.leg, since: fact.since });
    case "heard":
      return leg.report({ type: "media-heard", leg: fact.leg });
    case "quality":
      return leg.measured(fact.quality);
    case "cut-off":
      return tellCutOff(leg, fact, log);
    case "lost":
      return leg.end(ownEnd("media-lost"));
    default:
      return unreachable(fact);
  }
}

/** A number of at most 52 bits in decimal digits. @rfc 8866#5.2 */
function sessionId(random: Random): string {
  let id = 0;
  for (const byte of random.bytes(6)) id = id * 256 + byte;
  return String(id);
}
