import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** The name of every metric. */
export type MetricName =
  | "cordboard_calls"
  | "cordboard_calls_ended_total"
  | "cordboard_calls_turned_away_total"
  | "cordboard_calls_refused_ratio"
  | "cordboard_call_set_up_wait_seconds"
  | "cordboard_legs"
  | "cordboard_devices"
  | "cordboard_sip_transactions"
  | "cordboard_sip_connections"
  | "cordboard_sip_subscriptions"
  | "cordboard_sip_transport_events_total"
  | "cordboard_sound_ports"
  | "cordboard_sound_foreign_packets_total"
  | "cordboard_silent_legs_total"
  | "cordboard_rtpengines"
  | "cordboard_rtpengine_calls"
  | "cordboard_stream_clients"
  | "cordboard_events_total"
  | "cordboard_http_requests_total"
  | "cordboard_http_request_seconds"
  | "cordboard_event_loop_delay_seconds"
  | "cordboard_history_spooled_rows"
  | "cordboard_recorded_spooled_rows";

/** How a metric is documented and made. The unit is in the name; labels never hold a number or an id. */
export interface MetricEntry {
  readonly name: MetricName;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

/** Buckets for waits that people notice. */
const WAITS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every metric of the server beside those of the Node process. */
export const metricCatalogue: readonly MetricEntry[] = [
  { name: "cordboard_calls", kind: "gauge", unit: "calls", help: "Calls that are up.", labels: [] },
  {
    name: "cordboard_calls_ended_total",
    kind: "counter",
    unit: "calls",
    help: "Calls that ended, by the class of their verdict.",
    labels: ["class"],
  },
  {
    name: "cordboard_calls_turned_away_total",
    kind: "counter",
    unit: "calls",
    help: "New calls that got 503 before anything was done for them, by why.",
    labels: ["why"],
  },
  {
    name: "cordboard_calls_refused_ratio",
    kind: "gauge",
    unit: "ratio",
    help: "Share of new calls that is refused because set-up takes too long, 0 to 1.",
    labels: [],
  },
  {
    name: "cordboard_call_set_up_wait_seconds",
    kind: "gauge",
    unit: "seconds",
    help: "How long each step of a call's set-up waits now, by what for; when all of it stays above 0.8 some new calls are refused.",
    labels: ["state"],
  },
  { name: "cordboard_legs", kind: "gauge", unit: "legs", help: "Legs that are up.", labels: [] },
  { name: "cordboard_devices", kind: "gauge", unit: "devices", help: "Registered endpoints.", labels: [] },
  {
    name: "cordboard_sip_transactions",
    kind: "gauge",
    unit: "transactions",
    help: "Live SIP transactions.",
    labels: [],
  },
  {
    name: "cordboard_sip_connections",
    kind: "gauge",
    unit: "connections",
    help: "Open SIP connections, by whether a whole message has come over them.",
    labels: ["state"],
  },
  {
    name: "cordboard_sip_subscriptions",
    kind: "gauge",
    unit: "subscriptions",
    help: "Subscriptions of phones to calls, presences, mailboxes and registrations.",
    labels: [],
  },
  {
    name: "cordboard_sip_transport_events_total",
    kind: "counter",
    unit: "events",
    help: "What befell SIP's transports: STUN requests answered, connections refused, silent ones dropped to make room, dials that failed.",
    labels: ["what"],
  },
  {
    name: "cordboard_sound_ports",
    kind: "gauge",
    unit: "ports",
    help: "UDP ports for sound, by state.",
    labels: ["state"],
  },
  {
    name: "cordboard_sound_foreign_packets_total",
    kind: "counter",
    unit: "packets",
    help: "Packets that came to legs which have ended, from elsewhere than their peers or not under their keys; all dropped.",
    labels: [],
  },
  {
    name: "cordboard_silent_legs_total",
    kind: "counter",
    unit: "legs",
    help: "Legs from which no sound came for 10 seconds, by whether others of their call sent some (one-way) or none (dead).",
    labels: ["what"],
  },
  {
    name: "cordboard_rtpengines",
    kind: "gauge",
    unit: "rtpengines",
    help: "Rtpengines that are set to carry sound, by whether they answer.",
    labels: ["state"],
  },
  {
    name: "cordboard_rtpengine_calls",
    kind: "gauge",
    unit: "calls",
    help: "Our calls in all rtpengines.",
    labels: [],
  },
  { name: "cordboard_stream_clients", kind: "gauge", unit: "clients", help: "Clients of the live stream.", labels: [] },
  { name: "cordboard_events_total", kind: "counter", unit: "events", help: "Events published.", labels: [] },
  {
    name: "cordboard_http_requests_total",
    kind: "counter",
    unit: "requests",
    help: "HTTP requests answered, by class of status.",
    labels: ["status"],
  },
  {
    name: "cordboard_http_request_seconds",
    kind: "histogram",
    unit: "seconds",
    help: "Time from an HTTP request to its answer.",
    labels: [],
    buckets: WAITS_SECONDS,
  },
  {
    name: "cordboard_event_loop_delay_seconds",
    kind: "gauge",
    unit: "seconds",
    help: "Delay of the event loop, p99 of the last second; above 0.1 new calls are refused.",
    labels: [],
  },
  {
    name: "cordboard_history_spooled_rows",
    kind: "gauge",
    unit: "rows",
    help: "History rows that wait in memory for the database.",
    labels: [],
  },
  {
    name: "cordboard_recorded_spooled_rows",
    kind: "gauge",
    unit: "rows",
    help: "Changes of recordings and mailboxes that wait in memory for the database.",
    labels: ["what"],
  },
];

/** The server's metrics. */
export interface Metrics {
  /** Counts on, by 1 unless said otherwise. */
  count(name: MetricName, labels?: Readonly<Record<string, string>>, by?: number): void;
  observe(name: MetricName, value: number): void;
  /** Reads the gauge when the metrics are asked for. A value, or one for each of what its label tells apart. */
  gauge(name: MetricName, read: () => number | Readonly<Record<string, number>>): void;
  /** The text form that Prometheus reads. */
  render(): Promise<string>;
}

/** Makes a registry with every metric of the catalogue and those of the process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const readings = new Map<string, () => number | Readonly<Record<string, number>>>();
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  for (const entry of metricCatalogue) {
    const base = { name: entry.name, help: entry.help, labelNames: [...entry.labels], registers: [registry] };
    if (entry.kind === "counter") counters.set(entry.name, new Counter(base));
    else if (entry.kind === "histogram")
      histograms.set(entry.name, new Histogram({ ...base, buckets: [...(entry.buckets ?? WAITS_SECONDS)] }));
    else {
      const [label = "state"] = entry.labels;
      new Gauge({
        ...base,
        collect() {
          const reading = readings.get(entry.name)?.();
          if (typeof reading === "number") this.set(reading);
          else for (const [of, value] of Object.entries(reading ?? {})) this.set({ [label]: of }, value);
        },
      });
    }
  }
  return {
    count: (name, labels = {}, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, value) => histograms.get(name)?.observe(value),
    gauge: (name, read) => {
      readings.set(name, read);
    },
    render: () => registry.metrics(),
  };
}
