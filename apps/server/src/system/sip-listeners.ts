import { networkInterfaces } from "node:os";
import type { SipTransport } from "@cordboard/sip";
import type { CountHappening } from "@cordboard/sip/node";
import { nodeTransports } from "@cordboard/sip/node";
import type { ServerCertificate } from "../tls/certificate.ts";
import type { Foundation } from "./foundation.ts";

/** What the listeners work with beside the settings. */
export interface SipListenerParts {
  readonly certificate: ServerCertificate;
  readonly count: CountHappening;
}

/** UDP, TCP and TLS on every address that is bound, as far as their ports are not off. */
export function sipListeners(
  { settings, host: { clock, random, log } }: Pick<Foundation, "settings" | "host">,
  { certificate, count }: SipListenerParts,
): readonly SipTransport[] {
  const [port, tlsPort] = [settings.sipPort, settings.sipsPort].map((each) => (each === "off" ? undefined : each));
  return settings.bind.filter(isThere).flatMap((address) =>
    nodeTransports({
      address,
      udpPort: port,
      tcpPort: port,
      tlsPort,
      certificate: certificate.pair,
      clock,
      random,
      log,
      count,
    }),
  );
}

/** All addresses of IPv6 are none on a machine without it. The web's listeners say so. */
function isThere(address: string): boolean {
  if (address !== "::") return true;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ family }) => family === "IPv6");
}
