import type { EventData } from "@cordboard/core";
import type { Metrics } from "../metrics.ts";
import type { OverloadGuard } from "../overload.ts";
import type { Site } from "../web/site.ts";
import type { Foundation } from "./foundation.ts";
import type { Telephony } from "./telephony.ts";

/** What the metrics are read from. */
export interface Measured {
  readonly foundation: Foundation;
  readonly telephony: Telephony;
  readonly overload: OverloadGuard;
  readonly site: Site;
}

/** Lets each metric read what it measures. */
export function measure(metrics: Metrics, { foundation, telephony, overload, site }: Measured): void {
  const { directory, book, recordings, mailboxes } = foundation;
  const tenant = directory.defaultTenant().id;
  metrics.gauge("cordboard_calls", () => telephony.calls.count());
  metrics.gauge("cordboard_legs", () => telephony.switch.describe().legs.length);
  metrics.gauge("cordboard_devices", () => directory.allDevices(tenant).length);
  metrics.gauge("cordboard_sip_transactions", () => {
    const { sip } = telephony.switch.describe();
    return sip.clientTransactions + sip.serverTransactions;
  });
  metrics.gauge("cordboard_sip_subscriptions", () => telephony.switch.describe().sip.subscriptions);
  metrics.gauge("cordboard_sip_connections", () => {
    const { connectionList } = telephony.switch.describe().sip;
    const speaking = connectionList.filter(({ hasSpoken }) => hasSpoken).length;
    return { speaking, silent: connectionList.length - speaking };
  });
  metrics.gauge("cordboard_sound_ports", () => {
    const { portsInUse, portsDraining, portsFree } = telephony.sound.describe();
    return { used: portsInUse, draining: portsDraining, free: portsFree };
  });
  metrics.gauge("cordboard_rtpengines", () => {
    const { relays = [] } = telephony.sound.describe();
    const alive = relays.filter(({ isAlive }) => isAlive).length;
    return { alive, away: relays.length - alive };
  });
  metrics.gauge("cordboard_rtpengine_calls", () =>
    (telephony.sound.describe().relays ?? []).reduce((sum, { calls }) => sum + calls, 0),
  );
  metrics.gauge("cordboard_stream_clients", () => site.events.describe().clients);
  metrics.gauge("cordboard_event_loop_delay_seconds", () => overload.describe().eventLoopDelayMs / 1000);
  metrics.gauge("cordboard_call_set_up_wait_seconds", () => {
    const waits = Object.entries(overload.describe().waitsMs);
    return Object.fromEntries(waits.map(([part, waitMs]) => [part, waitMs / 1000]));
  });
  metrics.gauge("cordboard_calls_refused_ratio", () => overload.describe().refusedShare);
  metrics.gauge("cordboard_history_spooled_rows", () => book.waiting());
  metrics.gauge("cordboard_recorded_spooled_rows", () => ({
    recordings: recordings.waiting(),
    mailboxes: mailboxes.waiting(),
  }));
  telephony.switch.onFact((fact) => {
    const foreign = fact.type === "ended" ? (fact.quality?.packetsForeign ?? 0) : 0;
    if (foreign > 0) metrics.count("cordboard_sound_foreign_packets_total", {}, foreign);
  });
  telephony.bus.subscribe(tenant, ({ event, data }) => {
    metrics.count("cordboard_events_total");
    if (event === "leg.silent.v1") countSilence(metrics, data as EventData["leg.silent.v1"]);
    if (event === "call.ended.v1") metrics.count("cordboard_calls_ended_total", { class: classOf(data) });
  });
}

function countSilence(metrics: Metrics, { sound }: EventData["leg.silent.v1"]): void {
  if (sound !== "fine") metrics.count("cordboard_silent_legs_total", { what: sound });
}

/** The class of the last leg's verdict. */
function classOf(data: unknown): string {
  const { call } = data as {
    readonly call: { readonly legs: readonly { readonly end: { readonly class: string } | null }[] };
  };
  return call.legs[0]?.end?.class ?? "unknown";
}
