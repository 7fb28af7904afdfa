import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";

/** What a mail server took. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Head and body, lines ended by CRLF. */
  readonly data: string;
}

/** How a mail server answers, by the first word of a command; `null`: not at all. */
export type SinkAnswers = Readonly<Record<string, string | null>>;

const willing: SinkAnswers = {
  greeting: "220 sink",
  EHLO: "250-sink\r\n250 AUTH PLAIN",
  AUTH: "235 welcome",
  MAIL: "250 OK",
  RCPT: "250 OK",
  DATA: "354 go on",
  end: "250 taken",
  QUIT: "221 bye",
};

/** A mail server on the loopback that keeps what it is given. */
export interface SmtpSink {
  readonly url: URL;
  readonly taken: readonly TakenMail[];
  /** First words of the commands that came. */
  readonly heard: readonly string[];
  /** How many connections are open. */
  open(): number;
  /** Settles when this many connections have come in all. */
  connections(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts one; `answers` differ from those of a server that takes everything. Any free port, unless it is to be one that was before. */
export async function startSmtpSink(answers: SinkAnswers = {}, port = 0): Promise<SmtpSink> {
  const says = { ...willing, ...answers };
  const taken: TakenMail[] = [];
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  let came = 0;
  let wake: () => void = () => undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    converse(socket, { says, taken, heard });
    came += 1;
    wake();
  });
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return {
    url: new URL(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`),
    taken,
    heard,
    open: () => sockets.size,
    async connections(count) {
      while (came < count)
        await new Promise<void>((next) => {
          wake = next;
        });
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface Conversation {
  readonly says: Readonly<Record<string, string | null>>;
  readonly taken: TakenMail[];
  readonly heard: string[];
}

function converse(socket: Socket, { says, taken, heard }: Conversation): void {
  let text = "";
  let isData = false;
  let from = "";
  let to: string[] = [];
  const say = (what: string): void => {
    const answer = says[what] === undefined ? "502 what?" : says[what];
    if (answer !== null) socket.write(`${answer}\r\n`);
    if (what === "QUIT") socket.end();
  };
  const takeLine = (line: string): void => {
    const [word = ""] = line.toUpperCase().split(" ", 1);
    heard.push(word);
    if (word === "MAIL") from = /<(.*)>/.exec(line)?.[1] ?? "";
    if (word === "RCPT") to = [...to, /<(.*)>/.exec(line)?.[1] ?? ""];
    isData = word === "DATA" && says["DATA"]?.startsWith("354") === true;
    say(word);
  };
  say("greeting");
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    for (;;) {
      const end = text.indexOf(isData ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return;
      const piece = text.slice(0, end);
      text = text.slice(end + (isData ? 5 : 2));
      if (isData) {
        taken.push({ from, to, data: piece });
        isData = false;
        say("end");
      } else takeLine(piece);
    }
  });
}
