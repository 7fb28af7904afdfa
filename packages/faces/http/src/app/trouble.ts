import type { ActionId, Clock, Instant } from "@cordboard/kernel";
import { PlatformError } from "@cordboard/kernel";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ErrorCode } from "../error-table.ts";
import { errorTable } from "../error-table.ts";

/** What went wrong with one request, before a dialect puts it into its own words. */
export interface Trouble {
  readonly code: ErrorCode;
  /** The table's status. */
  readonly status: number;
  /** The table's meaning; holds nothing about the inside. */
  readonly message: string;
  readonly correlation: ActionId;
  readonly at: Instant;
}

/** An answer as status and body. */
export interface Spoken {
  readonly status: number;
  readonly body: unknown;
}

/** How a dialect says that something went wrong. */
export type ErrorVoice = (trouble: Trouble) => Spoken;

/** The house's own words: `{ error, message, correlation }`. */
export const houseVoice: ErrorVoice = ({ code, status, message, correlation }) => ({
  status,
  body: { error: code, message, correlation },
});

/** Seconds that a client is asked to wait when nothing tells a better time. */
const USUAL_WAIT_SECONDS = 5;

/** In whose words trouble is told, and when it is. */
export interface Speaker {
  /** The dialect that is spoken at a path (as `RequestFacts.path` has it). */
  voiceOf(path: string): ErrorVoice;
  now(): Instant;
}

/** A speaker that knows the time; without `voiceOf` the house's own words are used everywhere. */
export function speakerOf(clock: Clock, voiceOf: (path: string) => ErrorVoice = () => houseVoice): Speaker {
  return { voiceOf, now: () => clock.now() };
}

/** The trouble with one request, at this moment. */
export function troubleOf(code: ErrorCode, correlation: ActionId, at: Instant): Trouble {
  const { http, meaning } = errorTable[code];
  return { code, status: http, message: meaning, correlation, at };
}

/** Answers with a refusal. `retryAfterSeconds` is set by itself where the status asks for it (429, 503, `in-progress`). */
export function refuse(
  {
    request,
    reply,
    speaker,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly speaker: Speaker },
  code: ErrorCode,
  retryAfterSeconds?: number,
): FastifyReply {
  const { status, body } = speaker.voiceOf(request.door.path)(troubleOf(code, request.correlation, speaker.now()));
  const asksToWait = status === 429 || status === 503 || code === "in-progress";
  const wait = retryAfterSeconds ?? (asksToWait ? USUAL_WAIT_SECONDS : undefined);
  if (wait !== undefined && !reply.hasHeader("retry-after"))
    reply.header("retry-after", String(Math.max(1, Math.ceil(wait))));
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="cordboard"');
  return reply.code(status).send(body);
}

const libraryCodes: ReadonlyMap<unknown, ErrorCode> = new Map([
  ["FST_ERR_CTP_BODY_TOO_LARGE", "body-too-large"],
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", "unsupported-media-type"],
  ["FST_ERR_NOT_FOUND", "not-found"],
]);

/** The code of whatever was thrown: a fault keeps its own, a library's complaint about the request is `bad-request`. */
export function codeOfError(error: unknown): ErrorCode {
  if (error instanceof PlatformError) return error.code;
  if (typeof error !== "object" || error === null) return "internal";
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  const known = libraryCodes.get(code);
  if (known !== undefined) return known;
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return "bad-request";
  return "internal";
}
