import type { SoundEngine } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { Doubles } from "./doubles.ts";
import type { Line } from "./line.ts";
import { canJoin, doubled, isReady, isServed } from "./line.ts";
import type { Lines } from "./lines.ts";
import type { Endpoints } from "./seat.ts";

/** What carries sound. */
export interface CarriageParts {
  readonly lines: Lines;
  readonly builtin: SoundEngine;
  /** A leg cannot be served. */
  lose(line: Line, why: string): void;
}

/**
 * Who carries a leg's sound: rtpengine alone while two only talk, or its double in the built-in engine as well. Found out anew whenever
 * something has changed for a leg.
 */
export class Carriage {
  readonly #lines: Lines;
  readonly #builtin: SoundEngine;
  readonly #doubles: Doubles;

  constructor({ lines, builtin, lose }: CarriageParts) {
    this.#lines = lines;
    this.#builtin = builtin;
    this.#doubles = new Doubles({ lines, builtin, settle: (line) => this.settle(line), lose });
  }

  /** Lets the built-in engine do something for a leg, as soon as it can. */
  order(line: Line, order: () => void): void {
    this.#doubles.order(line, order);
  }

  /** Lets rtpengine and the built-in engine follow what is wanted of a leg. */
  settle(line: Line): void {
    const other = this.#lines.partnerOf(line);
    if (line.state !== "open") return;
    if (other !== undefined && canJoin(line, other)) return this.#join(line, other);
    if (other?.media === undefined || line.media === undefined) {
      if (isServed(line)) this.#doubles.need(line);
      return this.#doubles.turnInward(line);
    }
    const both = [line, other];
    for (const each of both) this.#doubles.need(each);
    // They go on talking until both have their doubles.
    if (both.some(({ call, double }) => call !== undefined && double?.local === undefined)) return;
    for (const each of both) this.#doubles.turnInward(each);
    if (both.every(isReady)) this.#doubles.bridge(line, other);
  }

  /** rtpengine passes a leg's sound to its double, and expects that one's sound here. */
  turnedInward(leg: LegId, at: Endpoints): void {
    const line = this.#lines.get(leg);
    if (line?.double?.local === undefined || line.media === undefined) return;
    line.heardBy = "builtin";
    line.double.isConnected = true;
    this.#builtin.connect(leg, doubled(line.media, at));
    this.#doubles.begin(line);
  }

  /** rtpengine has joined two legs: they need nobody between them any more. */
  joined(a: LegId, b: LegId): void {
    const [first, second] = [this.#lines.open(a), this.#lines.open(b)];
    if (first === undefined || second === undefined || first.partner !== b || !canJoin(first, second)) return;
    for (const line of [first, second]) {
      line.heardBy = "rtpengine";
      void this.#doubles.close(line);
    }
  }

  /** Ends what the built-in engine does for a leg that has a double; settles when that one's ports are free. */
  async leave(line: Line): Promise<void> {
    await this.#doubles.close(line);
    await line.doubleGone;
  }

  #join(a: Line, b: Line): void {
    a.call?.route(a.leg, { to: "leg", leg: b.leg });
    b.call?.route(b.leg, { to: "leg", leg: a.leg });
    if (a.call?.joins(a.leg, b.leg) === true) this.joined(a.leg, b.leg);
  }
}
