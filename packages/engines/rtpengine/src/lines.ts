import type { LegId } from "@cordboard/kernel";
import type { Line } from "./line.ts";

/** The legs that the engine in front knows, and who of them is bridged with whom. */
export class Lines {
  readonly #byLeg = new Map<LegId, Line>();

  get size(): number {
    return this.#byLeg.size;
  }

  get(leg: LegId): Line | undefined {
    return this.#byLeg.get(leg);
  }

  /** The line of a leg that takes orders. */
  open(leg: LegId): Line | undefined {
    const line = this.#byLeg.get(leg);
    return line?.state === "open" ? line : undefined;
  }

  /** All of them now; one may go while the list is gone through. */
  all(): readonly Line[] {
    return [...this.#byLeg.values()];
  }

  add(line: Line): void {
    this.#byLeg.set(line.leg, line);
  }

  /** False when it was not there. */
  delete({ leg }: Line): boolean {
    return this.#byLeg.delete(leg);
  }

  /** With whom a leg is bridged. */
  partnerOf({ partner }: Line): Line | undefined {
    return partner === undefined ? undefined : this.#byLeg.get(partner);
  }

  /** Ends a leg's bridge; who else is left by that. */
  part(line: Line): readonly Line[] {
    const other = this.partnerOf(line);
    line.partner = undefined;
    if (other?.partner !== line.leg) return [];
    other.partner = undefined;
    return [other];
  }
}
