import type { Clock, Random, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Endpoint } from "./address.ts";
import { isSamePlace } from "./address.ts";
import { hexOf } from "./checks.ts";
import { isStun, parseStun, printStun } from "./stun/message.ts";
import { mappedAddressOf } from "./stun/values.ts";

/** What a question works with. */
export interface ReflectionParts {
  readonly clock: Clock;
  readonly random: Random;
  send(bytes: Uint8Array, to: Endpoint): void;
}

/** A packet or two may be lost on the way; a call does not wait longer than this. */
const ASK_EVERY = ms(150);
const MAX_ASKED = 3;

/**
 * Asks a STUN server once what one of our sockets looks like from outside: the address that a router in front of us has lent it.
 * @rfc 8445#5.1.1.2
 */
export class Reflection {
  readonly #parts: ReflectionParts;
  readonly #server: Endpoint;
  readonly #transaction: Uint8Array;
  readonly #answered: PromiseWithResolvers<Endpoint | undefined> = Promise.withResolvers();
  #asked = 0;
  #timer: Timer | undefined;

  constructor(parts: ReflectionParts, server: Endpoint) {
    this.#parts = parts;
    this.#server = server;
    this.#transaction = parts.random.bytes(12);
    this.#ask();
  }

  /** Settles with the address, or with undefined when nobody answers in half a second. */
  get answer(): Promise<Endpoint | undefined> {
    return this.#answered.promise;
  }

  /** Takes a datagram of the socket; false when it is not the answer. */
  take(datagram: Uint8Array, from: Endpoint): boolean {
    if (!isStun(datagram) || !isSamePlace(from, this.#server)) return false;
    const parsed = parseStun(datagram);
    if (!parsed.ok || hexOf(parsed.value.transaction) !== hexOf(this.#transaction)) return false;
    this.#settle(parsed.value.class === "success" ? mappedAddressOf(parsed.value) : undefined);
    return true;
  }

  #ask(): void {
    if (this.#asked >= MAX_ASKED) return this.#settle(undefined);
    this.#asked++;
    const message = { class: "request", transaction: this.#transaction, attributes: [] } as const;
    this.#parts.send(printStun(message), this.#server);
    this.#timer = this.#parts.clock.after(ASK_EVERY, () => this.#ask());
  }

  #settle(address: Endpoint | undefined): void {
    this.#timer?.cancel();
    this.#answered.resolve(address);
  }
}
