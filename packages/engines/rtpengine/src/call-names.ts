import type { Random } from "@cordboard/kernel";
import { randomHex } from "@cordboard/kernel";

/** Whose the calls of a process are. */
export interface Owner {
  /** Tells this installation from all others that use the same rtpengines, and stays when it is started anew. */
  readonly installation: string;
  /** Tells this process from those before it. */
  readonly run: string;
}

/** The owner of the calls of a process that starts now. */
export const newOwner = (installation: string, random: Random): Owner => ({ installation, run: randomHex(random, 6) });

/**
 * Names the calls that one process makes in one rtpengine. rtpengine keeps a call until it is told to end it, also when whoever made
 * it has been killed: by their names such calls are found again.
 */
export class CallNames {
  readonly #ofInstallation: string;
  readonly #ofRun: string;
  readonly #own: string;
  #made = 0;

  /** `place` tells the rtpengines of a process apart: two of its addresses may lead to the same one. */
  constructor({ installation, run }: Owner, place: number) {
    this.#ofInstallation = `cordboard-${installation}-`;
    this.#ofRun = `${this.#ofInstallation}${run}-`;
    this.#own = `${this.#ofRun}${place}-`;
  }

  /** A name that no call has had. */
  next(): string {
    return `${this.#own}${this.#made++}`;
  }

  /** Whether it names a call that was made by these names. */
  isOwn(callId: string): boolean {
    return callId.startsWith(this.#own);
  }

  /** Whether an earlier process of this installation made the call, and has left it behind. */
  isLeftBehind(callId: string): boolean {
    return callId.startsWith(this.#ofInstallation) && !callId.startsWith(this.#ofRun);
  }
}
