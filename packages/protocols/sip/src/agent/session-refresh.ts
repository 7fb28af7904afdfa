import type { Millis, Timer } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import { glareDelay } from "../dialog/answer-resend.ts";
import type {
  Session,
  SessionTimerAction,
  SessionTimerInput,
  SessionTimerSettings,
  SessionTimerState,
} from "../dialog/session-timer.ts";
import {
  agreedSession,
  answerSession,
  askedSession,
  isTooShort,
  SHORTEST_SESSION,
  sessionTermsOf,
  startSessionTimer,
  stepSessionTimer,
} from "../dialog/session-timer.ts";
import { wholeNumber } from "../message/characters.ts";
import type { HeaderList } from "../message/header-field.ts";
import type { Headers } from "../message/headers.ts";
import type { Content } from "../message/message.ts";
import type { Core } from "./core.ts";
import type { Outcome } from "./request-types.ts";

/** A refresh that was refused is tried again after so long. */
const RETRY_AFTER: Millis = ms(10_000);

/** What the timer of a session asks of its dialog. */
export interface RefreshOwner {
  readonly begin: {
    readonly isCaller: boolean;
    /** Whether the peer takes UPDATE, by what it said so far. */
    readonly mayUpdate: boolean;
    readonly session: Session | undefined;
  };
  /** Sends an UPDATE that changes nothing. */
  update(): Promise<Outcome>;
  /** Asks the owner of the dialog for a re-INVITE; undefined when it sends none. */
  askOwner(): (() => void) | undefined;
  /** Nobody refreshed: the dialog is over. */
  expire(): void;
}

/** Runs the timer of one dialog's session. @rfc 4028#10 */
export class SessionRefresh {
  readonly #core: Core;
  readonly #settings: SessionTimerSettings;
  readonly #owner: RefreshOwner;
  #state: SessionTimerState = startSessionTimer;
  #mayUpdate: boolean;
  /** What holds at the moment; undefined without a timer. */
  #session: Session | undefined;
  #timer: Timer | undefined;

  constructor(core: Core, settings: SessionTimerSettings, owner: RefreshOwner) {
    this.#core = core;
    this.#settings = settings;
    this.#owner = owner;
    this.#mayUpdate = owner.begin.mayUpdate;
    this.#agreed(owner.begin.session);
  }

  /** A re-INVITE or UPDATE with what it says of the timer; nothing where the peer wanted none. @rfc 4028#7.4 */
  timed(content: Content): Content {
    const session = this.#session;
    if (session === undefined) return content;
    const asked = askedSession(session.seconds, SHORTEST_SESSION, session.isRefresher ? "uac" : "uas");
    return { ...content, headers: [...(content.headers ?? []), ...asked] };
  }

  /** Takes what came of a re-INVITE or UPDATE of ours. */
  heard({ ok, response }: Outcome): void {
    if (!ok || response === undefined || this.#session === undefined) return;
    this.#mayUpdate = allowsUpdate(response.headers) ?? this.#mayUpdate;
    this.#agreed(agreedSession(response.headers));
  }

  /** What our 2xx to a re-INVITE or UPDATE says of the timer, which starts anew. @rfc 4028#9 */
  answer(headers: Headers): HeaderList {
    this.#mayUpdate = allowsUpdate(headers) ?? this.#mayUpdate;
    const canRefresh = this.#mayUpdate || this.#owner.askOwner() !== undefined;
    const refresher = this.#session?.isRefresher === true ? "uas" : "uac";
    const answered = answerSession(sessionTermsOf(headers), this.#settings, { refresher, canRefresh });
    this.#agreed(answered?.session);
    return answered?.headers ?? [];
  }

  /** The dialog is over. */
  stop(): void {
    this.#agreed(undefined);
  }

  #agreed(session: Session | undefined): void {
    this.#session = session;
    this.#input({ type: "agreed", session });
  }

  #input(input: SessionTimerInput): void {
    const [state, actions] = stepSessionTimer(this.#state, input, this.#core.clock.monotonic());
    this.#state = state;
    for (const action of actions) this.#run(action);
  }

  #run(action: SessionTimerAction): void {
    switch (action.type) {
      case "start-timer":
        this.#timer?.cancel();
        this.#timer = this.#core.clock.after(action.after, () => this.#input({ type: "timer" }));
        return;
      case "stop-timer":
        this.#timer?.cancel();
        this.#timer = undefined;
        return;
      case "refresh":
        return void this.#refresh();
      case "end":
        return this.#owner.expire();
      default:
        return unreachable(action);
    }
  }

  async #refresh(): Promise<void> {
    const outcome = await this.#ask();
    if (outcome?.ok === true) return;
    this.#input({ type: "refresh-failed", retryAfter: this.#retryAfter(outcome) });
  }

  /** By UPDATE where the peer takes it, else by its owner, of whom it is heard in {@link heard}. */
  async #ask(): Promise<Outcome | undefined> {
    if (this.#mayUpdate) {
      const outcome = await this.#owner.update();
      if (outcome.status === 405 || outcome.status === 501) this.#mayUpdate = false;
      return outcome;
    }
    this.#core.guard(() => this.#owner.askOwner()?.());
    return undefined;
  }

  #retryAfter(outcome: Outcome | undefined): Millis {
    if (outcome === undefined) return RETRY_AFTER;
    if (outcome.status === 491) return glareDelay(this.#owner.begin.isCaller, this.#core.random.bytes(1)[0] ?? 0);
    const seconds = wholeNumber(outcome.response?.headers.get("Retry-After") ?? "", 5);
    if (seconds !== undefined) return ms(seconds * 1000);
    // It knows no UPDATE, or wants another interval: the next try does as it wants.
    return outcome.status === 405 || outcome.status === 501 || outcome.status === 422 ? ms(0) : RETRY_AFTER;
  }
}

/** What a 422 says to a request that asks for too short a session; undefined when it does not. */
export function tooShortSession({ sessionTimers }: Core, headers: Headers): HeaderList | undefined {
  if (sessionTimers === undefined || !isTooShort(sessionTermsOf(headers), sessionTimers)) return undefined;
  return [["Min-SE", String(sessionTimers.minSeconds)]];
}

/** Whether a message says that its sender takes UPDATE; undefined when it does not say. */
export const allowsUpdate = (headers: Headers): boolean | undefined =>
  headers.has("Allow") ? headers.values("Allow").includes("UPDATE") : undefined;
