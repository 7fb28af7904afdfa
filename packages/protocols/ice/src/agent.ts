import type { Clock, Millis, Random, Timer } from "@cordboard/kernel";
import { ms, randomHex } from "@cordboard/kernel";
import type { Endpoint } from "./address.ts";
import { addressBytes, isSamePlace } from "./address.ts";
import type { Candidate } from "./candidate.ts";
import { candidatePriority } from "./candidate.ts";
import { CheckList } from "./check-list.ts";
import type { IceTerms } from "./checks.ts";
import { hexOf, isSignedBy, nameOfPeersChecks, printAnswer, printCheck, unknownAttribute } from "./checks.ts";
import { Consent } from "./consent.ts";
import type { Pair } from "./pair.ts";
import { isSound } from "./pair.ts";
import { Role } from "./role.ts";
import type { ReceivedStun, StunAttribute, StunCrypto } from "./stun/message.ts";
import { attributeType, parseStun } from "./stun/message.ts";
import { attributeValue, errorAttribute, errorOf, mappedAddress, numberOf, usernameOf } from "./stun/values.ts";

/** What an agent works with. */
export interface IceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: StunCrypto;
  send(bytes: Uint8Array, to: Endpoint): void;
  /** What we send goes another way from now on; undefined: the peer consents no longer, and nothing may be sent. */
  onPath(path: Endpoint | undefined): void;
}

/** An agent as another worker takes it on. */
export interface IceSnapshot {
  readonly terms: IceTerms;
  readonly path: Endpoint | undefined;
}

/** Between two first checks. @rfc 8445#14.2 */
const PACE = ms(50);
/** Until a check is sent again, and how often that is done. */
const RESEND_AFTER = ms(500);
const MAX_TRIES = 14;
/** How long a worse way that works waits for a better one that may. */
const BETTER_WITHIN = ms(300);
/** A way of which nothing was heard for this long gives way to a worse one that the peer has chosen. */
const STALE_AFTER = ms(1_000);

const twoBytes = (number: number): Uint8Array => Uint8Array.of(number >> 8, number & 255);

/**
 * The ICE agent of one leg, full, with one socket and one component (RTCP shares the port):
 *
 *     checking ──a check came back──▶ a way ──chosen──▶ the way ──no consent for 30 s──▶ none
 *         ▲                                                └──the peer restarts──▶ checking (the old way carries on)
 *
 * Checks and answers are signed with passwords that only the two descriptions named; what is not so signed changes nothing.
 * @rfc 8445#2
 * @rfc 7675#5.1
 */
