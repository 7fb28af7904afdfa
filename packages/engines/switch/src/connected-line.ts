import type { Party, Side } from "@cordboard/core";
import { addressOf } from "./shown.ts";

/** Whom a leg's phone shows, and who may be shown to it. */
export interface LineOptions {
  readonly side: Side;
  /** The tenant's, at which people are shown. */
  readonly domain: string;
  /** Whom it shows from the first moment on. */
  readonly shows: Party;
}

/** Whom the phone of a leg shows as the one that it talks with. A carrier is told nothing of who talks in the house. @rfc 3325#7 */
export class ConnectedLine {
  readonly #options: LineOptions;
  #shows: Party;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#shows = options.shows;
  }

  /** The address by which to say who it talks with; undefined when that is not to be said. */
  show(party: Party): string | undefined {
    const { side, domain } = this.#options;
    if (side === "carrier" || party.number === "") return undefined;
    this.#shows = party;
    return addressOf(party, domain);
  }

  /** The same, when its phone shows another number. */
  changeTo(party: Party): string | undefined {
    return party.number === this.#shows.number ? undefined : this.show(party);
  }
}
