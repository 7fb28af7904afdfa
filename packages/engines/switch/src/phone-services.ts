import type { MessageDesk, Watching } from "@cordboard/core";
import type { NotifierLimits } from "@cordboard/sip";
import type { Authentication } from "./authentication.ts";
import { takeMessage } from "./messages.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { World } from "./world.ts";

/** What core does for phones beside calls. */
export interface PhoneServices {
  readonly watching: Watching;
  readonly messages: MessageDesk;
}

/** What they are served with. */
export interface ServiceParts {
  readonly world: World;
  readonly authentication: Authentication;
  readonly limits: Partial<NotifierLimits>;
}

/** Serves SUBSCRIBE and MESSAGE, once core has said what for. */
export class PhoneServing {
  readonly #parts: ServiceParts;
  #subscriptions: Subscriptions | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  begin({ watching, messages }: PhoneServices): void {
    const { world, authentication } = this.#parts;
    world.agent.handle("MESSAGE", (incoming) => takeMessage({ world, authentication, desk: messages }, incoming));
    this.#subscriptions = new Subscriptions({ ...this.#parts, watching });
  }

  /** Ends every subscription. */
  close(): void {
    this.#subscriptions?.close();
  }
}
