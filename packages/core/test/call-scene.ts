import type { ActionId, CallId, IdKinds, KeyId, LegId, RecordingId, UserId } from "@cordboard/kernel";
import { instant, ms, seconds } from "@cordboard/kernel";
import type { LegAction, LegOrder } from "../src/call/actions.ts";
import type { ControlOrder } from "../src/call/control.ts";
import { decide } from "../src/call/decide/decide.ts";
import type { LegFact } from "../src/call/facts.ts";
import type { Call, CallAction, CallEvent, CallInput, SilenceLimits, World } from "../src/call/types.ts";
import { isOf, isOnTrunk, isRingingAt } from "../src/call/types.ts";
import { verdictOf } from "../src/call/verdict.ts";
import type { ReachPreferences, User } from "../src/directory/index.ts";
import type { EventName, LiveState } from "../src/events/index.ts";
import { emptyLiveState, foldLiveState } from "../src/events/index.ts";
import type { Actor } from "../src/identity/index.ts";
import { noLimits } from "../src/identity/index.ts";
import type { OwnStatus } from "../src/presence/index.ts";
import { isQuiet } from "../src/presence/index.ts";
import type { Mailbox } from "../src/voicemail/index.ts";
import { directory, tenant } from "./call-directory.ts";

/** A key of the tenant that may do everything. */
export const anyKey: Actor = {
  tenant,
  kind: "key",
  user: undefined,
  extension: undefined,
  key: "key_any" as KeyId,
  roles: ["admin"],
  limits: noLimits,
};

/** The world of calls, moved by inputs; remembers all that was decided, in short words. */
export class CallScene {
  readonly calls: Map<CallId, Call> = new Map();
  /** Orders to the switch since the last look, as `leg order detail`. */
  readonly #done: string[] = [];
  /** Commands that were given, and those that were answered. */
  readonly asked: ActionId[] = [];
  readonly replied: ActionId[] = [];
  /** Legs of which the switch has been told. */
  readonly known: Set<LegId> = new Set();
  /** Legs that the switch has been told to end. */
  readonly ending: Set<LegId> = new Set();
  /** The calls that the last decision changed. */
  changed: readonly Call[] = [];
  readonly events: CallEvent[] = [];
  readonly actions: CallAction[] = [];
  state: LiveState = emptyLiveState;
  /** Legs in the order in which they were made. */
  readonly legs: LegId[] = [];
  now = 1_000;
  isBookCommitting = true;
  silence: SilenceLimits = { deadAfter: seconds(60), oneWayAfter: seconds(300) };
  #ids = 0;

  /** How users want to be reached, by extension, where that is not as `plainReach` has it. */
  readonly wishes: Map<string, ReachPreferences> = new Map();
  /** What users say of themselves, by extension. */
  readonly statuses: Map<string, OwnStatus> = new Map();
  /** Mobiles that users have beside those of the directory, by extension. */
  readonly mobiles: Map<string, string> = new Map();

  /** Extensions whose talks are always recorded. */
  readonly alwaysRecorded: Set<string> = new Set();
  /** Whether a tone tells of recordings. */
  hasRecordingNotice = true;

  /** Mailboxes that are not empty. */
  readonly mailboxes: Map<UserId, Mailbox> = new Map();

  readonly world: World = {
    directory: {
      ...directory,
      tenant: (id) => {
        const found = directory.tenant(id);
        return found === undefined ? undefined : { ...found, hasRecordingNotice: this.hasRecordingNotice };
      },
      user: (tenantId, id) => this.#asWished(directory.user(tenantId, id)),
      userAt: (tenantId, extension) => this.#asWished(directory.userAt(tenantId, extension)),
    },
    call: (id) => this.calls.get(id),
    callOfLeg: (leg) => {
      const having = [...this.calls.values()].filter((call) => call.legs.some(({ id }) => id === leg));
      // A leg that has moved to another call has ended in the first.
      return having.find((call) => call.legs.some(({ id, state }) => id === leg && state !== "ended")) ?? having[0];
    },
    mailbox: (_tenant, user) => this.mailboxes.get(user) ?? { user, language: "en", greeting: null, messages: [] },
    parkedAt: (_tenant, number) => [...this.calls.values()].find(({ parked }) => parked?.number === number),
    ringingAt: (_tenant, extension) => [...this.calls.values()].find((call) => isRingingAt(call, extension)),
    isTalking: (user, except) =>
      [...this.calls.values()].some(({ id, legs }) => id !== except && legs.some((leg) => isOf(leg, user))),
    isQuiet: (user) =>
      isQuiet({
        own: this.statuses.get(user.extension) ?? null,
        doNotDisturb: user.reach.doNotDisturb,
        now: instant(this.now),
      }),
    callsOfKey: (key) => [...this.calls.values()].filter((call) => call.key === key).length,
    legsOnTrunk: (trunk, except) =>
      [...this.calls.values()]
        .filter(({ id }) => id !== except)
        .flatMap(({ legs }) => legs)
        .filter((leg) => isOnTrunk(leg, trunk)).length,
    isBookCommitting: () => this.isBookCommitting,
  };

