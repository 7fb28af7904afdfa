import { ms } from "@cordboard/kernel";
import type { Figure } from "./figure.ts";
import { askAgainAndAgain } from "./http-load.ts";
import { openOffice } from "./office.ts";
import { openPhones } from "./phones.ts";
import { latencies, rounded } from "./spread.ts";

const USERS = 40;
const CONNECTIONS = 12;
const MEASURE_MS = 8000;

/** POST /dialer/call until the extension's phone rings. */
export const dialerRinging: Figure = {
  name: "dialer-ringing",
  about:
    "POST /dialer/call answered with 200 because the extension's phone sent 180; the phone then refuses, so that calls come and go",
  async measure(bench) {
    const office = await openOffice(bench, { users: USERS });
    const phones = await openPhones(office, { does: "reject", status: 486, ringMs: ms(0) });
    try {
      let next = 0;
      const outcome = await askAgainAndAgain({
        origin: office.server.addresses.http,
        path: "/dialer/call",
        headers: { "x-api-key": office.keys[0] ?? "", "content-type": "application/json" },
        body: () => JSON.stringify({ extension: office.extensions[next++ % USERS], phonenumber: "1001" }),
        connections: CONNECTIONS,
        warmUpMs: 3000,
        measureMs: MEASURE_MS,
      });
      await office.server.backToZero();
      const { 200: rung = 0, ...others } = outcome.statuses;
      return {
        value: rounded(rung / (MEASURE_MS / 1000), 1),
        unit: "calls/s",
        aim: { atLeast: 50 },
        details: { connections: CONNECTIONS, others: JSON.stringify(others), ...latencies(outcome.latenciesMs) },
      };
    } finally {
      await phones.bank.close();
      await office.close();
    }
  },
};
