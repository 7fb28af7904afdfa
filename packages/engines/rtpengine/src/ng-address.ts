/** Where an rtpengine listens for the ng protocol. */
export interface NgAddress {
  readonly transport: "udp" | "tcp";
  /** Literal address or host name; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** As it stands in settings, logs and metrics: `10.0.0.5:22222`, `tcp:[::1]:22222`. */
export function ngAddressText({ transport, host, port }: NgAddress): string {
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return transport === "tcp" ? `tcp:${place}` : place;
}
