import { readFileSync } from "node:fs";
import { makeTestFolder } from "@cordboard/testkit";
import { openCallLoad } from "./call-load.ts";
import type { Figure } from "./figure.ts";
import { openOffice, PORTS_FOR_MANY } from "./office.ts";
import { latencies, quantile, rounded } from "./spread.ts";

const WARM_UP = { rate: 200, seconds: 20 };
const MEASURE_SECONDS = 10;
/** Without a figure of this machine: half of what is aimed at. */
const DEFAULT_RATE = 300;

/** How long a caller waits on a busy server. */
export const setUpDelay: Figure = {
  name: "set-up-delay",
  about:
    "p99 of the time from an INVITE with credentials to its 200, through the server on one core, at half the rate that call-set-up found",
  async measure(bench) {
    const rate = halfTheHighestRate();
    const folder = await makeTestFolder();
    const office = await openOffice(bench, { users: 2, settings: PORTS_FOR_MANY });
    try {
      const load = await openCallLoad(office, folder.path);
      await load.call(WARM_UP.rate, WARM_UP.seconds);
      const { calls, failed, answeredAfterMs } = await load.call(rate, MEASURE_SECONDS);
      await office.server.backToZero();
      return {
        value: rounded(quantile(answeredAfterMs, 0.99), 2),
        unit: "ms",
        aim: { atMost: 20 },
        details: { callsASecond: rate, calls, failed, ...latencies(answeredAfterMs) },
      };
    } finally {
      await office.close();
      await folder.remove();
    }
  },
};

function halfTheHighestRate(): number {
  const { value } = JSON.parse(readFileSync(new URL("results/call-set-up.json", import.meta.url), "utf8")) as {
    readonly value: number;
  };
  return value > 0 ? Math.round(value / 2) : DEFAULT_RATE;
}
