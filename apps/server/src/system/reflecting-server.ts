import type { Resolver } from "@cordboard/sip";

/** Port of STUN where none is named. @rfc 8489#18.6 */
const STUN_PORT = 3478;

/** An address of a STUN server. */
export interface ReflectingServer {
  readonly address: string;
  readonly port: number;
}

/**
 * Finds the first of the STUN servers that browsers are told of, for our own sockets to ask what they look like from outside; undefined
 * when there is none, or no need because our public address is set.
 */
export function reflectingServer(
  { stun: [uri], publicAddress }: { readonly stun: readonly string[]; readonly publicAddress: string | undefined },
  resolve: Resolver,
): (() => Promise<ReflectingServer | undefined>) | undefined {
  const place = uri === undefined || publicAddress !== undefined ? undefined : placeIn(uri);
  if (place === undefined) return undefined;
  return async () => {
    const [address] = place.isNumeric ? [place.host] : await resolve(place.host);
    return address === undefined ? undefined : { address, port: place.port };
  };
}

/** What a `stun:` URI names. @rfc 7064#3.1 */
function placeIn(
  uri: string,
): { readonly host: string; readonly port: number; readonly isNumeric: boolean } | undefined {
  const [, bracketed, plain, port] =
    /^stun:(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]?]+))(?::(\d{1,5}))?(?:\?.*)?$/.exec(uri) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) return undefined;
  const isNumeric = bracketed !== undefined || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
  return { host, port: port === undefined ? STUN_PORT : Number(port), isNumeric };
}
