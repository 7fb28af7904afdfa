import type { DialogId, DialogState } from "../dialog/dialog.ts";
import { dialogKey, takeRequest } from "../dialog/dialog.ts";
import type { Arrival, Core, DialogEntry, DialogSnapshot } from "./core.ts";
import type { Endpoint } from "./flow.ts";
import type { Path } from "./outbound.ts";
import { answer } from "./server-request.ts";
import type { EarlyDialog } from "./types.ts";

/** A branch of a call of ours that rings: an early dialog, until its 2xx or the end of the call. @rfc 3261#12.1.2 */
export class UacBranch implements EarlyDialog, DialogEntry {
  readonly id: DialogId;
  readonly local: Endpoint;
  readonly #core: Core;
  readonly #path: Path;
  readonly #startedAt: number;
  #state: DialogState;

  constructor(core: Core, state: DialogState, path: Path) {
    this.id = state.id;
    this.local = path.local;
    this.#core = core;
    this.#path = path;
    this.#state = state;
    this.#startedAt = core.clock.monotonic();
    core.branches.set(dialogKey(this.id), this);
  }

  /** What is known of the dialog by now. */
  get state(): DialogState {
    return this.#state;
  }

  /** A request of the peer before it has answered; of those none is served yet but OPTIONS. */
  receive(arrival: Arrival): void {
    const taken = takeRequest(this.#state, arrival.request);
    if (taken.ok) this.#state = taken.value;
    const status = !taken.ok ? 500 : arrival.request.method === "OPTIONS" ? 200 : 405;
    answer(this.#core, arrival, { status, content: {}, local: this.local, toTag: this.id.localTag });
  }

  acknowledge(): void {}

  drop(): void {
    this.#core.branches.delete(dialogKey(this.id));
  }

  snapshot(): DialogSnapshot {
    return { id: this.id, at: "early", isCaller: true, flow: this.#path.flow, startedAt: this.#startedAt };
  }
}
