import { hash } from "node:crypto";
import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { setTimeout as pause } from "node:timers/promises";
import type { Office } from "./office.ts";

/** Phones that register over UDP, of which so many wait for an answer at any time. */
export interface RegisterLoad {
  /** Registers phone after phone for so long. */
  register(way: Way, forMs: number): Promise<Registered>;
  close(): void;
}

/**
 * `at-once`: under the next count of the nonce that the phone has, as phones refresh, one request each. `challenged`: every time
 * without credentials first.
 */
export type Way = "at-once" | "challenged";

/** What came of it. */
export interface Registered {
  /** Times that a phone got its 200. */
  readonly registered: number;
  /** Requests that were not answered in time, or otherwise than was to be expected. */
  readonly failed: number;
  /** From the request with credentials to its 200. */
  readonly answeredAfterMs: readonly number[];
}

/** Phones that wait for an answer at the same time. */
const AT_ONCE = 64;
const PATIENCE_MS = 2_000;
/** After a refusal, so that refusals do not become the load. */
const REST_MS = 100;

/** A phone that does nothing but register. */
interface Phone {
  readonly index: number;
  readonly user: string;
  readonly password: string;
  /** What the answer to a challenge is made of, once there was one. */
  challenge: Challenge | undefined;
  count: number;
  sequence: number;
  askedAt: number;
  /** Whether the request that is out has credentials. */
  isProving: boolean;
}

interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly ha1: string;
  readonly ha2: string;
}

const md5 = (text: string): string => hash("md5", text, "hex");

/** A phone for each of the office's extensions, all behind one port. */
export async function openRegisterLoad(office: Office): Promise<RegisterLoad> {
  const [address = "", port] = office.server.addresses.sipUdp.split(":");
  const socket = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { domain } = office;
  const phones = office.extensions.map(
    (user, index): Phone => ({
      index,
      user,
      password: office.passwordOf(user),
      challenge: undefined,
      count: 0,
      sequence: 0,
      askedAt: 0,
      isProving: false,
    }),
  );
  return new Load(socket, phones, { address, port: Number(port), domain });
}

interface Server {
  readonly address: string;
  readonly port: number;
  readonly domain: string;
}

class Load implements RegisterLoad {
  readonly #socket: Socket;
  readonly #phones: readonly Phone[];
  readonly #server: Server;
  #way: Way = "at-once";
  #next = 0;
  #isOver = true;
  #registered = 0;
  #failed = 0;
  #answeredAfterMs: number[] = [];
  /** Phones that wait for an answer. */
  readonly #waiting = new Set<Phone>();

  constructor(socket: Socket, phones: readonly Phone[], server: Server) {
    this.#socket = socket;
    this.#phones = phones;
    this.#server = server;
    socket.on("message", (bytes) => this.#hear(bytes.toString("latin1")));
  }

  async register(way: Way, forMs: number): Promise<Registered> {
    this.#way = way;
    this.#isOver = false;
    this.#registered = 0;
    this.#failed = 0;
    this.#answeredAfterMs = [];
    for (let line = 0; line < AT_ONCE; line++) this.#turnToNext();
    await pause(forMs);
    const outcome = { registered: this.#registered, failed: this.#failed, answeredAfterMs: this.#answeredAfterMs };
    this.#isOver = true;
    const until = performance.now() + PATIENCE_MS;
    while (this.#waiting.size > 0 && performance.now() < until) await pause(10);
    const late = this.#waiting.size;
    this.#waiting.clear();
    return { ...outcome, failed: outcome.failed + late };
  }

  close(): void {
    this.#socket.close();
  }

  #turnToNext(): void {
    if (this.#isOver) return;
    const phone = this.#phones[this.#next];
    this.#next = (this.#next + 1) % this.#phones.length;
    if (phone === undefined || this.#waiting.has(phone)) return;
    this.#waiting.add(phone);
    this.#ask(phone, this.#way === "at-once" && phone.challenge !== undefined);
  }

  #ask(phone: Phone, isProving: boolean): void {
    phone.isProving = isProving;
    phone.sequence++;
    phone.askedAt = performance.now();
    const text = requestOf(
      phone,
      this.#server,
      this.#socket.address().port,
      isProving ? answerOf(phone, this.#server) : "",
    );
    this.#socket.send(text, this.#server.port, this.#server.address);
  }

  #hear(text: string): void {
    const index = Number(/^Call-ID: ?phone-(\d+)@/im.exec(text)?.[1]);
    const sequence = Number(/^CSeq: ?(\d+)/im.exec(text)?.[1]);
    const phone = this.#phones[index];
    if (phone === undefined || phone.sequence !== sequence || !this.#waiting.has(phone)) return;
    const status = Number(text.slice(8, 11));
    if (status === 401 && !phone.isProving) {
      phone.challenge = challengeIn(text, phone, this.#server);
      phone.count = 0;
      this.#ask(phone, true);
      return;
    }
    this.#waiting.delete(phone);
    if (status !== 200) {
      phone.challenge = undefined;
      this.#failed++;
      setTimeout(() => this.#turnToNext(), REST_MS);
      return;
    }
    this.#registered++;
    this.#answeredAfterMs.push(performance.now() - phone.askedAt);
    this.#turnToNext();
  }
}

/** The challenge for MD5 among those of an answer. */
function challengeIn(text: string, { user, password }: Phone, { domain }: Server): Challenge {
  const line = /^WWW-Authenticate:[^\r]*algorithm=MD5[^\r]*/im.exec(text)?.[0] ?? "";
  const realm = /realm="([^"]*)"/.exec(line)?.[1] ?? "";
  const nonce = /nonce="([^"]*)"/.exec(line)?.[1] ?? "";
  return { realm, nonce, ha1: md5(`${user}:${realm}:${password}`), ha2: md5(`REGISTER:sip:${domain}`) };
}

/** The answer to the phone's challenge, under the next count. */
function answerOf(phone: Phone, { domain }: Server): string {
  if (phone.challenge === undefined) return "";
  const { realm, nonce, ha1, ha2 } = phone.challenge;
  const count = (++phone.count).toString(16).padStart(8, "0");
  const response = md5(`${ha1}:${nonce}:${count}:c0ffee:auth:${ha2}`);
  return (
    `Authorization: Digest username="${phone.user}", realm="${realm}", nonce="${nonce}", uri="sip:${domain}", ` +
    `response="${response}", algorithm=MD5, qop=auth, nc=${count}, cnonce="c0ffee"\r\n`
  );
}

const requestOf = ({ index, user, sequence }: Phone, { domain }: Server, port: number, proof: string): string =>
  `REGISTER sip:${domain} SIP/2.0\r\n` +
  `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${index}-${sequence};rport\r\n` +
  "Max-Forwards: 70\r\n" +
  `From: <sip:${user}@${domain}>;tag=phone-${index}\r\n` +
  `To: <sip:${user}@${domain}>\r\n` +
  `Call-ID: phone-${index}@127.0.0.1\r\n` +
  `CSeq: ${sequence} REGISTER\r\n` +
  `Contact: <sip:${user}@127.0.0.1:${port}>\r\n` +
  `${proof}Expires: 3600\r\n` +
  "User-Agent: register-load\r\n" +
  "Content-Length: 0\r\n\r\n";
