import type { IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { ActionId, Clock, Log, Random } from "@cordboard/kernel";
import { makeId } from "@cordboard/kernel";
import type { Admission } from "../app/http-app.ts";
import { houseVoice, troubleOf } from "../app/trouble.ts";
import { checkDoors } from "../doors/check-doors.ts";
import type { TrustedProxies } from "../doors/proxies.ts";
import { factsOf } from "../doors/request-facts.ts";
import type { DoorSettings, RequestFacts } from "../doors/types.ts";
import type { ErrorCode } from "../error-table.ts";
import { errorTable } from "../error-table.ts";

/** An upgrade that has passed the doors. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What the client sent after its request. */
  readonly head: Buffer;
  readonly facts: RequestFacts;
  readonly correlation: ActionId;
  /** Answers with an entry of the error table in place of the upgrade, and closes. */
  refuse(code: ErrorCode, retryAfterSeconds?: number): void;
}

/** Takes over an upgrade: from here on the socket is its own. */
export type UpgradeHandler = (upgrade: Upgrade) => void;

/** What an upgrade is judged by, and where it may lead. */
export interface UpgradeRouterOptions {
  readonly doors: DoorSettings;
  readonly proxies: TrustedProxies;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** By path in lower case without a slash at the end: `/events`, `/sip`. */
  readonly routes: ReadonlyMap<string, UpgradeHandler>;
  readonly admit?: () => Admission;
}

/** Whether a request asks for a WebSocket; for `shouldUpgradeCallback` of the listener, so that other upgrades are ignored. */
export const wantsWebSocket = (request: IncomingMessage): boolean =>
  request.headers.upgrade?.trim().toLowerCase() === "websocket";

/** The listener of a server's `upgrade`: the same doors as for requests, then the handler of the path. */
export function createUpgradeRouter(
  options: UpgradeRouterOptions,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const { doors, proxies, clock, random, log, routes, admit } = options;
  return (request, socket, head) => {
    // Without a listener an error of the socket, such as a reset, would end the process.
    socket.on("error", () => socket.destroy());
    const facts = factsOf(request, proxies, true);
    const correlation = makeId("act", clock.now(), random);
    const refuse = (code: ErrorCode, retryAfterSeconds?: number): void => {
      log[errorTable[code].level]("an upgrade was refused", { correlation, code, path: facts.path });
      answer(socket, troubleText(code, correlation, clock), retryAfterSeconds);
    };
    const verdict = checkDoors(facts, doors);
    const handler = routes.get(facts.path);
    const admission = admit?.();
    if (verdict.kind === "refuse") refuse(verdict.code);
    else if (verdict.kind !== "pass" || !wantsWebSocket(request)) refuse("bad-request");
    else if (handler === undefined) refuse("not-found");
    else if (admission?.admitted === false) refuse("overloaded", admission.retryAfterSeconds);
    else handler({ request, socket, head, facts, correlation, refuse });
  };
}

function troubleText(
  code: ErrorCode,
  correlation: ActionId,
  clock: Clock,
): { readonly status: number; readonly body: string } {
  const { status, body } = houseVoice(troubleOf(code, correlation, clock.now()));
  return { status, body: JSON.stringify(body) };
}

function answer(
  socket: Duplex,
  { status, body }: { readonly status: number; readonly body: string },
  retryAfterSeconds: number | undefined,
): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    ...(status === 429 || status === 503 ? [`retry-after: ${Math.max(1, Math.ceil(retryAfterSeconds ?? 5))}`] : []),
    ...(status === 401 ? ['www-authenticate: Bearer realm="cordboard"'] : []),
  ];
  // Closed as soon as it is written: a peer that reads nothing keeps nothing open.
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
