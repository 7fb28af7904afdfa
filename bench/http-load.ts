import type { Socket } from "node:net";
import { connect } from "node:net";

/** What is asked, again and again. */
export interface HttpLoad {
  /** `http://127.0.0.1:8080`. */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of the next request. */
  readonly body: () => string;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What the answers were, after the warm-up. */
export interface HttpOutcome {
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly latenciesMs: readonly number[];
}

/** One address may ask 1,000 times in 15 minutes. */
const REQUESTS_PER_ADDRESS = 900;

/** Asks over keep-alive connections, each waiting for its answer before it asks again, from ever new addresses of 127.0.0.0/8. */
export async function askAgainAndAgain(load: HttpLoad): Promise<HttpOutcome> {
  const measureFrom = performance.now() + load.warmUpMs;
  const measureTo = measureFrom + load.measureMs;
  const statuses: Record<string, number> = {};
  const latenciesMs: number[] = [];
  const addresses = loopbackAddresses();
  const onAnswer = (status: number, askedAt: number): boolean => {
    const now = performance.now();
    if (now >= measureFrom && now < measureTo) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      latenciesMs.push(now - askedAt);
    }
    return now < measureTo;
  };
  const line = async (): Promise<void> => {
    while (performance.now() < measureTo) await askFrom(addresses.next().value, load, onAnswer);
  };
  await Promise.all(Array.from({ length: load.connections }, line));
  return { statuses, latenciesMs };
}

/** 127.1.0.1, 127.1.0.2 … */
function* loopbackAddresses(): Generator<string, never> {
  for (let index = 1; ; index++) yield `127.${1 + ((index >> 16) & 127)}.${(index >> 8) & 255}.${index & 255}`;
}

const HEAD_END = "\r\n\r\n";

/** Asks over one connection until its address is used up or `onAnswer` says that it is enough. */
function askFrom(
  localAddress: string,
  load: HttpLoad,
  onAnswer: (status: number, askedAt: number) => boolean,
): Promise<void> {
  const { hostname, port, host } = new URL(load.origin);
  const socket: Socket = connect({ host: hostname, port: Number(port), localAddress, noDelay: true });
  const head = [`POST ${load.path} HTTP/1.1`, `host: ${host}`];
  for (const [name, value] of Object.entries(load.headers)) head.push(`${name}: ${value}`);
  return new Promise((resolve, reject) => {
    let askedAt = 0;
    let asked = 0;
    let got = "";
    const ask = (): void => {
      const body = load.body();
      asked++;
      askedAt = performance.now();
      socket.write(`${head.join("\r\n")}\r\ncontent-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
    };
    socket.on("data", (bytes) => {
      got += bytes.toString("latin1");
      const end = got.indexOf(HEAD_END);
      if (end < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(got)?.[1] ?? 0);
      if (got.length < end + HEAD_END.length + length) return;
      const status = Number(got.slice(9, 12));
      got = "";
      if (onAnswer(status, askedAt) && asked < REQUESTS_PER_ADDRESS) ask();
      else socket.end();
    });
    socket.once("connect", ask);
    socket.once("error", reject);
    socket.once("close", () => resolve());
  });
}
