import type { Socket as DatagramSocket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { mutated, seededRandom, sipSamples } from "@cordboard/testkit";
import { demo, portOf } from "./company.ts";
import { until, within } from "./until.ts";

/** Bytes and datagrams between two pings, so few that every socket buffer holds them. */
const WINDOW = { bytes: 64_000, messages: 40 } as const;
/** The largest datagram that UDP takes, and some less. */
const LARGEST_DATAGRAM = 60_000;
const MUTANTS_A_CONNECTION = 20;
const ANSWERED_WITHIN_MS = 10_000;
/** A ping that got lost is sent again after this. */
const PING_AGAIN_MS = 250;

/** Sends mutants to a server and knows that it has read them. */
export interface MutantSender {
  /** The mutants of these numbers; settles when the server has dealt with them and answers again. */
  send(first: number, count: number): Promise<void>;
  close(): void;
}

const samples = {
  udp: sipSamples({ host: demo.domain, user: "101" }),
  tcp: sipSamples({ host: demo.domain, user: "101", transport: "TCP" }),
} as const;

/** The mutant of a number, with a transaction of its own where its branch still stands. */
function mutantOf(number: number, transport: keyof typeof samples): Uint8Array {
  const random = seededRandom(number);
  const from = samples[transport];
  const bytes = mutated(from[random.between(0, from.length - 1)] ?? new Uint8Array(0), random, from);
  const text = Buffer.from(bytes).toString("latin1");
  return Buffer.from(text.replace(/z9hG4bK-[A-Z]+/, `z9hG4bK-${number}`), "latin1");
}

function pingText(name: string, transport: string, port: number): string {
  return [
    `OPTIONS sip:${demo.domain} SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:${port};branch=z9hG4bK${name};rport`,
    "Max-Forwards: 70",
    `From: <sip:ping@${demo.domain}>;tag=ping`,
    `To: <sip:${demo.domain}>`,
    `Call-ID: ${name}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}

/** Over UDP: a window of mutants, then a ping whose answer says that all before it were read. */
export async function sendByUdp(address: string): Promise<MutantSender> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const port = portOf(address);
  let pings = 0;
  const ping = async (): Promise<void> => {
    const name = `ping-${process.pid}-${pings++}`;
    let isAnswered = false;
    const hear = (bytes: Buffer): void => {
      isAnswered ||= bytes.includes(`Call-ID: ${name}\r\n`);
    };
    socket.on("message", hear);
    try {
      await untilAnswered(
        () => sendDatagram(socket, port, Buffer.from(pingText(name, "UDP", socket.address().port))),
        () => isAnswered,
      );
    } finally {
      socket.off("message", hear);
    }
  };
  return {
    async send(first, count) {
      let window: number[] = [];
      let bytes = 0;
      for (let number = first; number < first + count; number++) {
        const mutant = mutantOf(number, "udp").subarray(0, LARGEST_DATAGRAM);
        await sendDatagram(socket, port, mutant);
        window.push(number);
        bytes += mutant.length;
        if (bytes < WINDOW.bytes && window.length < WINDOW.messages && number < first + count - 1) continue;
        await blaming(window, "udp", ping());
        window = [];
        bytes = 0;
      }
    },
    close: () => void socket.close(),
  };
}

async function untilAnswered(ask: () => Promise<void>, isAnswered: () => boolean): Promise<void> {
  let asked = 0;
  let turns = 0;
  await until(
    () => `an answer to OPTIONS; asked ${asked} times`,
    async () => {
      if (turns++ % PING_AGAIN_MS === 0) {
        asked++;
        await ask();
      }
      return isAnswered();
    },
    { withinMs: ANSWERED_WITHIN_MS, everyMs: 1 },
  );
}

function sendDatagram(socket: DatagramSocket, port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, port, "127.0.0.1", (fault) => (fault === null ? resolve() : reject(fault)));
  });
}

/** What `work` gives; when it fails, with the mutants that may be to blame. */
async function blaming<Value>(
  numbers: readonly number[],
  transport: keyof typeof samples,
  work: Promise<Value>,
): Promise<Value> {
  try {
    return await work;
  } catch (cause) {
    const shown = numbers.map(
      (number) => `${number}: ${Buffer.from(mutantOf(number, transport)).toString("hex", 0, 2048)}`,
    );
    throw new Error(`the server stumbled over one of these:\n${shown.join("\n")}`, { cause });
  }
}

/** Over TCP: some mutants in pieces on a connection, which the server closes at the latest when we do. */
export function sendByTcp(address: string): MutantSender {
  const port = portOf(address);
  return {
    async send(first, count) {
      for (let number = first; number < first + count; number += MUTANTS_A_CONNECTION)
        await sendOnConnection(port, number, Math.min(MUTANTS_A_CONNECTION, first + count - number));
    },
    close() {},
  };
}

async function sendOnConnection(port: number, first: number, count: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  // The server may close in the middle of what we send; that is its right.
  socket.on("error", () => {});
  socket.resume();
  const closed = once(socket, "close");
  const random = seededRandom(first);
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  for (const number of numbers) {
    const bytes = mutantOf(number, "tcp");
    for (let at = 0; at < bytes.length; ) {
      const end = at + random.between(1, 4_000);
      if (socket.writable) socket.write(bytes.subarray(at, end));
      at = end;
    }
  }
  socket.end();
  await within(
    `the server to close the connection of mutants ${first} to ${first + count - 1}`,
    ANSWERED_WITHIN_MS,
    closed,
  );
}