export class IceAgent {
  readonly #parts: IceParts;
  readonly #role: Role;
  readonly #consent: Consent;
  #terms: IceTerms;
  /** The run before a restart, whose checks are still answered. */
  #earlier: IceTerms | undefined;
  #list: CheckList = new CheckList();
  /** Ways of the run before, from which packets still come. */
  #earlierWays: readonly Endpoint[] = [];
  #path: Endpoint | undefined;
  #isChosen = false;
  #wasAsked = false;
  #firstSuccess: Millis | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: IceParts, { terms, path }: IceSnapshot) {
    this.#parts = parts;
    this.#role = new Role(parts.random.bytes(8), terms);
    this.#consent = new Consent(parts.random);
    this.#terms = terms;
    this.#addCandidates(terms.candidates);
    if (path !== undefined) this.#goOn(path);
    this.#schedule();
  }

  /** Takes what was negotiated again: other credentials of the peer begin a new run, the same ones may bring more addresses, or new hope. */
  agree(terms: IceTerms): void {
    const isRestart = terms.remote.usernameFragment !== this.#terms.remote.usernameFragment;
    if (isRestart) {
      this.#earlier = this.#terms;
      this.#earlierWays = this.#list.proved;
      this.#list = new CheckList();
      this.#isChosen = false;
      this.#firstSuccess = undefined;
      this.#role.begin(terms);
    }
    // The peer may not have looked until now.
    if (this.#path === undefined) this.#list.retry();
    this.#terms = isRestart ? terms : { ...terms, local: this.#terms.local };
    this.#addCandidates(terms.candidates);
    this.#schedule();
  }

  /** Where our packets go. */
  get path(): Endpoint | undefined {
    return this.#path;
  }

  /** Whether a genuine check of the peer has come, by whatever way. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** Whether a place has proved to be the peer's: what comes from elsewhere is not looked at. */
  isPeer(from: Endpoint): boolean {
    if (this.#path !== undefined && isSamePlace(this.#path, from)) return true;
    return this.#list.hasProved(from) || this.#earlierWays.some((way) => isSamePlace(way, from));
  }

  /** Takes a datagram of STUN; false when it is not the peer's. */
  take(bytes: Uint8Array, from: Endpoint): boolean {
    const parsed = parseStun(bytes);
    if (!parsed.ok || this.#isClosed) return false;
    switch (parsed.value.class) {
      case "request":
        return this.#onRequest(parsed.value, from);
      case "success":
      case "error":
        return this.#onAnswer(parsed.value, from);
      default:
        // An indication only keeps routers awake.
        return this.isPeer(from);
    }
  }

  /** What another worker needs to go on. */
  snapshot(): IceSnapshot {
    return { terms: { ...this.#terms, isControlling: this.#role.isControlling }, path: this.#path };
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  get #now(): Millis {
    return this.#parts.clock.monotonic();
  }

  #addCandidates(candidates: readonly Candidate[]): void {
    for (const { address, port, priority } of candidates)
      if (addressBytes(address) !== undefined) this.#list.to({ address, port }, priority, this.#now);
  }

  /** Takes up a way that another worker had found. */
  #goOn(path: Endpoint): void {
    const pair = this.#list.to(path, candidatePriority("prflx"), this.#now);
    if (pair !== undefined) Object.assign(pair, { state: "succeeded", provedAt: this.#now });
    this.#path = path;
    this.#isChosen = true;
    this.#consent.give(this.#now);
  }

  /** @rfc 8445#7.3 */
  #onRequest(message: ReceivedStun, from: Endpoint): boolean {
    const { crypto } = this.#parts;
    const name = usernameOf(message);
    const terms = [this.#terms, this.#earlier].find((each) => each !== undefined && nameOfPeersChecks(each) === name);
    if (terms === undefined || !isSignedBy(message, terms.local, crypto)) return false;
    this.#wasAsked = true;
    const answer = (kind: "success" | "error", ...attributes: readonly StunAttribute[]): void =>
      this.#parts.send(printAnswer(message, { class: kind, attributes, by: terms.local }, crypto), from);
    const unknown = unknownAttribute(message);
    const isCurrent = terms === this.#terms;
    if (unknown !== undefined) {
      answer("error", errorAttribute(420), { type: attributeType.unknownAttributes, value: twoBytes(unknown) });
    } else if (isCurrent && !this.#role.settle(message)) answer("error", errorAttribute(487));
    else {
      const mapped = mappedAddress(from, message.transaction);
      answer("success", ...(mapped === undefined ? [] : [mapped]));
      if (isCurrent) this.#learn(message, from);
    }
    return true;
  }

  /** A genuine check came: its way is tried at once, and chosen when the peer says so. @rfc 8445#7.3.1.3 */
  #learn(message: ReceivedStun, from: Endpoint): void {
    const priority = numberOf(message, attributeType.priority) ?? candidatePriority("prflx");
    const pair = this.#list.to(from, priority, this.#now);
    if (pair === undefined) return;
    const isChosen = !this.#role.isControlling && attributeValue(message, attributeType.useCandidate) !== undefined;
    if (pair.state === "succeeded") {
      pair.provedAt = this.#now;
      if (isChosen) this.#choose(pair);
      return;
    }
    pair.isWanted ||= isChosen;
    if (pair.state !== "in-progress") this.#check(pair);
    this.#schedule();
  }

  /** @rfc 8445#7.2.5 */
  #onAnswer(message: ReceivedStun, from: Endpoint): boolean {
    const pair = this.#list.asking(hexOf(message.transaction));
    if (pair === undefined || !isSamePlace(pair.remote, from)) return false;
    if (!isSignedBy(message, this.#terms.remote, this.#parts.crypto)) return false;
    pair.transaction = undefined;
    if (message.class === "success") this.#onSuccess(pair);
    else if (errorOf(message) === 487) {
      // Several checks that were under way may be refused for the same part, which is given up once.
      if (pair.wasControlling === this.#role.isControlling) this.#role.giveIn();
      // It waits for its turn again: a peer that always refuses is not asked without end.
      pair.state = "waiting";
    } else pair.state = "failed";
    this.#schedule();
    return true;
  }

  #onSuccess(pair: Pair): void {
    const now = this.#now;
    pair.state = "succeeded";
    pair.provedAt = now;
    this.#firstSuccess ??= now;
    if (this.#path !== undefined && isSamePlace(pair.remote, this.#path)) this.#consent.give(now);
    if (pair.isNominating || pair.isWanted) this.#choose(pair);
    // Until one is chosen any that works will do, and after a restart the old one as long as it does.
    else if (this.#path === undefined) this.#take(pair.remote);
    else this.#doubtTheWay(pair);
    pair.isNominating = false;
    pair.isWanted = false;
  }

  /** The peer turns up elsewhere: if it is for us to choose, the way that we have is asked at once whether it still works. */
  #doubtTheWay(other: Pair): void {
    const current = this.#list.at(this.#path);
    if (!this.#role.isControlling || !this.#isChosen || current === undefined || current === other) return;
    if (current.transaction === undefined) this.#check(current);
  }

  /** The peer may choose again and again; a worse way takes over only from one that has fallen silent. */
  #choose(pair: Pair): void {
    const current = this.#list.at(this.#path);
    const isBetter =
      !this.#isChosen ||
      current === undefined ||
      !isSound(current) ||
      pair.remotePriority >= current.remotePriority ||
      this.#now - (current.provedAt ?? 0) > STALE_AFTER;
    if (!isBetter) return;
    this.#isChosen = true;
    this.#earlierWays = [];
    this.#take(pair.remote);
  }

  #take(path: Endpoint): void {
    this.#consent.give(this.#now);
    if (this.#path !== undefined && isSamePlace(path, this.#path)) return;
    this.#path = path;
    this.#parts.onPath(path);
  }

  #check(pair: Pair): void {
    if (pair.transaction === undefined) {
      pair.transaction = randomHex(this.#parts.random, 12);
      pair.tries = 0;
      pair.wasControlling = this.#role.isControlling;
    }
    if (pair.state !== "succeeded") pair.state = "in-progress";
    pair.tries++;
    pair.nextAt = ms(this.#now + RESEND_AFTER);
    const check = {
      transaction: pair.transaction,
      terms: this.#terms,
      isControlling: pair.wasControlling,
      tieBreaker: this.#role.tieBreaker,
      isNominating: pair.isNominating || this.#isTheWay(pair),
    };
    this.#parts.send(printCheck(check, this.#parts.crypto), pair.remote);
  }

  /** The way that was chosen is named again with each check: the peer may have come to it from elsewhere. */
  #isTheWay({ remote }: Pair): boolean {
    return this.#isChosen && this.#path !== undefined && isSamePlace(remote, this.#path);
  }

  #tick(): void {
    const now = this.#now;
    for (const pair of this.#list.due(now)) this.#again(pair);
    const { untried } = this.#list;
    if (untried !== undefined) this.#check(untried);
    if (this.#mustChoose) this.#nominate(now);
    this.#keepConsent(now);
    this.#schedule();
  }

  /** Whether it is for us to name a way: none is chosen yet, or the one that was works no longer and another does. */
  get #mustChoose(): boolean {
    if (!this.#role.isControlling || this.#list.best === undefined) return false;
    const chosen = this.#isChosen ? this.#list.at(this.#path) : undefined;
    return chosen === undefined || !isSound(chosen);
  }

  #again(pair: Pair): void {
    if (pair.tries < MAX_TRIES) return this.#check(pair);
    pair.transaction = undefined;
    pair.isNominating = false;
    pair.state = "failed";
  }

  /** Chooses the best way that works, as soon as no better one can still turn out to. @rfc 8445#8.1.1 */
  #nominate(now: Millis): void {
    const pair = this.#list.best;
    if (pair === undefined || this.#firstSuccess === undefined || this.#list.isNominating) return;
    if (this.#list.mayGetBetterThan(pair) && now - this.#firstSuccess < BETTER_WITHIN) return;
    pair.isNominating = true;
    pair.transaction = undefined;
    this.#check(pair);
  }

  #keepConsent(now: Millis): void {
    const pair = this.#list.at(this.#path);
    if (this.#consent.isOver(now)) this.#loseConsent(pair);
    else if (this.#consent.isDue(now) && pair !== undefined && pair.transaction === undefined) this.#check(pair);
  }

  /** The way has to prove itself anew, by an answer to a check of ours: what the peer once asked could be anybody's echo. */
  #loseConsent(pair: Pair | undefined): void {
    if (pair !== undefined) Object.assign(pair, { state: "failed", transaction: undefined });
    this.#path = undefined;
    this.#isChosen = false;
    this.#consent.drop();
    this.#parts.onPath(undefined);
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    const wait = this.#list.isBusy || this.#mustChoose ? PACE : this.#consent.nextAt - this.#now;
    this.#timer = Number.isFinite(wait)
      ? this.#parts.clock.after(ms(Math.max(0, wait)), () => this.#tick())
      : undefined;
  }
}
