import type { EventsFace, Health } from "@cordboard/http";
import { wantsWebSocket } from "@cordboard/http";
import type { FaceParts } from "./faces.ts";
import { buildFaces } from "./faces.ts";
import type { Listeners, Listening } from "./listeners.ts";
import { openListeners } from "./listeners.ts";

/** Everything that is served over HTTP. */
export interface Site {
  readonly listeners: Listeners;
  readonly events: EventsFace;
  /** Ends everything but phones' connections: their calls are still to be ended over them. */
  close(): Promise<void>;
  /** Settles when, after `close`, phones have left too. */
  gone(): Promise<void>;
}

/** What the site is built on. */
export interface SiteParts extends Omit<FaceParts, "health" | "httpsPort"> {
  readonly health: (listeners: Listeners | undefined) => Health;
}

/** Builds the faces and opens their ports; leaves none open when one cannot be. */
export async function openSite(parts: SiteParts): Promise<Site> {
  const { settings, host } = parts.foundation;
  let listeners: Listeners | undefined;
  const faces = await buildFaces({
    ...parts,
    health: () => parts.health(listeners),
    httpsPort: () => listeners?.port("https"),
  });
  const shared = { answer: faces.whole.routing, upgrade: faces.upgrade, wantsUpgrade: wantsWebSocket };
  const wanted: readonly Listening[] = [
    { name: "http", port: settings.httpPort, isTls: false, ...shared },
    { name: "https", port: settings.httpsPort, isTls: true, ...shared },
    { name: "dialer", port: settings.dialerPort, isTls: true, answer: faces.dialer.routing },
  ];
  try {
    const opened = await openListeners(wanted, settings.bind, { certificate: parts.chosen.certificate, log: host.log });
    listeners = opened;
    return {
      listeners: opened,
      events: faces.events,
      close: async () => {
        opened.stopAccepting();
        await faces.close();
        opened.close();
      },
      gone: () => opened.gone(),
    };
  } catch (fault) {
    await faces.close();
    throw fault;
  }
}
