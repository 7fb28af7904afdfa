import type { Socket } from "node:net";
import { connect } from "node:net";
import { until, within } from "./until.ts";

/** Something that happened in a baresip, as its control connection tells it. */
export interface BaresipEvent {
  /** Such as `REGISTER_OK`, `CALL_INCOMING`, `CALL_RINGING`, `CALL_ESTABLISHED` or `CALL_CLOSED`. */
  readonly type: string;
  readonly param?: string;
  readonly peeruri?: string;
}

/** The control connection of a baresip (its module ctrl_tcp: JSON in netstrings). */
export interface BaresipControl {
  readonly events: readonly BaresipEvent[];
  /** The first event of that type after the first `after` events; waits for it. */
  event(type: string, options?: { readonly after?: number; readonly withinMs?: number }): Promise<BaresipEvent>;
  /** Sends a command and gives back its answer. */
  command(command: string, params?: string): Promise<string>;
  close(): void;
}

interface CommandAnswer {
  readonly response?: true;
  readonly token?: string;
  readonly ok?: boolean;
  readonly data?: string;
}

/** Connects as soon as baresip listens. */
export async function controlBaresip(port: number): Promise<BaresipControl> {
  const socket = await until("baresip's control port", () => connected(port));
  const events: BaresipEvent[] = [];
  const answers = new Map<string, (answer: CommandAnswer) => void>();
  const watchers = new Set<() => void>();
  socket.on("error", () => {});
  socket.on(
    "data",
    netstringReader((text) => {
      const said = JSON.parse(text) as CommandAnswer & BaresipEvent;
      if (said.response === true) answers.get(said.token ?? "")?.(said);
      else events.push(said);
      for (const watch of [...watchers]) watch();
    }),
  );
  let asked = 0;
  return {
    events,
    event: (type, { after = 0, withinMs = 10_000 } = {}) => {
      const found = Promise.withResolvers<BaresipEvent>();
      const watch = (): void => {
        const event = events.slice(after).find((one) => one.type === type);
        if (event !== undefined) found.resolve(event);
      };
      watchers.add(watch);
      watch();
      return within(`baresip's event ${type}`, withinMs, found.promise).finally(() => watchers.delete(watch));
    },
    command: async (command, params) => {
      const token = `${++asked}`;
      const answer = Promise.withResolvers<CommandAnswer>();
      answers.set(token, answer.resolve);
      socket.write(netstring(JSON.stringify({ command, params, token })));
      const { ok, data = "" } = await within(`baresip's answer to ${command}`, 10_000, answer.promise);
      answers.delete(token);
      if (ok !== true) throw new Error(`baresip refused ${command} ${params ?? ""}: ${data}`);
      return data;
    },
    close: () => socket.destroy(),
  };
}

function connected(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => resolve(socket));
  });
}

/** `{…}` as the control connection frames it: `<length>:<bytes>,`. */
const netstring = (text: string): string => `${Buffer.byteLength(text)}:${text},`;

/** Digits that the length of a message may have. */
const LONGEST_HEAD = 6;

/** Takes netstrings out of a stream that comes in pieces; throws on what is none. */
function netstringReader(hear: (text: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const colon = rest.indexOf(":");
      if (colon < 0 && rest.length <= LONGEST_HEAD) return;
      const head = rest.toString("latin1", 0, Math.max(0, colon));
      if (!/^\d{1,6}$/.test(head))
        throw new Error(`baresip did not send a netstring: ${rest.toString("latin1", 0, 40)}`);
      const end = colon + 1 + Number(head);
      if (rest.length <= end) return;
      hear(rest.toString("utf8", colon + 1, end));
      rest = rest.subarray(end + 1);
    }
  };
}
