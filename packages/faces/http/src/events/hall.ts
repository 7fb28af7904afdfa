import type { Actor, EventData, StreamPosition, Topic } from "@cordboard/core";
import type { Envelope, TenantId } from "@cordboard/kernel";
import { actorName } from "../credentials/actor-name.ts";
import type { PingRound } from "./ping-round.ts";
import { createPingRound } from "./ping-round.ts";
import { Room } from "./room.ts";
import { Tally } from "./tally.ts";
import type { Connection, EndOfStream, EventsOptions, EventsState, StreamLimits } from "./types.ts";
import { Viewer } from "./viewer.ts";

const PING_EVERY_SECONDS = 15;

/** A client that may enter. */
export interface Visit {
  readonly actor: Actor;
  readonly topics: ReadonlySet<Topic>;
  readonly since: StreamPosition | "unknown" | undefined;
  readonly connection: Connection;
}

/** Where a client is, and what to do when it leaves. */
interface Place {
  readonly room: Room;
  readonly leave: () => void;
}

/** Where all doors of the stream lead: one room for each tenant that has viewers, and how many of whom are in. */
export class Hall {
  readonly #options: EventsOptions;
  readonly #limits: StreamLimits;
  readonly #rooms = new Map<TenantId, Room>();
  readonly #viewers = new Map<Viewer, Place>();
  readonly #perActor = new Tally();
  readonly #pings: PingRound<Viewer>;
  #isOpen = true;
  #losses = 0;
  #tooSlow = 0;
  #whenEmpty = (): void => {};

  constructor(options: EventsOptions, limits: StreamLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#pings = createPingRound(options.clock, PING_EVERY_SECONDS);
  }

  /** Why one more stream of this actor may not open; `undefined` when it may. */
  refusalOf(actor: Actor): "shutting-down" | "too-many-streams" | undefined {
    const { maxClients, maxClientsPerActor } = this.#limits;
    if (!this.#isOpen) return "shutting-down";
    const isFull = this.#viewers.size >= maxClients || this.#perActor.of(actorName(actor)) >= maxClientsPerActor;
    return isFull ? "too-many-streams" : undefined;
  }

  /** Starts the stream of a client. {@link left} follows when its connection is gone. */
  enter({ actor, topics, since, connection }: Visit): Viewer {
    // Before the stream begins, so that its first word on the user is that it is there.
    const leave = this.#showPresent(actor);
    const room = this.#roomFor(actor.tenant);
    const viewer = new Viewer({ actor, topics, connection, room, limits: this.#limits, clock: this.#options.clock });
    room.add(viewer);
    this.#viewers.set(viewer, { room, leave });
    this.#perActor.add(actorName(actor));
    this.#pings.add(viewer);
    viewer.start(since);
    return viewer;
  }

  /** The client's connection is gone. */
  left(viewer: Viewer): void {
    viewer.closed();
    const place = this.#viewers.get(viewer);
    if (place === undefined) return;
    const { room, leave } = place;
    this.#viewers.delete(viewer);
    leave();
    this.#perActor.remove(actorName(viewer.actor));
    this.#pings.remove(viewer);
    room.remove(viewer);
    if (room.viewers.size === 0) {
      room.close();
      this.#rooms.delete(room.tenant);
    }
    if (this.#viewers.size === 0) this.#whenEmpty();
  }

  /** Lets nobody in any more and ends every stream; settles when all are gone. */
  close(): Promise<void> {
    this.#isOpen = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenEmpty = resolve;
    for (const viewer of this.#viewers.keys()) viewer.end("going-away");
    if (this.#viewers.size === 0) resolve();
    return promise;
  }

  describe(): Omit<EventsState, "waiting"> {
    let queuedBytes = 0;
    let queuedEvents = 0;
    for (const viewer of this.#viewers.keys()) {
      queuedBytes += viewer.queuedBytes;
      queuedEvents += viewer.queuedEvents;
    }
    return {
      clients: this.#viewers.size,
      rooms: this.#rooms.size,
      queuedBytes,
      queuedEvents,
      losses: this.#losses,
      tooSlow: this.#tooSlow,
    };
  }

  /** A person who looks on is connected; a program with a key is not a person. */
  #showPresent({ kind, tenant, user }: Actor): () => void {
    const { presences } = this.#options;
    return kind === "user" && user !== undefined && presences !== undefined
      ? presences.connect(tenant, user)
      : () => {};
  }

  #roomFor(tenant: TenantId): Room {
    const open = this.#rooms.get(tenant);
    if (open !== undefined) return open;
    const room: Room = new Room({
      tenant,
      bus: this.#options.bus,
      live: this.#options.live,
      onEvent: (envelope) => this.#recheck(room, envelope),
      onLoss: (end) => this.#countLoss(end),
    });
    this.#rooms.set(tenant, room);
    return room;
  }

  #countLoss(end: EndOfStream | undefined): void {
    this.#losses++;
    if (end !== undefined) this.#tooSlow++;
  }

  /** Configuration has changed: the streams of those whom it concerns end if they are not what they were. */
  #recheck(room: Room, { event, data }: Envelope): void {
    const { stillValid, log } = this.#options;
    if (event !== "config.changed.v1" || stillValid === undefined) return;
    const changed = data as EventData["config.changed.v1"];
    const check = async (viewer: Viewer): Promise<void> => {
      if (!(await stillValid(viewer.actor))) viewer.end("not-permitted");
    };
    for (const viewer of room.viewers) {
      const { actor } = viewer;
      if (changed.kind !== "tenant" && actor.user !== changed.id && actor.key !== changed.id) continue;
      check(viewer).catch((error: unknown) => {
        log.error("an actor could not be checked again", { tenant: room.tenant, actor: actorName(actor), error });
        viewer.end("not-permitted");
      });
    }
  }
}
