import { expect, test } from "vitest";
import { createMetrics, metricCatalogue } from "./metrics.ts";

test("every metric of the catalogue is rendered with its help, and reads what it measures", async () => {
  const metrics = createMetrics();
  metrics.gauge("cordboard_calls", () => 7);
  metrics.gauge("cordboard_sound_ports", () => ({ used: 4, free: 96 }));
  metrics.count("cordboard_calls_ended_total", { class: "success" });
  metrics.observe("cordboard_http_request_seconds", 0.02);
  const text = await metrics.render();
  for (const { name, help } of metricCatalogue) expect(text).toContain(`# HELP ${name} ${help}`);
  expect(text).toContain("cordboard_calls 7");
  expect(text).toContain('cordboard_sound_ports{state="free"} 96');
  expect(text).toContain('cordboard_calls_ended_total{class="success"} 1');
  expect(text).toContain('cordboard_http_request_seconds_bucket{le="0.025"} 1');
});

test("every gauge is rendered under its own label", async () => {
  const metrics = createMetrics();
  const labelled = metricCatalogue.filter(({ kind, labels }) => kind === "gauge" && labels.length > 0);
  for (const { name } of labelled) metrics.gauge(name, () => ({ some: 3 }));
  const text = await metrics.render();
  for (const { name, labels } of labelled) expect(text).toContain(`${name}{${labels[0]}="some"} 3`);
});

test("names carry their unit, counters end in _total, and no label could hold a number or an id", () => {
  for (const { name, kind, unit, labels } of metricCatalogue) {
    expect(name).toMatch(new RegExp(unit === "ports" ? "_ports$" : `_${unit}|_total$`));
    expect(name.endsWith("_total")).toBe(kind === "counter");
    for (const label of labels) expect(["class", "state", "status", "what", "why"]).toContain(label);
  }
});
