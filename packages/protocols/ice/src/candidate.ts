import { addressBytes, addressText } from "./address.ts";

/** Where a candidate's address is from. @rfc 8445#4 */
export type CandidateType = "host" | "srflx" | "prflx" | "relay";

/** An address at which a side may be reached. */
export interface Candidate {
  readonly foundation: string;
  /** 1 to 2³¹ − 1. */
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  readonly type: CandidateType;
}

/** How much a type is liked. @rfc 8445#5.1.2.2 */
const preference: Readonly<Record<CandidateType, number>> = { host: 126, prflx: 110, srflx: 100, relay: 0 };

/** The priority of a candidate of component 1; `local` (0 to 65,535) tells several of one type apart. @rfc 8445#5.1.2.1 */
export const candidatePriority = (type: CandidateType, local = 65_535): number =>
  preference[type] * 2 ** 24 + local * 2 ** 8 + 255;

const isType = (text: string | undefined): text is CandidateType =>
  text === "host" || text === "srflx" || text === "prflx" || text === "relay";

/**
 * Reads what stands after `a=candidate:`. Undefined for what we cannot use: other components than 1, TCP, names instead of
 * addresses (browsers hide theirs so; they are found by the checks that come from there), and nonsense.
 * @rfc 8839#5.1
 */
export function parseCandidate(text: string): Candidate | undefined {
  const [foundation, component, transport, priority, address, port, typ, type] = text.trim().split(/ +/, 8);
  if (component !== "1" || transport?.toUpperCase() !== "UDP" || typ !== "typ" || !isType(type)) return undefined;
  if (foundation === undefined || !/^[A-Za-z0-9+/]{1,32}$/.test(foundation)) return undefined;
  if (priority === undefined || !/^\d{1,10}$/.test(priority) || Number(priority) < 1 || Number(priority) >= 2 ** 31)
    return undefined;
  if (port === undefined || !/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  // A zone says where an address lies on the peer's machine, not on ours.
  const bytes = address === undefined || address.includes("%") ? undefined : addressBytes(address);
  if (bytes === undefined) return undefined;
  // In the one spelling in which packets from there will show it.
  return { foundation, priority: Number(priority), address: addressText(bytes), port: Number(port), type };
}

/** What stands after `a=candidate:`. A candidate that is not a host's names no related address: nobody needs to know it. */
export function printCandidate({ foundation, priority, address, port, type }: Candidate): string {
  const related = type === "host" ? "" : ` raddr ${address.includes(":") ? "::" : "0.0.0.0"} rport 9`;
  return `${foundation} 1 UDP ${priority} ${address} ${port} typ ${type}${related}`;
}
