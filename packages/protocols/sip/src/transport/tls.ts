import type { SecureContext } from "node:tls";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import { silentLog } from "@cordboard/kernel";
import type { SipTransport } from "../agent/transport.ts";
import { SocketLink } from "./socket-link.ts";
import type { StreamOptions } from "./stream.ts";
import { streamTransport } from "./stream.ts";

/** A certificate chain and its key, in PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** What TLS is made of. */
export interface TlsOptions extends StreamOptions {
  /**
   * The certificate for connections that peers open; asked at each, so that a new pair serves from the next one on. Without
   * one nothing is listened to, and peers are reached over connections of ours alone.
   */
  readonly certificate?: (() => TlsPair) | undefined;
  /** Authorities (PEM) that a peer whom we dial must be certified by; those that Node trusts unless said otherwise. */
  readonly ca?: readonly string[] | undefined;
}

/** TLS 1.2 or newer: what is older is broken. @rfc 8996 */
const OLDEST = "TLSv1.2";

/**
 * SIP over TLS: a listener with a certificate, and connections of our own, over which nothing is said before the peer has
 * shown a certificate for the name that was dialled. @rfc 3261#26.3.1 @rfc 5922#7
 */
export function tlsTransport(options: TlsOptions): SipTransport {
  const { certificate, ca, log = silentLog } = options;
  const context = secureContexts(certificate);
  const port = certificate === undefined ? "off" : options.port;
  return streamTransport(
    {
      name: "tls",
      accept(socket, remote) {
        const secure = new TLSSocket(socket, { isServer: true, secureContext: context() });
        return new SocketLink(secure, { transport: "tls", remote });
      },
      dial({ remote, host }, settings) {
        const socket = connect({
          ...settings,
          minVersion: OLDEST,
          ...(host === undefined ? {} : { servername: host }),
          ...(ca === undefined ? {} : { ca: [...ca] }),
        });
        socket.on("error", (cause) => {
          const { address, port } = remote;
          log.warn("SIP over TLS: the peer could not be reached, or did not prove who it is", {
            host: host ?? address,
            address,
            port,
            cause,
          });
        });
        return new SocketLink(socket, { transport: "tls", remote, opensOn: "secureConnect" });
      },
    },
    { ...options, port },
  );
}

/** The context of the current certificate, made anew only when that has changed. */
function secureContexts(certificate: TlsOptions["certificate"]): () => SecureContext {
  let made: { readonly pair: TlsPair | undefined; readonly context: SecureContext } | undefined;
  return () => {
    const pair = certificate?.();
    if (made === undefined || made.pair !== pair) {
      made = { pair, context: createSecureContext({ ...pair, minVersion: OLDEST, honorCipherOrder: true }) };
    }
    return made.context;
  };
}
