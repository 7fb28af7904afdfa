import type { Actor } from "@cordboard/core";
import { seconds } from "@cordboard/kernel";
import type { RawData, WebSocket } from "ws";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { addressSubject } from "../limits/rate-limiter.ts";
import type { Upgrade } from "../upgrade/upgrade-router.ts";
import type { Hall } from "./hall.ts";
import { readStreamQuery } from "./stream-query.ts";
import { Tally } from "./tally.ts";
import type { EndOfStream, EventsOptions, StreamLimits } from "./types.ts";
import { closeWebSocket, webSocketConnection } from "./web-socket.ts";

/** A client says who it is and pongs; nothing that it has to say is longer. */
const LONGEST_FRAME = 4096;
const AUTH_WITHIN = seconds(5);

const authFrame = z.object({ type: z.literal("auth"), token: z.string().min(1).max(2048) });
const pongFrame = z.object({ type: z.literal("pong") });

interface DoorOptions extends EventsOptions {
  readonly hall: Hall;
  readonly limits: StreamLimits;
}

/**
 * The stream's door for WebSockets. Who sends a credential in the request is refused before the upgrade if it is wrong; who
 * sends none has five seconds for a first frame `{"type":"auth","token":…}`. Later frames but `{"type":"pong"}` end the
 * stream: binary ones with 1003, those over 4 KiB with 1009, others with 1008.
 */
export class WebSocketDoor {
  readonly #options: DoorOptions;
  readonly #waiting = new Set<WebSocket>();
  readonly #waitingAt = new Tally();
  #isOpen = true;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: LONGEST_FRAME,
  });

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Sockets that have not said who they are. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes over an upgrade. */
  open(visit: Upgrade): void {
    this.#shake(visit).catch((error: unknown) => {
      this.#options.log.error("a stream could not be opened", { correlation: visit.correlation, error });
      visit.refuse("internal");
    });
  }

  /** Drops those who have not said who they are, and lets no more in; the others belong to the hall. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.all([...this.#waiting].map(dropped));
  }

  async #shake(visit: Upgrade): Promise<void> {
    const { actors, hall, limits } = this.#options;
    const outcome = await actors.outcomeOf(visit.request.headers, visit.facts);
    if (visit.socket.destroyed) return;
    if (!this.#isOpen) return visit.refuse("shutting-down");
    if (outcome.kind === "wait") return visit.refuse("rate-limited", outcome.retryAfterSeconds);
    if (outcome.kind === "wrong") return visit.refuse("unauthenticated");
    if (outcome.kind === "actor") {
      const refusal = hall.refusalOf(outcome.actor);
      if (refusal !== undefined) return visit.refuse(refusal);
      return this.#upgrade(visit, (webSocket) => this.#admit(visit, webSocket, outcome.actor));
    }
    const ofAddress = this.#waitingAt.of(addressSubject(visit.facts.client));
    if (this.#waiting.size >= limits.maxWaiting || ofAddress >= limits.maxWaitingPerAddress) {
      return visit.refuse("too-many-streams");
    }
    return this.#upgrade(visit, (webSocket) => this.#awaitAuth(visit, webSocket));
  }

  #upgrade({ request, socket, head }: Upgrade, opened: (webSocket: WebSocket) => void): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      // What the peer does wrong is answered by ws with the right code; errors of the socket end in `close`.
      webSocket.on("error", () => {});
      opened(webSocket);
    });
  }

  #awaitAuth(visit: Upgrade, webSocket: WebSocket): void {
    const subject = addressSubject(visit.facts.client);
    this.#waiting.add(webSocket);
    this.#waitingAt.add(subject);
    const deadline = this.#options.clock.after(AUTH_WITHIN, () => this.#turnAway(webSocket, "unauthenticated"));
    const stopWaiting = (): void => {
      deadline.cancel();
      if (this.#waiting.delete(webSocket)) this.#waitingAt.remove(subject);
    };
    webSocket.once("close", stopWaiting);
    webSocket.once("message", (data: RawData, isBinary: boolean) => {
      this.#actorOfFrame(visit, webSocket, isBinary ? "binary" : data)
        .then((actor) => {
          if (actor === undefined) return;
          stopWaiting();
          this.#admit(visit, webSocket, actor);
        })
        .catch((error: unknown) => {
          this.#options.log.error("a stream could not be opened", { correlation: visit.correlation, error });
          webSocket.terminate();
        });
    });
  }

  /** Who a first frame says that the client is; turns it away when that is nobody who may enter. */
  async #actorOfFrame(visit: Upgrade, webSocket: WebSocket, data: RawData | "binary"): Promise<Actor | undefined> {
    const { desk, hall } = this.#options;
    if (data === "binary") return this.#turnAway(webSocket, "binary-frame");
    const frame = authFrame.safeParse(jsonOf(data));
    if (!frame.success) return this.#turnAway(webSocket, "bad-frame");
    const outcome = await desk.logIn({ kind: "key", token: frame.data.token }, visit.facts.client);
    if (webSocket.readyState !== webSocket.OPEN) return undefined;
    if (outcome.kind !== "actor") return this.#turnAway(webSocket, "unauthenticated");
    const refusal = hall.refusalOf(outcome.actor);
    if (refusal === undefined) return outcome.actor;
    return this.#turnAway(webSocket, refusal === "shutting-down" ? "going-away" : refusal);
  }

  #admit({ socket, facts }: Upgrade, webSocket: WebSocket, actor: Actor): void {
    const { hall, clock } = this.#options;
    const connection = webSocketConnection(webSocket, socket, clock);
    const viewer = hall.enter({ actor, connection, ...readStreamQuery(facts.target, undefined) });
    socket.on("drain", () => viewer.drained());
    webSocket.once("close", () => hall.left(viewer));
    webSocket.on("message", (data: RawData, isBinary: boolean) => {
      if (isBinary) viewer.end("binary-frame");
      else if (!pongFrame.safeParse(jsonOf(data)).success) viewer.end("bad-frame");
    });
  }

  #turnAway(webSocket: WebSocket, why: EndOfStream): undefined {
    closeWebSocket(webSocket, why, this.#options.clock);
  }
}

/** Drops the connection; settles when it is gone. */
function dropped(webSocket: WebSocket): Promise<void> {
  return new Promise((gone) => {
    webSocket.once("close", () => gone());
    webSocket.terminate();
  });
}

/** The frame's JSON, or `undefined` when it is none. */
function jsonOf(data: RawData): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
