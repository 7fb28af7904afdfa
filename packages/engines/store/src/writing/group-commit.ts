import type { Clock, Log, Millis, Timer } from "@cordboard/kernel";
import { ms, PlatformError } from "@cordboard/kernel";
import { backoff } from "../waiting.ts";
import { messageOf, refusesData } from "./refusal.ts";

/** How a change was kept: in the database, or in memory until the database is back. */
export type Kept = "committed" | "spooled";

/** What a {@link GroupCommit} writes, and how. */
export interface GroupCommitOptions<Change> {
  /** For the log. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Commits all of it in one transaction, or nothing. Writing the same again changes nothing. */
  readonly write: (changes: readonly Change[]) => Promise<void>;
  /** What two changes of one key come to. */
  readonly merge: (older: Change, newer: Change) => Change;
  /** Whether the change is of no use once it is late, and is dropped rather than spooled. */
  readonly isFleeting: (change: Change) => boolean;
  /** Whether the change begins something that had better not begin after a long outage. */
  readonly isBeginning: (change: Change) => boolean;
  /**
   * Least time from the beginning of one group to that of the next; none unless said. A commit costs the database about as much
   * as ten changes, so that many small groups would take the time of few large ones several times over.
   */
  readonly spacing?: Millis;
  /** Keys that may wait at once. */
  readonly most: number;
  /** How long beginnings are spooled while the database is away. */
  readonly longest: Millis;
  /** Tells that the database is back; returns how to stop listening. */
  readonly onBack: (listener: () => void) => () => void;
}

interface Waiting<Change> {
  readonly change: Change;
  readonly waiters: readonly Waiter[];
}

interface Waiter {
  readonly resolve: (kept: Kept) => void;
  readonly reject: (error: PlatformError) => void;
}

const MOST_AT_ONCE = 1_000;
const FIRST_RETRY = ms(50);
const LAST_RETRY = ms(2_000);

/**
 * Writes changes in groups: at once when nothing has been written just now, else all that came in the meantime when that is
 * done. So a lone change waits for one commit, and a thousand a second share some. Changes of one key keep their order,
 * because they are merged while they wait and a key is in one group at a time.
 *
 * When the database is away they wait in memory, bounded by number and time, and are written when it is back.
 */
export class GroupCommit<Change> {
  readonly #options: GroupCommitOptions<Change>;
  readonly #waiting = new Map<string, Waiting<Change>>();
  readonly #stopListening: () => void;
  #writing: Promise<void> | undefined;
  #begunAt: Millis | undefined;
  #inFlight = 0;
  #isAskedAgain = false;
  #awaySince: Millis | undefined;
  #failures = 0;
  #retry: Timer | undefined;
  #isClosed = false;

  constructor(options: GroupCommitOptions<Change>) {
    this.#options = options;
    this.#stopListening = options.onBack(() => this.#begin());
  }

