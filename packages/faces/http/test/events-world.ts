import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEventBus } from "@cordboard/bus";
import type { Actor, ApiKey, User } from "@cordboard/core";
import { noLimits, plainReach } from "@cordboard/core";
import type { Hash, KeyId, TenantId, UserId } from "@cordboard/kernel";
import { instant, randomOf, silentLog } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import type { FastifyInstance } from "fastify";
import type { DoorSettings, EventsFace, StreamLimits } from "../src/index.ts";
import {
  createAuthenticator,
  createHttpApp,
  createUpgradeRouter,
  eventsFace,
  requestActor,
  speakerOf,
  trustedProxies,
  wantsWebSocket,
} from "../src/index.ts";
import type { Company } from "./company.ts";
import { acme, makeCompany } from "./company.ts";

const nodeHash: Hash = {
  hex: (algorithm, text) => createHash(algorithm).update(text).digest("hex"),
  hmac: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};

export const doors: DoorSettings = {
  publicOrigin: "https://pbx.example.com",
  isTenantDomain: (name) => name === "acme.example",
  isAllowedOrigin: (origin) => origin === "https://crm.example",
  plainHttp: "loopback",
  httpsPort: () => 8443,
};

/** Who may look on, by key: everything, or one extension. The user 101 logs in with the password `101`. */
const keys: readonly ApiKey[] = [
  { id: "key_ALL" as KeyId, tenant: acme, name: "all", role: "admin", limits: noLimits },
  { id: "key_103" as KeyId, tenant: acme, name: "103", role: "admin", limits: { ...noLimits, extensions: ["103"] } },
];
const anna: User = {
  id: "usr_101" as UserId,
  tenant: acme,
  extension: "101",
  name: "Anna",
  role: "user",
  mobile: null,
  reach: plainReach,
  isAlwaysRecorded: false,
};

export interface EventsWorld {
  readonly clock: ManualClock;
  readonly company: Company;
  readonly face: EventsFace;
  readonly app: FastifyInstance;
  readonly port: number;
  /** The stream's newest number. */
  seq(): number;
  /** Actors that are no longer what they were. */
  readonly gone: Set<string>;
  /** Users who look on, once for each of their streams. */
  readonly present: UserId[];
  close(): Promise<void>;
}

/** A server with the live stream of one company, on a free port of this machine. */
export async function makeEventsWorld(
  options: { readonly ring?: number; readonly limits?: Partial<StreamLimits> } = {},
): Promise<EventsWorld> {
  const clock = manualClock(instant(Date.parse("2025-06-19T10:30:00.000Z")));
  const random = randomOf(globalThis);
  const ring = options.ring === undefined ? {} : { minEvents: options.ring, maxEvents: options.ring };
  const bus = createEventBus({ clock, epoch: "run1", limits: ring });
  const company = makeCompany(bus);
  const desk = createAuthenticator({
    store: {
      keyByHash: async (sha256) => keys.find(({ name }) => nodeHash.hex("sha256", name) === sha256),
      webLogin: async (_tenant, name) => (name === "101" ? { user: anna, passwordHash: "101" } : undefined),
    },
    hash: nodeHash,
    clock,
    random,
    verifyPassword: async (hash, password) => hash === password,
    dummyHash: "nobody",
  });
  const names = { tenantOfDomain: () => undefined, defaultTenant: () => acme };
  const actors = requestActor({
    desk,
    names,
    actorOfCookie: async (cookie) => (cookie === "__Host-session=anna" ? actorOfAnna : undefined),
  });
  const gone = new Set<string>();
  const present: UserId[] = [];
  const presences = {
    connect(_tenant: TenantId, user: UserId) {
      present.push(user);
      return () => void present.splice(present.indexOf(user), 1);
    },
  };
  const speaker = speakerOf(clock);
  const limits = options.limits ?? {};
  const stillValid = (actor: Actor): boolean => !gone.has(actor.key ?? actor.user ?? "");
  const face = eventsFace({
    bus,
    live: company.live,
    desk,
    actors,
    speaker,
    clock,
    log: silentLog,
    stillValid,
    presences,
    limits,
  });
  const proxies = trustedProxies(["127.0.0.1"]);
  const app = createHttpApp({ doors, proxies, clock, random, log: silentLog, speaker });
  await app.register(face.routes);
  await app.ready();
  const server = createServer({ shouldUpgradeCallback: wantsWebSocket }, app.routing);
  const routes = new Map([["/events", face.upgrade]]);
  server.on("upgrade", createUpgradeRouter({ doors, proxies, clock, random, log: silentLog, routes }));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    clock,
    company,
    face,
    app,
    port: (server.address() as AddressInfo).port,
    seq: () => bus.position(acme).seq,
    gone,
    present,
    async close() {
      await face.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await app.close();
    },
  };
}

const actorOfAnna: Actor = {
  tenant: acme,
  kind: "user",
  user: anna.id,
  extension: anna.extension,
  key: undefined,
  roles: [anna.role],
  limits: noLimits,
};
