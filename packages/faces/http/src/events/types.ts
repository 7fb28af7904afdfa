import type { Actor, EventBus, LiveView, Presences } from "@cordboard/core";
import type { Clock, Log } from "@cordboard/kernel";
import type { FastifyInstance } from "fastify";
import type { Speaker } from "../app/trouble.ts";
import type { LogInDesk } from "../credentials/authenticator.ts";
import type { RequestActor } from "../credentials/request-actor.ts";
import type { UpgradeHandler } from "../upgrade/upgrade-router.ts";

/** How much the stream takes on. */
export interface StreamLimits {
  /** A client's waiting bytes beyond which it loses its queue. */
  readonly queueBytes: number;
  /** A client's waiting events beyond which it loses its queue. */
  readonly queueEvents: number;
  /** Streams open in all. */
  readonly maxClients: number;
  /** Streams open of one key or user. */
  readonly maxClientsPerActor: number;
  /** WebSockets that have not said who they are, in all and from one address (one /64 network). */
  readonly maxWaiting: number;
  readonly maxWaitingPerAddress: number;
}

/** As the contract has it, for up to 10,000 clients, 200 of one actor. */
export const defaultStreamLimits: StreamLimits = {
  queueBytes: 1024 * 1024,
  queueEvents: 2000,
  maxClients: 10_000,
  maxClientsPerActor: 200,
  maxWaiting: 1000,
  maxWaitingPerAddress: 50,
};

/** What the live stream reads from, and who is let in. */
export interface EventsOptions {
  readonly bus: EventBus;
  readonly live: LiveView;
  readonly desk: LogInDesk;
  readonly actors: RequestActor;
  readonly speaker: Speaker;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Whether the actor is still all that it was: neither removed nor changed. Asked when its key, user or tenant is named by a
   * `config.changed.v1`; if not, its streams are closed. Default: always.
   */
  stillValid?(actor: Actor): boolean | Promise<boolean>;
  /** Told of users while they look on, which shows in their presence. Default: nobody. */
  readonly presences?: Pick<Presences, "connect">;
  readonly limits?: Partial<StreamLimits>;
}

/** The live stream, by WebSocket and by server-sent events. */
export interface EventsFace {
  /** For the upgrade router, at `/events`. */
  readonly upgrade: UpgradeHandler;
  /** A plugin with `GET /events`. */
  readonly routes: (app: FastifyInstance) => Promise<void>;
  /** Closes every stream; settles when all are gone. */
  close(): Promise<void>;
  describe(): EventsState;
}

/** The streams that are open now, for health and metrics. */
export interface EventsState {
  readonly clients: number;
  /** WebSockets that have not said who they are. */
  readonly waiting: number;
  readonly rooms: number;
  readonly queuedBytes: number;
  readonly queuedEvents: number;
  /** Since the start: queues lost, and clients closed for losing three in a minute. */
  readonly losses: number;
  readonly tooSlow: number;
}

/** Why we end a stream, with the WebSocket close code that says it (RFC 6455 §7.4.1). */
export type EndOfStream =
  | "going-away"
  | "not-permitted"
  | "unauthenticated"
  | "too-slow"
  | "too-many-streams"
  | "bad-frame"
  | "binary-frame";

/** One client's way out: a WebSocket or an event stream. */
export interface Connection {
  readonly encoding: Encoding;
  /** Hands bytes to the socket; false when it wants no more until it has drained. */
  write(bytes: Buffer): boolean;
  /** Holds writes back so that those up to {@link uncork} leave as one. */
  cork(): void;
  uncork(): void;
  /** Says why, as far as the protocol can, and closes. */
  end(why: EndOfStream): void;
  /** Whether the peer has been heard from, or has taken bytes, since this was last asked; asks it for a sign of life. */
  probe(): boolean;
  /** Drops the connection at once. */
  destroy(): void;
}

/** In which form frames reach a client. */
export type Encoding = "websocket" | "event-stream";