  /** Settles when the change is kept; rejects with `database-unavailable` when it is neither written nor spooled. */
  add(key: string, change: Change): Promise<Kept> {
    const refusal = this.#refusalOf(key, change);
    if (refusal !== undefined) return Promise.reject(new PlatformError("database-unavailable", refusal));
    // What is of no use when late takes no place in the spool, unless its key has one anyway.
    if (this.#awaySince !== undefined && this.#options.isFleeting(change) && !this.#waiting.has(key))
      return Promise.resolve("spooled");
    const kept = new Promise<Kept>((resolve, reject) => {
      const isSpooled = this.#awaySince !== undefined;
      this.#put(key, { change, waiters: isSpooled ? [] : [{ resolve, reject }] });
      if (isSpooled) resolve("spooled");
    });
    if (this.#awaySince === undefined) this.#begin();
    return kept;
  }

  /** Keeps what can be kept, and asks for no answer. */
  addQuietly(key: string, change: Change): void {
    this.add(key, change).catch((error: unknown) => {
      if (!this.#options.isFleeting(change))
        this.#options.log.warn("a change was lost", { of: this.#options.name, error: messageOf(error) });
    });
  }

  state(): "committing" | "spooling" | "away" {
    if (this.#awaySince === undefined) return "committing";
    return this.#isAwayLong() || this.#isFull() ? "away" : "spooling";
  }

  /** How many keys wait or are being written. */
  size(): number {
    return this.#waiting.size + this.#inFlight;
  }

  /** Writes what waits, if the database takes it, and takes nothing more. Returns how many were left unwritten. */
  async close(): Promise<number> {
    this.#isClosed = true;
    this.#stopListening();
    this.#retry?.cancel();
    await this.#writing;
    if (this.#waiting.size > 0) {
      this.#begin();
      await this.#writing;
    }
    this.#retry?.cancel();
    return this.#waiting.size;
  }

  #refusalOf(key: string, change: Change): string | undefined {
    const { name, isBeginning } = this.#options;
    if (this.#isClosed) return `${name}: closed`;
    if (this.#isFull() && !this.#waiting.has(key)) return `${name}: ${this.size()} changes wait already`;
    if (this.#isAwayLong() && isBeginning(change)) return `${name}: the database has been away for long`;
    return undefined;
  }

  #isFull(): boolean {
    return this.size() >= this.#options.most;
  }

  #isAwayLong(): boolean {
    const { clock, longest } = this.#options;
    return this.#awaySince !== undefined && clock.monotonic() - this.#awaySince >= longest;
  }

  #put(key: string, { change, waiters }: Waiting<Change>): void {
    const known = this.#waiting.get(key);
    if (known === undefined) this.#waiting.set(key, { change, waiters });
    else
      this.#waiting.set(key, {
        change: this.#options.merge(known.change, change),
        waiters: [...known.waiters, ...waiters],
      });
  }

  #begin(): void {
    if (this.#writing === undefined) this.#writing = this.#run();
    else this.#isAskedAgain = true;
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn shares the first commit.
    await Promise.resolve();
    do {
      this.#isAskedAgain = false;
      this.#retry?.cancel();
      await this.#writeAll();
    } while (this.#isAskedAgain && this.#waiting.size > 0);
    this.#writing = undefined;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      await this.#itsTurn();
      const group = [...this.#waiting].slice(0, MOST_AT_ONCE);
      for (const [key] of group) this.#waiting.delete(key);
      this.#inFlight = group.length;
      const isWritten = await this.#writeGroup(group);
      this.#inFlight = 0;
      if (!isWritten) return this.#tryLater();
      if (this.#awaySince !== undefined)
        this.#options.log.info("the database takes changes again", { of: this.#options.name });
      this.#awaySince = undefined;
      this.#failures = 0;
    }
  }

  /** Waits until the next group may begin. */
  async #itsTurn(): Promise<void> {
    const { clock, spacing = 0 } = this.#options;
    const wait = this.#begunAt === undefined ? 0 : this.#begunAt + spacing - clock.monotonic();
    if (wait > 0) await new Promise<void>((resolve) => clock.after(ms(wait), resolve));
    this.#begunAt = clock.monotonic();
  }

  /** Whether the group is done with; if not, it waits again, before what came later. */
  async #writeGroup(group: readonly (readonly [string, Waiting<Change>])[]): Promise<boolean> {
    try {
      await this.#options.write(group.map(([, { change }]) => change));
      for (const [, { waiters }] of group) for (const { resolve } of waiters) resolve("committed");
      return true;
    } catch (error) {
      if (!refusesData(error)) {
        this.#spool(group, error);
        return false;
      }
      if (group.length === 1) {
        this.#discard(group[0]?.[1], error);
        return true;
      }
    }
    // One change is refused for what it says: halve the group until it stands alone, so that the others are kept.
    const half = Math.ceil(group.length / 2);
    if (await this.#writeGroup(group.slice(0, half))) return this.#writeGroup(group.slice(half));
    this.#putBack(group.slice(half));
    return false;
  }

  #discard(refused: Waiting<Change> | undefined, cause: unknown): void {
    this.#options.log.error("the database refused a change", { of: this.#options.name, error: messageOf(cause) });
    const error = new PlatformError("internal", `${this.#options.name}: the database refused a change`, cause);
    for (const { reject } of refused?.waiters ?? []) reject(error);
  }

  #spool(group: readonly (readonly [string, Waiting<Change>])[], error: unknown): void {
    const { clock, log, name } = this.#options;
    this.#inFlight = 0;
    if (this.#awaySince === undefined) {
      this.#awaySince = clock.monotonic();
      log.warn("the database takes no changes; they wait in memory", { of: name, error: messageOf(error) });
    }
    this.#putBack(group);
    for (const [key, { change, waiters }] of this.#waiting) {
      for (const { resolve } of waiters) resolve("spooled");
      this.#waiting.set(key, { change, waiters: [] });
    }
  }

  #putBack(group: readonly (readonly [string, Waiting<Change>])[]): void {
    const later = [...this.#waiting];
    this.#waiting.clear();
    for (const [key, waiting] of [...group, ...later]) this.#put(key, waiting);
    for (const [key, { change, waiters }] of this.#waiting) {
      if (!this.#options.isFleeting(change)) continue;
      this.#waiting.delete(key);
      for (const { resolve } of waiters) resolve("spooled");
    }
  }

  #tryLater(): void {
    const { clock } = this.#options;
    if (this.#isClosed) return;
    this.#retry = clock.after(backoff(FIRST_RETRY, LAST_RETRY, this.#failures++), () => this.#begin());
  }
}
