import type { Clock, Log, Millis, Random } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { Dictionary } from "./bencode.ts";
import { DigitProbe } from "./digit-probe.ts";
import type { NgAddress } from "./ng-address.ts";
import { ngAddressText } from "./ng-address.ts";
import type { AskNg } from "./ng-client.ts";
import { NgClient } from "./ng-client.ts";
import type { OpenNgLink } from "./ng-link.ts";

/** What is needed to hear the digits of an rtpengine. */
export interface DigitEarParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly open: OpenNgLink;
  /** Asks the rtpengine, on the way of all other requests. */
  readonly ask: AskNg;
  /** What rtpengine says without having been asked. */
  readonly onNotice: (body: Dictionary) => void;
  /** It tells digits from now on, or does not any more. */
  readonly onChange: () => void;
  /** The id of the call with which it is tried out. */
  readonly probeId: string;
}

/** How often one that tells no digits is tried anew. */
const TRY_EVERY = seconds(30);

/**
 * Whether the digits of calls that an rtpengine only passes on reach us. It tells them over TCP alone, to whoever is connected, and
 * only if it was started so. That it does is found out by a digit of our own; that the connection still stands, by asking on it.
 *
 *     deaf ──the digit that was sent was told──▶ hears ──no answer on the connection, or rtpengine is away──▶ deaf
 */
export class DigitEar {
  readonly #address: NgAddress;
  readonly #parts: DigitEarParts;
  /** A connection of its own where requests go over UDP. */
  readonly #client: NgClient | undefined;
  readonly #probe: DigitProbe;
  #isHearing = false;
  /** When it was tried out last since rtpengine is there. */
  #triedAt: Millis | undefined;
  #isBusy = false;
  #isClosed = false;

  constructor(address: NgAddress, parts: DigitEarParts) {
    const { clock, random, log, open, ask, onNotice, probeId } = parts;
    this.#address = address;
    this.#parts = parts;
    this.#probe = new DigitProbe({ clock, ask, callId: probeId });
    if (address.transport === "udp")
      this.#client = new NgClient(
        { ...address, transport: "tcp" },
        { clock, random, log, open, onNotice, onSilence: () => this.#turn(false) },
      );
  }

  get isHearing(): boolean {
    return this.#isHearing;
  }

  /** Makes sure of what it hears, as far as that is due; settles when that is known. Called each time rtpengine shows that it is there. */
  async check(): Promise<void> {
    if (this.#isBusy || this.#isClosed) return;
    this.#isBusy = true;
    const isConnected = (await this.#client?.ask({ command: "ping" }))?.ok !== false;
    const now = this.#parts.clock.monotonic();
    const isDue = this.#triedAt === undefined || now - this.#triedAt >= TRY_EVERY;
    if (!this.#isHearing && isDue) await this.#try(now, isConnected);
    this.#isBusy = false;
  }

  async #try(now: Millis, isConnected: boolean): Promise<void> {
    const isFirst = this.#triedAt === undefined;
    this.#triedAt = now;
    const isHeard = isConnected && (await this.#probe.run());
    // Meanwhile rtpengine may have gone away.
    if (this.#isClosed || this.#triedAt !== now) return;
    if (isHeard) this.#turn(true);
    else if (isFirst)
      this.#parts.log.warn("rtpengine tells no digits: calls with them are carried by the built-in engine", {
        rtpengine: ngAddressText(this.#address),
        needs: "--listen-tcp-ng at the same port, and --dtmf-log-ng-tcp",
      });
  }

  /** The notice of its own digit has come. */
  hear(): void {
    this.#probe.hear();
  }

  /** What it knew does not hold any more. */
  forget(): void {
    this.#triedAt = undefined;
    this.#turn(false);
  }

  close(): void {
    this.#isClosed = true;
    this.#probe.stop();
    this.#client?.close();
  }

  #turn(isHearing: boolean): void {
    if (isHearing === this.#isHearing) return;
    this.#isHearing = isHearing;
    this.#parts.onChange();
  }
}
