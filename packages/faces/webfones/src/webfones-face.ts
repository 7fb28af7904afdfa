import type { Actor, CallDesk } from "@cordboard/core";
import type {
  ErrorCode,
  IdempotencyStore,
  LogInDesk,
  RateLimiter,
  RateVerdict,
  Speaker,
  Spoken,
  StoredAnswer,
} from "@cordboard/http";
import {
  actorName,
  addressSubject,
  createRateLimiter,
  isRetryKey,
  rateHeaders,
  readKey,
  refuse,
  runOnce,
  troubleOf,
} from "@cordboard/http";
import type { Clock, Hash, Log } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { dialerPaths, dialerVoice, success, tooManyWithKey } from "./answers.ts";
import { readOrder } from "./read-order.ts";

/** Any dialer body is some hundred bytes. */
const BODY_LIMIT = 16 * 1024;
const REQUESTS_PER_ADDRESS = 1000;
const ADDRESS_WINDOW = seconds(900);
const KEY_WINDOW = seconds(60);
const JSON_TYPE = "application/json; charset=utf-8";

/** What the dialer gives orders to and counts with. */
export interface WebfonesOptions {
  readonly desk: CallDesk;
  readonly logIn: LogInDesk;
  readonly retries: IdempotencyStore;
  readonly hash: Hash;
  readonly clock: Clock;
  readonly log: Log;
  /** Must speak {@link dialerVoice} at the dialer's paths. */
  readonly speaker: Speaker;
  /** True where nothing else is served, as on the dialer's own port: every other path is its 404. */
  readonly isAlone: boolean;
  /** Counters that this face shares with the same dialer on another port. Default: its own. */
  readonly limits?: DialerLimits;
}

/** Requests counted by address and by key. */
export interface DialerLimits {
  readonly perAddress: RateLimiter;
  readonly perKey: RateLimiter;
}

/** Counters of one dialer, however many ports it is served on. */
export const dialerLimits = (clock: Clock): DialerLimits => ({
  perAddress: createRateLimiter({ clock, window: ADDRESS_WINDOW }),
  perKey: createRateLimiter({ clock, window: KEY_WINDOW }),
});

/** A request as far as it has been checked. */
interface Turn {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * The WebFones dialer: `POST /dialer/call` and `/dailer/call`. Checked in this order: the address' 1,000 requests in 15 minutes
 * (every request counts, also those refused), the key, the key's requests a minute, the body.
 */
export function webfonesFace(options: WebfonesOptions): (app: FastifyInstance) => Promise<void> {
  const { clock, speaker } = options;
  const { perAddress, perKey } = options.limits ?? dialerLimits(clock);

  const limit = ({ reply }: Turn, verdict: RateVerdict): boolean => {
    reply.headers(rateHeaders(verdict, clock));
    if (!verdict.isAllowed) reply.header("retry-after", String(verdict.resetSeconds));
    return verdict.isAllowed;
  };

  async function dial(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const turn = { request, reply };
    const token = readKey(request.headers);
    if (token === undefined) return refuse({ ...turn, speaker }, "unauthenticated");
    const outcome = await options.logIn.logIn({ kind: "key", token }, request.door.client);
    if (outcome.kind === "wait") return refuse({ ...turn, speaker }, "rate-limited", outcome.retryAfterSeconds);
    if (outcome.kind === "wrong") return refuse({ ...turn, speaker }, "not-permitted");
    const { actor } = outcome;
    const { ratePerMinute } = actor.limits;
    if (ratePerMinute !== null && !limit(turn, perKey.take(actorName(actor), ratePerMinute))) {
      return reply.code(tooManyWithKey.status).send(tooManyWithKey.body);
    }
    return answerOnce(turn, actor);
  }

  /** Places the call, at most once if the request carries an Idempotency-Key. */
  async function answerOnce({ request, reply }: Turn, actor: Actor): Promise<FastifyReply> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const key = request.headers["idempotency-key"];
    if (key === undefined) return send(reply, await place(request, actor, body));
    if (typeof key !== "string" || !isRetryKey(key)) return refuse({ request, reply, speaker }, "bad-idempotency-key");

    const { retries: store, hash, log } = options;
    const { path } = request.door;
    const scope = { tenant: actor.tenant, credential: actorName(actor), method: "POST", path, key };
    const outcome = await runOnce({ store, hash, log, scope, body: body.toString("base64") }, () =>
      place(request, actor, body),
    );
    if (outcome.kind === "refused") return refuse({ request, reply, speaker }, outcome.code);
    if (outcome.isReplay) reply.header("idempotency-replayed", "true");
    return send(reply, outcome.answer);
  }

  async function place(request: FastifyRequest, actor: Actor, body: Buffer): Promise<StoredAnswer> {
    const { correlation } = request;
    const say = (code: ErrorCode): StoredAnswer => stored(dialerVoice(troubleOf(code, correlation, clock.now())));
    const order = readOrder(body);
    if (!order.ok) return say(order.error);
    const placed = await options.desk.place({
      actor,
      correlation,
      ...order.value,
      device: null,
      isAutoAnswered: false,
    });
    return placed.ok ? stored(success) : say(placed.error.code);
  }

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook("onRequest", async (request, reply) => {
      const verdict = perAddress.take(addressSubject(request.door.client), REQUESTS_PER_ADDRESS);
      return limit({ request, reply }, verdict) ? undefined : refuse({ request, reply, speaker }, "rate-limited");
    });
    const notFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
      refuse({ request, reply, speaker }, "not-found");
    for (const path of dialerPaths) {
      app.post(path, dial);
      app.route({ method: ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"], url: path, handler: notFound });
    }
    if (options.isAlone) app.all("*", notFound);
  };
}

const stored = ({ status, body }: Spoken): StoredAnswer => ({
  status,
  contentType: JSON_TYPE,
  body: JSON.stringify(body),
});

/** Sends an answer that is already text. 429 and 503 tell when to come back. */
function send(reply: FastifyReply, { status, contentType, body }: StoredAnswer): FastifyReply {
  if ((status === 429 || status === 503) && !reply.hasHeader("retry-after")) reply.header("retry-after", "5");
  return reply.code(status).type(contentType).send(body);
}
