import type { Clock, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { SipTransport, TransportEvents } from "../agent/transport.ts";

/** What an {@link Inbox} works with. */
export interface InboxOptions {
  readonly clock: Clock;
  /** Runs a task when the host has looked for other work once; `setImmediate` unless said otherwise. */
  readonly soon?: (task: () => void) => void;
  /** Messages that may wait; 20,000 unless said otherwise. */
  readonly most?: number;
  /** Bytes that may wait; 32 MiB unless said otherwise. */
  readonly mostBytes?: number;
}

/**
 * Where messages wait between the sockets and an agent. Sockets are emptied quickly, so that what comes in a burst waits
 * here, where the wait is known, and not in the system's buffers, where it is not and where datagrams beyond some dozens are lost;
 * and the agent takes its messages in short slices, so that timers and other sockets are served between them. Order is kept.
 */
export interface Inbox {
  /** The same transport, whose messages come by way of this inbox. */
  before(transport: SipTransport): SipTransport;
  /** How long the message at hand had waited; between two messages, how long the oldest has. 0 when none waits. */
  waitMs(): Millis;
  /** Messages that wait. */
  size(): number;
}

/** Longest time for which messages are taken before other work is looked at… */
const SLICE = ms(2);
/** … but for so many, as time passes by itself when the machine runs something else. */
const LEAST = 8;
/**
 * Datagrams that Node reads from a socket before it looks at anything else (libuv, `uv__udp_recvmsg`): when so many have come since the
 * last turn, more of them are in the system's buffer, where nobody sees how long they wait.
 */
const READ_AT_ONCE = 32;
/** So often in a row sockets are read before messages are taken, so that even an endless flood leaves about half of the time for them. */
const READINGS = 8;
/** Room at the front of the list that is worth giving back. */
const SPENT = 1024;

/** Makes an inbox; several transports may share it, and are then served in the order in which their messages came. */
export function createInbox(options: InboxOptions): Inbox {
  return new Waiting(options);
}

interface Letter {
  readonly arrivedAt: Millis;
  readonly size: number;
  readonly take: () => void;
}

class Waiting implements Inbox {
  readonly #clock: Clock;
  readonly #soon: (task: () => void) => void;
  readonly #most: number;
  readonly #mostBytes: number;
  #letters: (Letter | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #isAwaited = false;
  /** What has come since the last turn, and turns in a row that were left to the sockets. */
  #read = 0;
  #readings = 0;
  #atHand: Millis | undefined;

  constructor({ clock, soon = setImmediate, most = 20_000, mostBytes = 32 * 1024 * 1024 }: InboxOptions) {
    this.#clock = clock;
    this.#soon = soon;
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  before(transport: SipTransport): SipTransport {
    let isClosed = false;
    const open = (events: TransportEvents): ReturnType<SipTransport["open"]> =>
      transport.open({
        onMessage: (bytes: Uint8Array, flow: Flow) =>
          this.#add(bytes.length, () => void (isClosed || events.onMessage(bytes, flow))),
        onIgnored: () => void this.#read++,
        // In line behind what came over the connection before it ended.
        onClosed: (flow) => this.#add(0, () => void (isClosed || events.onClosed(flow))),
      });
    const close = (): Promise<void> => {
      isClosed = true;
      return transport.close();
    };
    return { ...transport, open, close };
  }

  waitMs(): Millis {
    if (this.#atHand !== undefined) return this.#atHand;
    const oldest = this.#letters[this.#first];
    return oldest === undefined ? ms(0) : ms(this.#clock.monotonic() - oldest.arrivedAt);
  }

  size(): number {
    return this.#letters.length - this.#first;
  }

  #add(size: number, take: () => void): void {
    // A full inbox is as good as none: who brings a message waits until there is room, and with it the peer.
    while (this.size() > 0 && (this.size() >= this.#most || this.#bytes + size > this.#mostBytes)) this.#takeOldest();
    this.#letters.push({ arrivedAt: this.#clock.monotonic(), size, take });
    this.#bytes += size;
    this.#read++;
    this.#ask();
  }

  #ask(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#soon(() => {
      this.#isAwaited = false;
      if (this.#leavesTurn()) this.#ask();
      else this.#takeSome();
    });
  }

  /** Whether the sockets have to be read once more before messages are taken. */
  #leavesTurn(): boolean {
    const mayHoldMore = this.#read >= READ_AT_ONCE;
    this.#read = 0;
    this.#readings = mayHoldMore && this.#readings < READINGS ? this.#readings + 1 : 0;
    return this.#readings > 0;
  }

  #takeSome(): void {
    const until = this.#clock.monotonic() + SLICE;
    try {
      for (let taken = 0; this.size() > 0 && (taken < LEAST || this.#clock.monotonic() < until); taken++)
        this.#takeOldest();
    } finally {
      if (this.size() > 0) this.#ask();
    }
  }

  #takeOldest(): void {
    const letter = this.#letters[this.#first];
    if (letter === undefined) return;
    this.#letters[this.#first++] = undefined;
    this.#bytes -= letter.size;
    if (this.size() === 0 || (this.#first >= SPENT && this.#first * 2 >= this.#letters.length)) {
      this.#letters = this.#letters.slice(this.#first);
      this.#first = 0;
    }
    this.#atHand = ms(this.#clock.monotonic() - letter.arrivedAt);
    try {
      letter.take();
    } finally {
      this.#atHand = undefined;
    }
  }
}
