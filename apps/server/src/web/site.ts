import { isDeepStrictEqual } from "node:util";
import type { Actor } from "@cordboard/core";
import type { DoorSettings, EventsFace, Health, HttpAppOptions, LogInDesk, RequestActor } from "@cordboard/http";
import {
  createAuthenticator,
  createHttpApp,
  createUpgradeRouter,
  eventsFace,
  houseVoice,
  requestActor,
  siteRoutes,
  speakerOf,
  trustedProxies,
  wantsWebSocket,
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
import type { Listeners, Listening } from "./listeners.ts";
import { openListeners } from "./listeners.ts";
import { publicOrigin } from "./public-origin.ts";
import { retriesIn } from "./retries.ts";

/** Everything that is served over HTTP. */
export interface Site {
  readonly listeners: Listeners;
  readonly events: EventsFace;
  close(): Promise<void>;
}

/** What the web faces are built on. */
export interface SiteParts {
  readonly foundation: Foundation;
  readonly telephony: Telephony;
  readonly overload: OverloadGuard;
  readonly chosen: ChosenCertificate;
  readonly metrics: Metrics;
  readonly health: (listeners: Listeners | undefined) => Health;
}

const RETRY_AFTER_SECONDS = 5;
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Builds the faces, and opens their ports. */
export async function openSite(parts: SiteParts): Promise<Site> {
  const { foundation, telephony, overload, chosen, metrics } = parts;
  const { host, settings } = foundation;
  let listeners: Listeners | undefined;
  const doors: DoorSettings = {
    publicOrigin: publicOrigin(settings, settings.httpsPort),
    isTenantDomain: (name) => foundation.directory.tenantOfDomain(name) !== undefined,
    isAllowedOrigin: (origin) => settings.allowOrigins.includes(origin),
    plainHttp: settings.plainHttp,
    httpsPort: () => listeners?.port("https"),
  };
  const speaker = speakerOf(host.clock, (path) => (isDialerPath(path) ? dialerVoice : houseVoice));
  const app: HttpAppOptions = {
    ...host,
    doors,
    speaker,
    proxies: trustedProxies(settings.trustedProxies),
    admit: () => (overload.admits() ? { admitted: true } : { admitted: false, retryAfterSeconds: RETRY_AFTER_SECONDS }),
  };
  const dialerAlone = speakerOf(host.clock, () => dialerVoice);
  const { logIn, actors } = await openLogIn(foundation);
  const events = eventsFace({
    bus: telephony.bus,
    live: telephony.live,
    desk: logIn,
    actors,
    speaker,
    ...host,
    stillValid: (actor) => isStillValid(foundation, actor),
  });
  const limits = dialerLimits(host.clock);
  const dialer = (isAlone: boolean): ReturnType<typeof webfonesFace> =>
    webfonesFace({
      desk: telephony.calls,
      logIn,
      retries: retriesIn(foundation, telephony.bus.describe().epoch),
      ...host,
      speaker: isAlone ? dialerAlone : speaker,
      limits,
      isAlone,
    });
  const whole = await ready(watched(createHttpApp(app), metrics), [
    dialer(false),
    events.routes,
    siteRoutes({
      speaker,
      actors,
      health: () => parts.health(listeners),
      renderMetrics: async () => ({ contentType: METRICS_TYPE, text: await metrics.render() }),
      authorityPem: () => chosen.authority,
    }),
  ]);
  const alone = await ready(watched(createHttpApp({ ...app, speaker: dialerAlone }), metrics), [dialer(true)]);
  const upgrade = createUpgradeRouter({ ...app, routes: new Map([["/events", events.upgrade]]) });
  const shared = { answer: whole.routing, upgrade, wantsUpgrade: wantsWebSocket };
  const wanted: readonly Listening[] = [
    { name: "http", port: settings.httpPort, isTls: false, ...shared },
    { name: "https", port: settings.httpsPort, isTls: true, ...shared },
    { name: "dialer", port: settings.dialerPort, isTls: true, answer: alone.routing },
  ];
  listeners = await openListeners(wanted, settings.bind, { certificate: chosen.certificate, log: host.log });
  const opened = listeners;
  return {
    listeners: opened,
    events,
    close: async () => {
      opened.stopAccepting();
      await events.close();
      await opened.close();
      await Promise.all([whole.close(), alone.close()]);
    },
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
