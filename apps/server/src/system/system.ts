import { openAdminSocket } from "../admin/admin-socket.ts";
import { createMetrics } from "../metrics.ts";
import { collectWhenQuiet } from "../overload/quiet-collection.ts";
import { guardOverload } from "../overload.ts";
import type { Settings } from "../settings-catalogue.ts";
import { chooseCertificate } from "../tls/shown-certificate.ts";
import { publicOrigin } from "../web/public-origin.ts";
import type { Site } from "../web/site.ts";
import { openSite } from "../web/site.ts";
import { daily } from "./daily.ts";
import { ensureAdministrator } from "./first-administrator.ts";
import type { Foundation, Host } from "./foundation.ts";
import { layFoundation } from "./foundation.ts";
import { measure } from "./gauges.ts";
import { addressesOf, healthOf } from "./health.ts";
import { openMail } from "./mail.ts";
import { sweepOrphans } from "./orphans.ts";
import { deleteOutdated } from "./retention.ts";
import { administrationOf } from "./running-administration.ts";
import { createTeardown } from "./teardown.ts";
import type { Telephony } from "./telephony.ts";
import { openTelephony } from "./telephony.ts";

/** A running server. */
export interface System {
  /** What the log line `ready` says: real addresses, the certificate's fingerprint, and what an operator should know. */
  readonly readiness: Readonly<Record<string, unknown>>;
  /** How a program on this machine reaches it; `undefined` where the port is off. */
  readonly nearby: Nearby;
  calls(): number;
  setSelfCheck(verdict: string): void;
  /** Takes no new calls; settles when the last has ended. */
  drain(): Promise<void>;
  /** Ends what is left and gives everything back. */
  close(): Promise<void>;
}

/** Addresses for programs on this machine. */
export interface Nearby {
  readonly sip: { readonly address: string; readonly port: number; readonly transport: "udp" } | undefined;
  readonly origin: URL | undefined;
  readonly authority: string | undefined;
}

/** What a start is made of. */
export interface SystemOptions {
  readonly settings: Settings;
  readonly host: Host;
  /** Makes the demo company before anything is served; its presence makes this start a demo. */
  readonly demo?: (foundation: Foundation) => Promise<void>;
}

/** Starts everything, in the order in which each part needs the one before; leaves nothing open when it fails. */
export async function startSystem({ settings, host, demo }: SystemOptions): Promise<System> {
  const teardown = createTeardown(host.log);
  try {
    const isDemo = demo !== undefined;
    const foundation = await layFoundation(settings, host, { purpose: isDemo ? "demo" : "start", isDemo });
    teardown.add(() => foundation.close());
    await demo?.(foundation);
    const welcome = await ensureAdministrator(foundation, process.stdout.isTTY === true);
    const overload = guardOverload(host);
    teardown.add(() => overload.stop());
    const chosen = await chooseCertificate(foundation);
    teardown.add(() => chosen.certificate.close());
    const metrics = createMetrics();
    const telephony = await openTelephony(foundation, {
      overload,
      certificate: chosen.certificate,
      count: (what) => metrics.count("cordboard_sip_transport_events_total", { what }),
      onTurnedAway: (why) => metrics.count("cordboard_calls_turned_away_total", { why }),
    });
    let site: Site | undefined;
    // Phones in browsers come by the site's ports, and are there until telephony has ended their calls.
    teardown.add(() => site?.gone());
    teardown.add(() => telephony.close());
    let selfCheck: string | undefined;
    site = await openSite({
      foundation,
      telephony,
      overload,
      chosen,
      metrics,
      health: (listeners) => healthOf({ foundation, telephony, overload, listeners, selfCheck }),
    });
    teardown.add(() => site.close());
    measure(metrics, { foundation, telephony, overload, site });
    const admin = await openAdminSocket(
      foundation.dataFolder,
      administrationOf(foundation, telephony, chosen),
      host.log,
    );
    teardown.add(() => admin.close());
    const onMailbox: Telephony["tellMailbox"] = (tenant, counts) => telephony.tellMailbox(tenant, counts);
    const upkeep = { ...host, ...foundation, onMailbox };
    const cleaning = daily(host, [() => deleteOutdated(upkeep), () => sweepOrphans(upkeep)]);
    teardown.add(() => cleaning.stop());
    const mail = openMail(foundation, onMailbox);
    teardown.add(() => mail.stop());
    overload.begin();
    const collection = collectWhenQuiet(host);
    teardown.add(() => collection.stop());
    return {
      readiness: readinessOf({ foundation, telephony, site, fingerprint: chosen.certificate.fingerprint(), welcome }),
      nearby: nearbyOf({ telephony, site, authority: chosen.authority }),
      calls: () => telephony.calls.count(),
      setSelfCheck: (verdict) => {
        selfCheck = verdict;
      },
      drain: () => telephony.drain(),
      close: () => teardown.run(),
    };
  } catch (fault) {
    await teardown.run();
    throw fault;
  }
}

function readinessOf({
  foundation,
  telephony,
  site,
  fingerprint,
  welcome,
}: {
  readonly foundation: Foundation;
  readonly telephony: Telephony;
  readonly site: Site;
  readonly fingerprint: string;
  readonly welcome: string | undefined;
}): Readonly<Record<string, unknown>> {
  const { settings, database } = foundation;
  return {
    ...addressesOf(telephony, site.listeners),
    rtp: `${settings.rtpPorts.first}-${settings.rtpPorts.last}`,
    publicUrl: publicOrigin(settings, site.listeners.port("https") ?? "off"),
    fingerprint,
    data: foundation.dataFolder,
    notes: [...database.notes, ...(welcome === undefined ? [] : [welcome])],
  };
}

function nearbyOf({
  telephony,
  site,
  authority,
}: {
  readonly telephony: Telephony;
  readonly site: Site;
  readonly authority: string | undefined;
}): Nearby {
  const udp = telephony.sip.find(({ transport }) => transport === "udp");
  const http = site.listeners.addresses.http[0];
  const https = site.listeners.addresses.https[0];
  const origin =
    http === undefined ? (https === undefined ? undefined : `https://${near(https)}`) : `http://${near(http)}`;
  return {
    sip: udp === undefined ? undefined : { address: near(udp.address), port: udp.port, transport: "udp" },
    origin: origin === undefined ? undefined : new URL(origin),
    authority,
  };
}

/** An address of all interfaces is reached at the loopback. */
const near = (address: string): string =>
  address.replace("0.0.0.0", "127.0.0.1").replace(/\[?::\]?(?=:\d+$|$)/, "[::1]");
