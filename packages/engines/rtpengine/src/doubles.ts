import type { SoundEngine } from "@cordboard/core";
import type { Double, Line } from "./line.ts";
import { isReady } from "./line.ts";
import type { Lines } from "./lines.ts";

/** What doubles are kept with. */
export interface DoublesParts {
  readonly lines: Lines;
  readonly builtin: SoundEngine;
  /** Something has changed for a leg, which may be carried otherwise now. */
  settle(line: Line): void;
  /** The leg cannot be served. */
  lose(line: Line, why: string): void;
}

/** Orders that wait for a leg's double; far more than anybody gives in the moment that it takes. */
const MAX_WAITING = 64;

/** The doubles of legs in the built-in engine: opened when they are needed, joined as their legs are, and closed when two only talk. */
export class Doubles {
  readonly #parts: DoublesParts;

  constructor(parts: DoublesParts) {
    this.#parts = parts;
  }

  /** Lets rtpengine pass a leg's sound to its double, or to nobody while there is none. */
  turnInward({ call, leg, double }: Line): void {
    const at = double?.local;
    call?.route(leg, at === undefined ? { to: "nobody" } : { to: "builtin", at });
  }

  /** Does something with a leg's double as soon as that is there. */
  order(line: Line, order: () => void): void {
    if (line.call === undefined) {
      order();
      return this.#parts.settle(line);
    }
    this.need(line);
    if ((line.double?.waiting.length ?? 0) >= MAX_WAITING) return this.#parts.lose(line, "too many orders at once");
    line.double?.waiting.push(order);
    this.#parts.settle(line);
    this.begin(line);
  }

  /** Opens a double for a leg that has none. */
  need(line: Line): void {
    if (line.call === undefined || line.double !== undefined) return;
    const double: Double = {
      local: undefined,
      opening: Promise.resolve(),
      isConnected: false,
      joined: undefined,
      waiting: [],
    };
    line.double = double;
    double.opening = this.#open(line, double);
  }

  /** Does what waited for a leg's double. Two that are bridged begin together: the bridge ends what one of them had begun to play. */
  begin(line: Line): void {
    const other = this.#parts.lines.partnerOf(line);
    const lines = other === undefined ? [line] : [line, other];
    if (!lines.every(isReady)) return;
    if (other !== undefined) this.bridge(line, other);
    for (const each of lines) for (const order of each.double?.waiting.splice(0) ?? []) order();
  }

  /** Joins the doubles of two legs, once. A leg that the built-in engine carries alone is its own double. */
  bridge(a: Line, b: Line): void {
    if (a.double?.joined === b.leg || b.double?.joined === a.leg) return;
    if (a.double !== undefined) a.double.joined = b.leg;
    if (b.double !== undefined) b.double.joined = a.leg;
    this.#parts.builtin.bridge(a.leg, b.leg);
  }

  /** Closes a leg's double and keeps what it has measured; settles when its ports are free. */
  async close(line: Line): Promise<void> {
    const { double, leg } = line;
    if (double === undefined) return;
    line.double = undefined;
    // One that is still being opened closes itself.
    const closed = double.local === undefined ? double.opening.then(() => undefined) : this.#parts.builtin.close(leg);
    line.doubleGone = closed;
    const quality = await closed;
    if (quality === undefined) return;
    line.lostBefore += quality.packetsLost;
    line.measured = { ...quality, packetsLost: 0 };
  }

  async #open(line: Line, double: Double): Promise<void> {
    const { leg, partner, call } = line;
    await line.doubleGone;
    if (line.double !== double) return;
    const address = call?.rtpengine.localAddress() ?? line.place.address;
    const opened = await this.#parts.builtin.open(
      leg,
      partner === undefined ? { address } : { address, near: partner },
    );
    if (line.double !== double) {
      if (opened.ok) await this.#parts.builtin.close(leg);
      return;
    }
    if (!opened.ok) return this.#parts.lose(line, "the built-in engine has no place for it");
    double.local = opened.value;
    this.#parts.settle(line);
    this.begin(line);
  }
}
