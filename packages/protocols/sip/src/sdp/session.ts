/** Which way media flows, seen from the side that wrote it. @rfc 8866#6.7 */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** An `a=` line: `name`, and what follows its colon (undefined without one). */
export interface Attribute {
  readonly name: string;
  readonly value: string | undefined;
}

/** The `o=` line. @rfc 8866#5.2 */
export interface Origin {
  readonly username: string;
  /** Decimal digits, up to 64 bits: kept as text. */
  readonly sessionId: string;
  /** As {@link sessionId}. */
  readonly version: string;
  /** IPv4, IPv6 (told by its colons) or a host name. */
  readonly address: string;
}

/** One `m=` section. @rfc 8866#5.14 */
export interface MediaSection {
  /** `audio`, `video`, … */
  readonly kind: string;
  /** 0 refuses or ends the stream. */
  readonly port: number;
  /** Number of ports, when given after a slash. */
  readonly portCount: number | undefined;
  /** `RTP/AVP`, `RTP/SAVP`, `UDP/TLS/RTP/SAVPF`, … */
  readonly protocol: string;
  /** Payload types (or other formats) in order of preference. */
  readonly formats: readonly string[];
  /** Connection address of this section, when it has its own. */
  readonly address: string | undefined;
  readonly attributes: readonly Attribute[];
  /** Lines of other kinds (`i=`, `b=`, `k=`, further `c=`), as written without the line end. */
  readonly others: readonly string[];
}

/** A session description. @rfc 8866#5 */
export interface SessionDescription {
  readonly origin: Origin;
  /** `s=`; `-` when there is nothing to say. */
  readonly name: string;
  /** Connection address for all sections that have none. */
  readonly address: string | undefined;
  /** `t=` lines without their `t=`, at least one. */
  readonly times: readonly string[];
  readonly attributes: readonly Attribute[];
  /** Lines of other kinds (`i=`, `u=`, `e=`, `p=`, `b=`, `k=`, `r=`, `z=`), as written. */
  readonly others: readonly string[];
  readonly media: readonly MediaSection[];
}

/** The first attribute of that name in a list. */
export const attribute = (attributes: readonly Attribute[], name: string): Attribute | undefined =>
  attributes.find((each) => each.name === name);
