import type { NgMessage } from "./ng-message.ts";
import { MAX_MESSAGE, readNg } from "./ng-message.ts";

/** Cuts what comes over TCP into messages; nothing stands between them. */
export class NgSplitter {
  #rest: Uint8Array = new Uint8Array(0);

  /** The messages that these bytes complete; undefined when they are none, and nothing after them can be trusted. */
  take(bytes: Uint8Array): readonly NgMessage[] | undefined {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const messages: NgMessage[] = [];
    let at = 0;
    while (at < all.length) {
      const message = readNg(all, at);
      if (message.ok) {
        messages.push(message.value);
        at = message.value.end;
      } else if (message.error.code === "cut" && all.length - at <= MAX_MESSAGE) break;
      else return undefined;
    }
    this.#rest = all.slice(at);
    return messages;
  }
}
