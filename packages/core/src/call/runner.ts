import type {
  ActionId,
  CallId,
  Clock,
  IdKinds,
  KeyId,
  LegId,
  Log,
  Random,
  Result,
  TenantId,
  Timer,
  TrunkId,
  UserId,
} from "@cordboard/kernel";
import { makeId, ok, refused, seconds, unreachable } from "@cordboard/kernel";
import type { EventBus } from "../bus/index.ts";
import type { Directory, User } from "../directory/index.ts";
import type { HistoryBook } from "../history/index.ts";
import { historyView, wholeRow } from "../history/index.ts";
import { may } from "../identity/index.ts";
import type { RecordingBook } from "../recording/index.ts";
import type { MailboxBook, MailboxChange } from "../voicemail/index.ts";
import type { ControlCall, ControlRefusal } from "./control.ts";
import { decide } from "./decide/decide.ts";
import type { CallDesk, PlaceRefusal } from "./desk.ts";
import type { CallEventData } from "./events.ts";
import { LastCommands } from "./last-commands.ts";
import { usualSilence } from "./limits.ts";
import type { Switch } from "./ports.ts";
import type { Call, CallAction, CallInput, CallTimer, Context, Decision, SilenceLimits, World } from "./types.ts";
import { isOf, isOnTrunk, isRingingAt } from "./types.ts";
import type { CallView } from "./view.ts";
import { callView } from "./views.ts";

/** What the runner of calls works with. */
export interface CallRunnerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly directory: Directory;
  readonly switch: Switch;
  readonly book: HistoryBook;
  readonly bus: EventBus;
  readonly recordings: RecordingBook;
  readonly mailboxes: MailboxBook;
  /** Whether no phone of the user is to ring now. */
  readonly isQuiet: (user: User) => boolean;
  /** Whether the machine can take another call now. */
  readonly admits: () => boolean;
  /** Default {@link usualSilence}. */
  readonly silence?: SilenceLimits;
}

/** All live calls of this server, and the one place where decisions about them become deeds. */
export interface CallRunner extends CallDesk {
  /** The live calls of a tenant, as the outside sees them. */
  views(tenant: TenantId): readonly CallView[];
  /** How many calls are up. */
  count(): number;
  /** Takes no new calls from now on; settles when the last has ended. */
  drain(): Promise<void>;
  /** Ends every call now. */
  endAll(): void;
  /** Stops the timers of the runner itself. */
  stop(): void;
}

type Reply = Result<{ readonly call: CallId }, PlaceRefusal>;

/** How often each live call's row is touched, and how often some of them are. */
const TOUCH_EVERY = seconds(10);
const TOUCH_SLICE = seconds(1);

/** Makes the runner and lets it listen to the switch. */
export function createCallRunner(parts: CallRunnerParts): CallRunner {
  return new Runner(parts);
}

class Runner implements CallRunner {
  readonly #parts: CallRunnerParts;
  readonly #calls: Map<CallId, Call> = new Map();
  readonly #callOfLeg: Map<LegId, CallId> = new Map();
  readonly #timers: Map<string, Timer> = new Map();
  readonly #waiting: Map<ActionId, (reply: Reply) => void> = new Map();
  readonly #world: World;
  readonly #newId: Context["newId"];
  /** Commands on live calls that wait for their answer. */
  readonly #asked: Map<ActionId, (reply: Result<undefined, ControlRefusal>) => void> = new Map();
  readonly #commands: LastCommands;
  #isDraining = false;
  #drained: (() => void)[] = [];
  #touch: Timer;
  #touches = 0;

  constructor(parts: CallRunnerParts) {
    this.#parts = parts;
    this.#commands = new LastCommands(parts.clock);
    this.#newId = (kind) => makeId<typeof kind & keyof IdKinds>(kind, parts.clock.now(), parts.random);
    this.#world = {
      directory: parts.directory,
      call: (id) => this.#calls.get(id),
      callOfLeg: (leg) => this.#calls.get(this.#callOfLeg.get(leg) ?? ("" as CallId)),
      mailbox: (tenant, user) => parts.mailboxes.mailbox(tenant, user),
      parkedAt: (tenant, number) => this.#find((call) => call.tenant === tenant && call.parked?.number === number),
      ringingAt: (tenant, extension) => this.#find((call) => call.tenant === tenant && isRingingAt(call, extension)),
      isTalking: (user, except) => this.#isTalking(user, except),
      isQuiet: parts.isQuiet,
      callsOfKey: (key) => this.#callsOfKey(key),
      legsOnTrunk: (trunk, except) => this.#legsOnTrunk(trunk, except),
      isBookCommitting: () => parts.book.state() === "committing",
    };
    parts.switch.onFact((fact) => this.#take({ type: "fact", fact }));
    this.#touch = parts.clock.after(TOUCH_SLICE, () => this.#touchRows());
  }