  take(input: CallInput): void {
    this.now += 1;
    const decision = decide(this.world, input, {
      now: instant(this.now),
      newId: (kind) => this.#newId(kind),
      silence: this.silence,
    });
    this.changed = decision.changed;
    for (const call of decision.changed) this.calls.set(call.id, call);
    for (const id of decision.gone) this.calls.delete(id);
    for (const event of decision.events) {
      this.events.push(event);
      this.state = foldLiveState(this.state, event.event as EventName, event.data as never);
    }
    for (const action of decision.actions) {
      this.actions.push(action);
      if (action.type === "reply" || action.type === "control-reply") this.replied.push(action.to);
      if (action.type === "leg") {
        this.known.add(action.action.leg);
        if (action.action.type === "end") this.ending.add(action.action.leg);
      }
      this.#done.push(this.#inWords(action));
    }
  }

  fact(fact: LegFact): void {
    this.take({ type: "fact", fact });
  }

  /** 101's phone calls a number. */
  phoneCalls(dialled: string, replaces: LegId | null = null): LegId {
    const leg = this.#newId("leg");
    const user = "usr_101" as UserId;
    this.fact({
      type: "incoming",
      leg,
      tenant,
      user,
      dialled,
      shows: { name: "", number: "101" },
      sipCallId: "a",
      replaces,
    });
    return leg;
  }

  place(extension: string, number: string, actor: Actor = anyKey): void {
    const correlation = this.#newId("act");
    this.asked.push(correlation);
    this.take({
      type: "place",
      command: { actor, correlation, extension, number, device: null, isAutoAnswered: false },
    });
  }

  control(leg: LegId | undefined, order: ControlOrder, actor: Actor = anyKey): void {
    if (leg === undefined) return;
    const correlation = this.#newId("act");
    this.asked.push(correlation);
    this.take({ type: "control", command: { actor, correlation, leg, order } });
  }

  digit(leg: LegId, digit: string): void {
    this.fact({ type: "digit", leg, digit, lasted: ms(100) });
  }

  /** What the leg was hearing has come to its end. */
  played(leg: LegId): void {
    const heard = this.world.callOfLeg(leg)?.legs.find(({ id }) => id === leg)?.hears;
    if (heard?.kind === "spoken") this.fact({ type: "play-done", leg, action: "act" as ActionId });
  }

  recorded(leg: LegId, recording: RecordingId, lastedMs: number): void {
    this.fact({ type: "record-done", leg, recording, lasted: ms(lastedMs), why: "stopped" });
  }

  /** Whether the call waits for nothing but its own end: a tone, or a leg that is still to be placed. */
  hasWaitingEnd(call: Call): boolean {
    return call.end !== null || call.waitingForRow.length > 0 || call.legs.some(({ isEnding }) => isEnding);
  }

  rings(leg: LegId | undefined, hasEarlyMedia = false): void {
    if (leg !== undefined) this.fact({ type: "ringing", leg, status: hasEarlyMedia ? 183 : 180, hasEarlyMedia });
  }

  answers(leg: LegId | undefined): void {
    if (leg !== undefined) this.fact({ type: "answered", leg });
  }

  refuses(leg: LegId | undefined, status: number): void {
    if (leg !== undefined) this.#ended(leg, verdictOf({ kind: "status", side: "callee", status }));
  }

  hangsUp(leg: LegId | undefined, side: "caller" | "callee"): void {
    if (leg !== undefined) this.#ended(leg, verdictOf({ kind: "bye", side }));
  }

  cancels(leg: LegId): void {
    this.#ended(leg, verdictOf({ kind: "cancel" }));
  }

