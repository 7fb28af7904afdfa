import type { Clock, Millis, Random, Timer } from "@cordboard/kernel";
import { ms, randomHex } from "@cordboard/kernel";
import type { Endpoint } from "./address.ts";
import { addressBytes, isSamePlace } from "./address.ts";
import type { Candidate } from "./candidate.ts";
import { candidatePriority } from "./candidate.ts";
import type { IceTerms } from "./checks.ts";
import {
  conflictIn,
  hexOf,
  isSignedBy,
  nameOfPeersChecks,
  printAnswer,
  printCheck,
  unknownAttribute,
} from "./checks.ts";
import type { Pair } from "./pair.ts";
import { freshPair } from "./pair.ts";
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
/** Ways of one run; what a browser has is a handful. */
const MAX_PAIRS = 32;
/** The peer must have said within this time that it still wants our packets; asked this often. @rfc 7675#5.1 */
const CONSENT_LASTS = ms(30_000);
const CONSENT_EVERY = ms(5_000);
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
  readonly #tieBreaker: Uint8Array;
  #terms: IceTerms;
  #isControlling: boolean;
  /** The run before a restart, whose checks are still answered. */
  #earlier: IceTerms | undefined;
  #pairs: Pair[] = [];
  /** Ways of the run before, from which packets still come. */
  #earlierWays: readonly Endpoint[] = [];
  #path: Endpoint | undefined;
  #isChosen = false;
  #firstSuccess: Millis | undefined;
  #consentUntil: number = Number.POSITIVE_INFINITY;
  #askConsentAt: number = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: IceParts, { terms, path }: IceSnapshot) {
    this.#parts = parts;
    this.#tieBreaker = parts.random.bytes(8);
    this.#terms = terms;
    this.#isControlling = terms.isControlling || terms.isRemoteLite;
    this.#addCandidates(terms.candidates);
    if (path !== undefined) this.#goOn(path);
    this.#schedule();
  }

  /** Takes what was negotiated again: other credentials of the peer begin a new run, the same ones may bring more addresses. */
  agree(terms: IceTerms): void {
    const isRestart = terms.remote.usernameFragment !== this.#terms.remote.usernameFragment;
    if (isRestart) {
      this.#earlier = this.#terms;
      this.#earlierWays = this.#pairs.filter(({ state }) => state === "succeeded").map(({ remote }) => remote);
      this.#pairs = [];
      this.#isChosen = false;
      this.#firstSuccess = undefined;
      this.#isControlling = terms.isControlling || terms.isRemoteLite;
    }
    this.#terms = isRestart ? terms : { ...terms, local: this.#terms.local };
    this.#addCandidates(terms.candidates);
    this.#schedule();
  }

  /** Where our packets go. */
  get path(): Endpoint | undefined {
    return this.#path;
  }

  /** Whether a place has proved to be the peer's: what comes from elsewhere is not looked at. */
  isPeer(from: Endpoint): boolean {
    if (this.#path !== undefined && isSamePlace(this.#path, from)) return true;
    const isWay = (pair: Pair): boolean => pair.state === "succeeded" && isSamePlace(pair.remote, from);
    return this.#pairs.some(isWay) || this.#earlierWays.some((way) => isSamePlace(way, from));
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
    return { terms: { ...this.#terms, isControlling: this.#isControlling }, path: this.#path };
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
      if (addressBytes(address) !== undefined) this.#pairTo({ address, port }, priority);
  }

  /** The way to a place, made when there is none; undefined when there are too many. */
  #pairTo(remote: Endpoint, remotePriority: number): Pair | undefined {
    const found = this.#pairs.find((pair) => isSamePlace(pair.remote, remote));
    if (found !== undefined) return found;
    if (this.#pairs.length >= MAX_PAIRS) {
      const failed = this.#pairs.findIndex(({ state }) => state === "failed");
      if (failed < 0) return undefined;
      this.#pairs.splice(failed, 1);
    }
    const pair = freshPair({ address: remote.address, port: remote.port }, remotePriority, this.#now);
    this.#pairs.push(pair);
    this.#pairs.sort((a, b) => b.remotePriority - a.remotePriority);
    return pair;
  }

  /** Takes up a way that another worker had found. */
  #goOn(path: Endpoint): void {
    const pair = this.#pairTo(path, candidatePriority("prflx"));
    if (pair !== undefined) Object.assign(pair, { state: "succeeded", provedAt: this.#now });
    this.#path = path;
    this.#isChosen = true;
    this.#consent(this.#now);
  }

  /** @rfc 8445#7.3 */
  #onRequest(message: ReceivedStun, from: Endpoint): boolean {
    const { crypto } = this.#parts;
    const name = usernameOf(message);
    const terms = [this.#terms, this.#earlier].find((each) => each !== undefined && nameOfPeersChecks(each) === name);
    if (terms === undefined || !isSignedBy(message, terms.local, crypto)) return false;
    const answer = (kind: "success" | "error", ...attributes: readonly StunAttribute[]): void =>
      this.#parts.send(printAnswer(message, { class: kind, attributes, by: terms.local }, crypto), from);
    const unknown = unknownAttribute(message);
    const isCurrent = terms === this.#terms;
    if (unknown !== undefined) {
      answer("error", errorAttribute(420), { type: attributeType.unknownAttributes, value: twoBytes(unknown) });
    } else if (isCurrent && this.#hasToGiveIn(message)) answer("error", errorAttribute(487));
    else {
      const mapped = mappedAddress(from, message.transaction);
      answer("success", ...(mapped === undefined ? [] : [mapped]));
      if (isCurrent) this.#learn(message, from);
    }
    return true;
  }

  /** Whether the peer wants our part and has to give in. When it is we who have to, we do. */
  #hasToGiveIn(message: ReceivedStun): boolean {
    const conflict = conflictIn(message, this.#isControlling, this.#tieBreaker);
    if (conflict === "ours") this.#isControlling = !this.#isControlling;
    return conflict === "theirs";
  }

  /** A genuine check came: its way is tried at once, and chosen when the peer says so. @rfc 8445#7.3.1.3 */
  #learn(message: ReceivedStun, from: Endpoint): void {
    const pair = this.#pairTo(from, numberOf(message, attributeType.priority) ?? candidatePriority("prflx"));
    if (pair === undefined) return;
    const isChosen = !this.#isControlling && attributeValue(message, attributeType.useCandidate) !== undefined;
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
    const transaction = hexOf(message.transaction);
    const pair = this.#pairs.find((each) => each.transaction === transaction);
    if (pair === undefined || !isSamePlace(pair.remote, from)) return false;
    if (!isSignedBy(message, this.#terms.remote, this.#parts.crypto)) return false;
    pair.transaction = undefined;
    if (message.class === "success") this.#onSuccess(pair);
    else if (errorOf(message) === 487) {
      this.#isControlling = !this.#isControlling;
      this.#check(pair);
    } else pair.state = "failed";
    this.#schedule();
    return true;
  }

  #onSuccess(pair: Pair): void {
    const now = this.#now;
    pair.state = "succeeded";
    pair.provedAt = now;
    this.#firstSuccess ??= now;
    if (this.#path !== undefined && isSamePlace(pair.remote, this.#path)) this.#consent(now);
    if (pair.isNominating || pair.isWanted) this.#choose(pair);
    // Until one is chosen any that works will do, and after a restart the old one as long as it does.
    else if (this.#path === undefined) this.#take(pair.remote);
    pair.isNominating = false;
    pair.isWanted = false;
  }

  /** The peer may choose again and again; a worse way takes over only from one that has fallen silent. */
  #choose(pair: Pair): void {
    const current = this.#pairs.find(({ remote }) => this.#path !== undefined && isSamePlace(remote, this.#path));
    const isBetter =
      !this.#isChosen ||
      current === undefined ||
      current.state !== "succeeded" ||
      pair.remotePriority >= current.remotePriority ||
      this.#now - (current.provedAt ?? 0) > STALE_AFTER;
    if (!isBetter) return;
    this.#isChosen = true;
    this.#earlierWays = [];
    this.#take(pair.remote);
  }

  #take(path: Endpoint): void {
    this.#consent(this.#now);
    if (this.#path !== undefined && isSamePlace(path, this.#path)) return;
    this.#path = path;
    this.#parts.onPath(path);
  }

  #consent(now: Millis): void {
    const [dice = 0] = this.#parts.random.bytes(1);
    this.#consentUntil = now + CONSENT_LASTS;
    this.#askConsentAt = now + CONSENT_EVERY * (0.8 + (0.4 * dice) / 255);
  }

  #check(pair: Pair): void {
    if (pair.transaction === undefined) {
      pair.transaction = randomHex(this.#parts.random, 12);
      pair.tries = 0;
    }
    if (pair.state !== "succeeded") pair.state = "in-progress";
    pair.tries++;
    pair.nextAt = ms(this.#now + RESEND_AFTER);
    const check = {
      transaction: pair.transaction,
      terms: this.#terms,
      isControlling: this.#isControlling,
      tieBreaker: this.#tieBreaker,
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
    for (const pair of this.#pairs) if (pair.transaction !== undefined && pair.nextAt <= now) this.#again(pair);
    const waiting = this.#pairs.find(({ state }) => state === "waiting");
    if (waiting !== undefined) this.#check(waiting);
    if (this.#isControlling && !this.#isChosen) this.#nominate(now);
    this.#keepConsent(now);
    this.#schedule();
  }

  #again(pair: Pair): void {
    if (pair.tries < MAX_TRIES) return this.#check(pair);
    pair.transaction = undefined;
    pair.isNominating = false;
    pair.state = "failed";
  }

  /** Chooses the best way that works, as soon as no better one can still turn out to. @rfc 8445#8.1.1 */
  #nominate(now: Millis): void {
    if (this.#firstSuccess === undefined || this.#pairs.some(({ isNominating }) => isNominating)) return;
    const best = this.#pairs.findIndex(({ state }) => state === "succeeded");
    const mayGetBetter = this.#pairs.slice(0, Math.max(0, best)).some(({ state }) => state !== "failed");
    const pair = this.#pairs[best];
    if (pair === undefined || (mayGetBetter && now - this.#firstSuccess < BETTER_WITHIN)) return;
    pair.isNominating = true;
    pair.transaction = undefined;
    this.#check(pair);
  }

  #keepConsent(now: Millis): void {
    const path = this.#path;
    if (path === undefined) return;
    if (now >= this.#consentUntil) {
      this.#path = undefined;
      this.#isChosen = false;
      this.#consentUntil = Number.POSITIVE_INFINITY;
      this.#askConsentAt = Number.POSITIVE_INFINITY;
      this.#parts.onPath(undefined);
      return;
    }
    if (now < this.#askConsentAt) return;
    this.#askConsentAt = now + CONSENT_EVERY;
    const pair = this.#pairs.find(({ remote }) => isSamePlace(remote, path));
    if (pair !== undefined && pair.transaction === undefined) this.#check(pair);
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    const isBusy =
      this.#pairs.some(({ state, transaction }) => state === "waiting" || transaction !== undefined) ||
      (this.#isControlling && !this.#isChosen && this.#firstSuccess !== undefined);
    const wait = isBusy ? PACE : Math.min(this.#askConsentAt, this.#consentUntil) - this.#now;
    this.#timer = Number.isFinite(wait)
      ? this.#parts.clock.after(ms(Math.max(0, wait)), () => this.#tick())
      : undefined;
  }
}
