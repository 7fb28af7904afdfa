import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What is to come of a message: a final status, or nothing at all. */
export type Verdict = number | "dropped";

/** One message of a torture test, and what is to come of it. */
export interface TortureMessage {
  /** Of its file, without `.dat`. */
  readonly name: string;
  /** Section of the RFC, and why what comes of it is right, where the section leaves a choice. */
  readonly section: string;
  /** From an agent that serves INVITE, MESSAGE, OPTIONS and REGISTER, and lets everybody in. */
  readonly agent: Verdict;
  /** From the running server, which asks who it is, and serves no MESSAGE. */
  readonly server: Verdict;
}

/** The messages of one RFC. */
export interface TortureSet {
  readonly rfc: string;
  readonly folder: string;
  readonly messages: readonly TortureMessage[];
}

type Row = readonly [name: string, section: string, agent: Verdict, server?: Verdict];

const rowsOf = (rows: readonly Row[]): readonly TortureMessage[] =>
  rows.map(([name, section, agent, server = agent]) => ({ name, section, agent, server }));

/** The messages of RFC 4475, one file each; they live beside the repository, not in it. */
export const rfc4475: TortureSet = {
  rfc: "4475",
  folder: fileURLToPath(new URL("../../../../../../shared/vectors/rfc4475/", import.meta.url)),
  messages: rowsOf([
    ["wsinv", "3.1.1.1: it names a dialog that is not here", 481],
    ["intmeth", "3.1.1.2", 501],
    ["esc01", "3.1.1.3", 200, 407],
    ["escnull", "3.1.1.4", 200, 401],
    ["esc02", "3.1.1.5", 501],
    ["lwsdisp", "3.1.1.6", 200],
    ["longreq", "3.1.1.7", 200, 407],
    ["dblreq", "3.1.1.8: what follows the first message of a datagram is left alone", 200, 401],
    ["semiuri", "3.1.1.9", 200],
    ["transports", "3.1.1.10", 200],
    ["mpart01", "3.1.1.11", 200, 401],
    ["unreason", "3.1.1.12: a response to nothing of ours", "dropped"],
    ["noreason", "3.1.1.13: a response to nothing of ours", "dropped"],
    ["badinv01", "3.1.2.1", 400],
    ["clerr", "3.1.2.2", 400],
    ["ncl", "3.1.2.3", 400],
    ["scalar02", "3.1.2.4", 400],
    ["scalarlg", "3.1.2.5: a response that cannot be read", "dropped"],
    ["quotbal", "3.1.2.6", 400],
    ["ltgtruri", "3.1.2.7", 400],
    ["lwsruri", "3.1.2.8", 400],
    ["lwsstart", "3.1.2.9", 400],
    ["trws", "3.1.2.10", 400],
    ["escruri", "3.1.2.11: may be let through, its headers ignored", 200, 407],
    ["baddate", "3.1.2.12: may be let through, as Date decides nothing", 200, 407],
    ["regbadct", "3.1.2.13", 400],
    ["badaspec", "3.1.2.14", 400],
    ["baddn", "3.1.2.15", 400],
    ["badvers", "3.1.2.16", 505],
    ["mismatch01", "3.1.2.17", 400],
    ["mismatch02", "3.1.2.18", 501],
    ["bigcode", "3.1.2.19: a response that cannot be read", "dropped"],
    ["badbranch", "3.2.1", 200],
    ["insuf", "3.3.1", 400],
    ["unkscm", "3.3.2", 416],
    ["novelsc", "3.3.3", 416],
    ["unksm2", "3.3.4: the registrar decides on its Contact", 200, 401],
    ["bext01", "3.3.5", 420],
    ["invut", "3.3.6", 415],
    ["regaut01", "3.3.7: the registrar decides on its credentials", 200, 401],
    ["multi01", "3.3.8", 400],
    ["mcl01", "3.3.9", 400],
    ["bcast", "3.3.10: a response to nothing of ours", "dropped"],
    ["zeromf", "3.3.11", 483],
    ["cparam01", "3.3.12", 200, 401],
    ["cparam02", "3.3.13", 200, 401],
    ["regescrt", "3.3.14", 200, 401],
    ["sdp01", "3.3.15", 406],
    ["inv2543", "3.4.1", 200, 407],
    ["test", "not in the RFC: no version, no Via to answer to", "dropped"],
  ]),
};

/** Messages after the sections of RFC 5118; `README.md` beside them says more. */
export const rfc5118: TortureSet = {
  rfc: "5118",
  folder: fileURLToPath(new URL("../vectors/rfc5118/", import.meta.url)),
  messages: rowsOf([
    ["ipv6-good", "4.1", 200, 401],
    ["ipv6-bad", "4.2: an address without brackets is no host", 400],
    ["port-ambiguous", "4.3: what is in the brackets is all address", 200, 401],
    ["port-unambiguous", "4.4", 200, 401],
    ["via-received-with-delim", "4.5: taken with brackets; it names a dialog that is not here", 481],
    ["via-received-without-delim", "4.5: taken without brackets; it names a dialog that is not here", 481],
    ["ipv6-in-sdp", "4.6", 200, 407],
    ["mult-ip-in-header", "4.7: it names a dialog that is not here", 481],
    ["mult-ip-in-sdp", "4.8", 200, 407],
    ["ipv4-mapped-ipv6", "4.9", 200, 407],
    ["ipv6-bug-abnf-3-colons", "4.10: the grammar of RFC 3261 made such addresses, so they are let through", 200],
    ["brackets-open", "RFC 3261 §25.1: a bracket that does not close", 400],
    ["brackets-trailing", "RFC 3261 §25.1: only a colon may follow the bracket", 400],
    ["brackets-empty", "RFC 3261 §25.1: no address in the brackets", 400],
    ["brackets-zone", "RFC 3261 §25.1: zones mean nothing to others, and have no place in a URI", 400],
    ["via-without-brackets", "RFC 3261 §25.1: a Via that cannot be read; answered to where it came from", 400],
  ]),
};

/** The names of the messages that are there. */
export const namesIn = ({ folder }: TortureSet): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder).flatMap((file) => (file.endsWith(".dat") ? [file.slice(0, -".dat".length)] : []))
    : [];

/** The bytes of one. */
export const bytesOf = ({ folder }: TortureSet, name: string): Uint8Array =>
  new Uint8Array(readFileSync(`${folder}${name}.dat`));
