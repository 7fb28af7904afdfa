import { isDeepStrictEqual } from "node:util";
import type { Actor } from "@cordboard/core";
import type { DoorSettings, EventsFace, Health, HttpAppOptions, LogInDesk, RequestActor } from "@cordboard/http";
import {
  createAuthenticator,
  createHttpApp,
  createUpgradeRouter,
  eventsFace,
  houseVoice,
  originMatcher,
  phoneAccess,
  requestActor,
  siteRoutes,
  speakerOf,
  trustedProxies,
} from "@cordboard/http";
import { openCredentialStore } from "@cordboard/store";
import { dialerLimits, dialerVoice, isDialerPath, webfonesFace } from "@cordboard/webfones";
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";
import type { OverloadGuard } from "../overload.ts";
import { hashPassword, verifyPassword } from "../passwords.ts";
import type { Foundation } from "../system/foundation.ts";
import type { Telephony } from "../system/telephony.ts";
import type { ChosenCertificate } from "../tls/shown-certificate.ts";
import { publicOrigin } from "./public-origin.ts";
import { openRetries } from "./retries.ts";
import { sipDoor } from "./sip-door.ts";

/** Every face, ready to be put behind listeners. */
export interface Faces {
  /** All of them, for the ordinary ports. */
  readonly whole: FastifyInstance;
  /** The dialer alone, for its own port. */
  readonly dialer: FastifyInstance;
  /** What takes over WebSockets. */
  readonly upgrade: ReturnType<typeof createUpgradeRouter>;
  readonly events: EventsFace;
  close(): Promise<void>;
}

/** What the faces are built on. */
export interface FaceParts {
  readonly foundation: Foundation;
  readonly telephony: Telephony;
  readonly overload: OverloadGuard;
  readonly chosen: ChosenCertificate;
  readonly metrics: Metrics;
  readonly health: () => Health;
  /** The HTTPS port that is really open; known once the listeners are. */
  readonly httpsPort: () => number | undefined;
}

const RETRY_AFTER_SECONDS = 5;
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Builds every face behind the same doors. */
export async function buildFaces(parts: FaceParts): Promise<Faces> {
  const { foundation, telephony, chosen, metrics, health } = parts;
  const { host } = foundation;
  const app = appOptions(parts);
  const { speaker } = app;
  const dialerAlone = speakerOf(host.clock, () => dialerVoice);
  const { logIn, actors } = await openLogIn(foundation);
  const events = eventsFace({
    bus: telephony.bus,
    live: telephony.live,
    presences: telephony.presences,
    desk: logIn,
    actors,
    speaker,
    ...host,
    stillValid: (actor) => isStillValid(foundation, actor),
  });
  const retries = openRetries(foundation, telephony.bus.describe().epoch);
  const dialing = { desk: telephony.calls, logIn, retries, ...host, limits: dialerLimits(host.clock) };
  const site = siteRoutes({
    speaker,
    actors,
    health,
    renderMetrics: async () => ({ contentType: METRICS_TYPE, text: await metrics.render() }),
    authorityPem: () => chosen.authority,
  });
  const { directory, settings, sipTokens } = foundation;
  const ice = { stun: settings.stun, turn: settings.turn, secret: settings.turnSecret };
  const phones = phoneAccess({ speaker, actors, directory, tokens: sipTokens, ice, ...host });
  const whole = await ready(watched(createHttpApp(app), metrics), [
    webfonesFace({ ...dialing, speaker, isAlone: false }),
    events.routes,
    phones,
    site,
  ]);
  const dialer = await ready(watched(createHttpApp({ ...app, speaker: dialerAlone }), metrics), [
    webfonesFace({ ...dialing, speaker: dialerAlone, isAlone: true }),
  ]);
  return {
    whole,
    dialer,
    upgrade: createUpgradeRouter({
      ...app,
      routes: new Map([
        ["/events", events.upgrade],
        ["/sip", sipDoor(telephony.webSockets)],
      ]),
    }),
    events,
    close: async () => {
      retries.stop();
      await events.close();
      await Promise.all([whole.close(), dialer.close()]);
    },
  };
}

function appOptions({ foundation, overload, httpsPort }: FaceParts): HttpAppOptions {
  const { host, settings, directory } = foundation;
  const doors: DoorSettings = {
    // Read at each request: a port of 0 becomes a real one when it is opened.
    get publicOrigin() {
      return publicOrigin(settings, httpsPort() ?? "off");
    },
    isTenantDomain: (name) => directory.tenantOfDomain(name) !== undefined,
    isAllowedOrigin: originMatcher(settings.allowOrigins),
    plainHttp: settings.plainHttp,
    httpsPort,
  };
  return {
    ...host,
    doors,
    speaker: speakerOf(host.clock, (path) => (isDialerPath(path) ? dialerVoice : houseVoice)),
    proxies: trustedProxies(settings.trustedProxies),
    admit: () => (overload.admits() ? { admitted: true } : { admitted: false, retryAfterSeconds: RETRY_AFTER_SECONDS }),
  };
}

async function ready(
  app: FastifyInstance,
  plugins: readonly ((app: FastifyInstance) => Promise<void>)[],
): Promise<FastifyInstance> {
  for (const plugin of plugins) await app.register(plugin);
  await app.ready();
  return app;
}

async function openLogIn(
  foundation: Foundation,
): Promise<{ readonly logIn: LogInDesk; readonly actors: RequestActor }> {
  const { config, database, directory, host } = foundation;
  const logIn = createAuthenticator({
    store: await openCredentialStore({ database, config }),
    ...host,
    verifyPassword,
    // Nobody knows this password: it is checked in place of the one of a user who is not there.
    dummyHash: await hashPassword(Buffer.from(host.random.bytes(16)).toString("hex")),
  });
  const names = {
    tenantOfDomain: (domain: string) => directory.tenantOfDomain(domain)?.id,
    defaultTenant: () => directory.defaultTenant().id,
  };
  return { logIn, actors: requestActor({ desk: logIn, names }) };
}

/** Whether a stream's actor is still who it was when it logged in. */
async function isStillValid(
  { config, directory }: Foundation,
  { tenant, key, user, roles, limits }: Actor,
): Promise<boolean> {
  if (key !== undefined) {
    const kept = (await config.keys(tenant)).find(({ id, revokedAt }) => id === key && revokedAt === null);
    return kept !== undefined && roles.includes(kept.role) && isDeepStrictEqual(kept.limits, limits);
  }
  const known = user === undefined ? undefined : directory.user(tenant, user);
  return known !== undefined && roles.includes(known.role);
}

function watched(app: FastifyInstance, metrics: Metrics): FastifyInstance {
  app.addHook("onResponse", (_request, reply, done) => {
    metrics.count("cordboard_http_requests_total", { status: `${Math.floor(reply.statusCode / 100)}xx` });
    metrics.observe("cordboard_http_request_seconds", reply.elapsedTime / 1000);
    done();
  });
  return app;
}