  place(command: Parameters<CallDesk["place"]>[0]): Promise<Reply> {
    if (this.#isDraining) return Promise.resolve(refused({ code: "shutting-down" }));
    if (this.#parts.book.state() === "away") return Promise.resolve(refused({ code: "database-away" }));
    if (!this.#parts.admits()) return Promise.resolve(refused({ code: "overloaded" }));
    return new Promise((resolve) => {
      this.#waiting.set(command.correlation, resolve);
      this.#take({ type: "place", command });
    });
  }

  control(command: ControlCall): Promise<Result<undefined, ControlRefusal>> {
    return this.#commands.give(
      command,
      () =>
        new Promise((resolve) => {
          this.#asked.set(command.correlation, resolve);
          this.#take({ type: "control", command });
        }),
    );
  }

  hangUp(...[actor, id]: Parameters<CallDesk["hangUp"]>): ReturnType<CallDesk["hangUp"]> {
    const call = this.#calls.get(id);
    const extensions = call?.legs.flatMap(({ at }) => (at.kind === "user" ? [at.extension] : [])) ?? [];
    if (call === undefined || call.tenant !== actor.tenant || !may(actor, { type: "end-call", extensions })) {
      return refused({ code: "unknown-call" });
    }
    this.#take({ type: "hang-up", call: id, why: "normal-clearing" });
    return ok(undefined);
  }

  views(tenant: TenantId): readonly CallView[] {
    return [...this.#calls.values()].filter((call) => call.tenant === tenant).map((call) => callView(call));
  }

  count(): number {
    return this.#calls.size;
  }

  drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  endAll(): void {
    for (const call of [...this.#calls.keys()]) this.#take({ type: "hang-up", call, why: "shutting-down" });
  }

  stop(): void {
    this.#touch.cancel();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #take(input: CallInput): void {
    const { clock, silence = usualSilence } = this.#parts;
    const decision = decide(this.#world, input, { now: clock.now(), newId: this.#newId, silence });
    this.#apply(decision);
    for (const { tenant, event, data } of decision.events) this.#parts.bus.publish(tenant, event, data);
    for (const each of decision.events) if (each.event === "leg.silent.v1") this.#noteSilence(each.tenant, each.data);
    for (const action of decision.actions) this.#do(action);
    if (this.#calls.size === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  #noteSilence(tenant: TenantId, { leg, sound, call }: CallEventData["leg.silent.v1"]): void {
    if (sound !== "fine") this.#parts.log.warn("no sound comes from a leg", { tenant, call: call.id, leg, sound });
  }

  #apply({ changed, gone }: Decision): void {
    for (const call of changed) {
      this.#calls.set(call.id, call);
      // One that has moved to another call has ended in this one, and belongs to the other.
      for (const leg of call.legs) if (leg.state !== "ended") this.#callOfLeg.set(leg.id, call.id);
    }
    for (const id of gone) {
      for (const leg of this.#calls.get(id)?.legs ?? [])
        if (this.#callOfLeg.get(leg.id) === id) this.#callOfLeg.delete(leg.id);
      this.#calls.delete(id);
    }
  }

  #do(action: CallAction): void {
    const { book, clock } = this.#parts;
    switch (action.type) {
      case "leg":
        return this.#parts.switch.act(action.action);
      case "start-timer":
        this.#cancelTimer(action.call, action.timer);
        this.#timers.set(
          `${action.call} ${action.timer}`,
          clock.after(action.after, () => this.#timerRan(action.call, action.timer)),
        );
        return;
      case "stop-timer":
        return this.#cancelTimer(action.call, action.timer);
      case "open-row":
        book.open(action.row).then(
          (kept) => this.#take({ type: kept === "committed" ? "row-kept" : "row-spooled", call: action.row.id }),
          (fault: unknown) => this.#rowLost(action.row.id, fault),
        );
        return;
      case "answer-row":
        return book.answered(action.tenant, action.call, action.at, action.dstchannel);
      case "close-row":
        void this.#closeRow(action);
        return;
      case "reply": {
        const resolve = this.#waiting.get(action.to);
        this.#waiting.delete(action.to);
        return resolve?.(action.result);
      }
      case "open-recording":
        return this.#parts.recordings.open(action.recording);
      case "close-recording":
        return this.#parts.recordings.close(action.tenant, action.id, action.lasted);
      case "mailbox":
        void this.#changeMailbox(action.change);
        return;
      case "control-reply":
        this.#asked.get(action.to)?.(action.result);
        this.#asked.delete(action.to);
        return;
      default:
        return unreachable(action);
    }
  }

  #timerRan(call: CallId, timer: CallTimer): void {
    this.#timers.delete(`${call} ${timer}`);
    this.#take({ type: "timer", call, timer });
  }

  #cancelTimer(call: CallId, timer: CallTimer): void {
    this.#timers.get(`${call} ${timer}`)?.cancel();
    this.#timers.delete(`${call} ${timer}`);
  }

  #rowLost(call: CallId, fault: unknown): void {
    this.#parts.log.error("a call was refused because its history row could not be kept", { call, fault });
    this.#take({ type: "row-lost", call });
  }

  async #closeRow({ opened, row, extensions }: Extract<CallAction, { type: "close-row" }>): Promise<void> {
    try {
      await this.#parts.book.close(row);
      const { timeZone = "UTC" } = this.#parts.directory.tenant(row.tenant) ?? {};
      const data = { call: row.id, row: historyView(wholeRow(opened, row), timeZone), extensions };
      this.#parts.bus.publish(row.tenant, "history.recorded.v1", data);
    } catch (fault) {
      this.#parts.log.error("a history row could not be completed", { call: row.id, fault });
    }
  }

  async #changeMailbox(change: MailboxChange): Promise<void> {
    const tenant = change.type === "begin-message" ? change.message.tenant : change.tenant;
    try {
      const counts = await this.#parts.mailboxes.change(change);
      const user = counts === undefined ? undefined : this.#parts.directory.user(tenant, counts.user);
      if (counts === undefined || user === undefined) return;
      const { fresh, old } = counts;
      this.#parts.bus.publish(tenant, "voicemail.changed.v1", { extension: user.extension, fresh, old });
    } catch (fault) {
      this.#parts.log.error("a mailbox could not be changed", { tenant, change: change.type, fault });
    }
  }

  /** A tenth of the calls each second, by the second in which they began: all at once would hold up the sound of hundreds. */
  #touchRows(): void {
    this.#touch = this.#parts.clock.after(TOUCH_SLICE, () => this.#touchRows());
    const slices = TOUCH_EVERY / TOUCH_SLICE;
    const slice = this.#touches++ % slices;
    const due = [...this.#calls.values()].filter(
      ({ startedAt }) => Math.floor(startedAt / TOUCH_SLICE) % slices === slice,
    );
    if (due.length > 0) this.#parts.book.touch(due, this.#parts.clock.now());
  }

  #find(fits: (call: Call) => boolean): Call | undefined {
    for (const call of this.#calls.values()) if (fits(call)) return call;
    return undefined;
  }

  #isTalking(user: UserId, except: CallId): boolean {
    for (const { id, legs } of this.#calls.values()) {
      if (id !== except && legs.some((leg) => isOf(leg, user))) return true;
    }
    return false;
  }

  #callsOfKey(key: KeyId): number {
    let count = 0;
    for (const call of this.#calls.values()) if (call.key === key) count++;
    return count;
  }

  #legsOnTrunk(trunk: TrunkId, except: CallId): number {
    let count = 0;
    for (const { id, legs } of this.#calls.values()) {
      if (id !== except) count += legs.filter((leg) => isOnTrunk(leg, trunk)).length;
    }
    return count;
  }
}
