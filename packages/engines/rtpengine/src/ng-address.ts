/** Where an rtpengine listens for the ng protocol. */
export interface NgAddress {
  readonly transport: "udp" | "tcp";
  /** Literal address or host name; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads a comma list of addresses; undefined when one of them is none. */
export function parseNgAddresses(text: string): readonly NgAddress[] | undefined {
  const places = text.split(",");
  const addresses = places.flatMap((place) => parseNgAddress(place.trim()) ?? []);
  return addresses.length === places.length ? addresses : undefined;
}

/** Reads an address as it stands in settings: `host:port` for UDP, `tcp:host:port`, IPv6 in brackets; undefined for anything else. */
function parseNgAddress(text: string): NgAddress | undefined {
  const isTcp = text.startsWith("tcp:");
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253})):(\d{1,5})$/i.exec(isTcp ? text.slice(4) : text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { transport: isTcp ? "tcp" : "udp", host, port };
}

/** As it stands in settings, logs and metrics: `10.0.0.5:22222`, `tcp:[::1]:22222`. */
export function ngAddressText({ transport, host, port }: NgAddress): string {
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return transport === "tcp" ? `tcp:${place}` : place;
}
