import type { LocalMedia, SoundRefusal } from "@cordboard/core";
import type { LegId, Result } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import type { SeatFigures } from "./seat.ts";

type Opened = Result<LocalMedia, SoundRefusal>;

/** Who waits until a leg has its place in a call of rtpengine, or has given it back. */
export class SeatWaits {
  readonly #openers = new Map<LegId, (opened: Opened) => void>();
  readonly #closers = new Map<LegId, (figures: SeatFigures | undefined) => void>();

  /** Settles with {@link opened}, or when the leg is lost or closed before. */
  opening(leg: LegId): Promise<Opened> {
    return new Promise((resolve) => this.#openers.set(leg, resolve));
  }

  opened(leg: LegId, how: Opened): void {
    this.#openers.get(leg)?.(how);
    this.#openers.delete(leg);
  }

  /** Settles with {@link closed}. Whoever still waits for the leg to be opened waits no longer. */
  closing(leg: LegId): Promise<SeatFigures | undefined> {
    this.#refuse(leg);
    return new Promise((resolve) => this.#closers.set(leg, resolve));
  }

  closed(leg: LegId, figures: SeatFigures | undefined): void {
    this.#closers.get(leg)?.(figures);
    this.#closers.delete(leg);
  }

  /** Lets nobody wait for a leg that is gone; false when nobody did. */
  lost(leg: LegId, figures: SeatFigures): boolean {
    const isAwaited = this.#openers.has(leg) || this.#closers.has(leg);
    this.#refuse(leg);
    this.closed(leg, figures);
    return isAwaited;
  }

  #refuse(leg: LegId): void {
    this.opened(leg, refused({ code: "sound-engine-away" }));
  }
}