  /** The switch did as it was told: the leg has ended. */
  gone(leg: LegId | undefined, why: "normal-clearing" | "completed-elsewhere" | "cancelled" = "normal-clearing"): void {
    if (leg !== undefined) this.#ended(leg, verdictOf({ kind: "ordered", why }));
  }

  bookKeeps(): void {
    for (const call of [...this.calls.keys()]) this.take({ type: "row-kept", call });
  }

  /** The database went away as the rows were being written: they wait in memory. */
  bookSpools(): void {
    this.isBookCommitting = false;
    for (const call of [...this.calls.keys()]) this.take({ type: "row-spooled", call });
  }

  /** The legs that were placed after this one was made. */
  placedSince(leg: LegId): readonly LegId[] {
    return this.legs.slice(this.legs.indexOf(leg) + 1);
  }

  /** The last order to a leg. */
  lastOrder(): LegAction {
    const last = this.actions.flatMap((action) => (action.type === "leg" ? [action.action] : [])).at(-1);
    if (last === undefined) throw new Error("nothing was ordered");
    return last;
  }

  /** The last order to place a leg. */
  lastPlaced(): Extract<LegAction, { type: "place" }> {
    const placed = this.actions.flatMap((action) =>
      action.type === "leg" && action.action.type === "place" ? [action.action] : [],
    );
    const last = placed.at(-1);
    if (last === undefined) throw new Error("no leg was placed");
    return last;
  }

  /** What was ordered since the last look. */
  ordered(): readonly string[] {
    return this.#done.splice(0);
  }

  /** The rows that were completed, as `disposition cause`. */
  rows(): readonly string[] {
    return this.actions.flatMap((action) =>
      action.type === "close-row" ? [`${action.row.disposition} ${action.row.cause}`] : [],
    );
  }

  get names(): readonly string[] {
    return this.events.map(({ event }) => event);
  }

  #asWished(user: User | undefined): User | undefined {
    if (user === undefined) return undefined;
    const { extension } = user;
    return {
      ...user,
      reach: this.wishes.get(extension) ?? user.reach,
      mobile: this.mobiles.get(extension) ?? user.mobile,
      isAlwaysRecorded: this.alwaysRecorded.has(extension),
    };
  }

  #ended(leg: LegId, reason: ReturnType<typeof verdictOf>): void {
    this.fact({ type: "ended", leg, reason, quality: undefined });
  }

  #newId<Kind extends keyof IdKinds>(kind: Kind): IdKinds[Kind] {
    const id = `${kind}_${String(++this.#ids).padStart(26, "0")}` as IdKinds[Kind];
    if (kind === "leg") this.legs.push(id as LegId);
    return id;
  }

  #inWords(action: CallAction): string {
    switch (action.type) {
      case "leg":
        return `${this.#legName(action.action.leg)} ${orderInWords(action.action, (leg) => this.#legName(leg))}`;
      case "control-reply":
        return `control-reply ${action.result.ok ? "ok" : action.result.error.code}`;
      case "reply":
        return `reply ${action.result.ok ? "ok" : action.result.error.code}`;
      case "start-timer":
      case "stop-timer":
        return `${action.type} ${action.timer}`;
      default:
        return action.type;
    }
  }

  #legName(leg: LegId): string {
    return `leg${this.legs.indexOf(leg)}`;
  }
}

function orderInWords(order: LegOrder & { readonly id: ActionId }, name: (leg: LegId) => string): string {
  switch (order.type) {
    case "place":
      return `place ${order.target.kind === "device" ? order.target.device : order.target.number}`;
    case "answer":
      return `answer like ${order.like === null ? "nobody" : name(order.like)}`;
    case "mix":
      return `mix ${order.room.startsWith("call_") ? "call" : order.room} ${order.speaksTo.startsWith("leg_") ? name(order.speaksTo as LegId) : order.speaksTo}`;
    case "bridge":
      return `bridge ${name(order.to)}`;
    case "early-media":
      return `early-media ${name(order.of)}`;
    case "play":
      return `play ${order.source.kind === "tone" ? order.source.tone : order.source.kind}`;
    case "refer-result":
      return `refer-result ${order.status}`;
    case "send-digits":
      return `send-digits ${order.digits}`;
    case "end":
      return `end ${order.reason.why} ${order.reason.sip}`;
    default:
      return order.type;
  }
}
