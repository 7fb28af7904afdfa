import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ms } from "@cordboard/kernel";
import type { PhoneCall } from "@cordboard/phone";
import type { Figure } from "./figure.ts";
import { openOffice } from "./office.ts";
import { openPhones } from "./phones.ts";
import { quantile, rounded } from "./spread.ts";

const CALLS = 50;
const MEASURE_MS = 8000;
/** Of Linux, whatever the kernel's own timer. */
const TICKS_A_SECOND = 100;

/** What a call with sound costs. */
export const relay: Figure = {
  name: "relay",
  about: `processor time of the server for a call whose G.711 it relays both ways, with ${CALLS} calls up`,
  async measure(bench) {
    const office = await openOffice(bench, { users: CALLS * 2 });
    const phones = await openPhones(office, "auto", { frequencyHz: 440 });
    try {
      const calls: PhoneCall[] = [];
      for (let index = 0; index < CALLS; index++) {
        const call = phones.all[index]?.call(phones.all[CALLS + index]?.user ?? "");
        if (call === undefined) continue;
        await call.answered({ within: ms(20_000) });
        calls.push(call);
      }
      const before = { cpu: cpuSeconds(office.server.child.pid), received: received(calls), at: performance.now() };
      await pause(MEASURE_MS);
      const seconds = (performance.now() - before.at) / 1000;
      const cpu = (cpuSeconds(office.server.child.pid) - before.cpu) / seconds;
      const packets = (received(calls) - before.received) / seconds;
      const statistics = calls.map((call) => call.rtp());
      await Promise.all(calls.map((call) => call.hangUp()));
      await office.server.backToZero();
      return {
        value: rounded((cpu * 1000) / CALLS, 2),
        unit: "ms of processor a second and call",
        aim: "none",
        details: {
          calls: CALLS,
          coreShare: rounded(cpu, 3),
          packetsASecondAtCallers: rounded(packets, 0),
          wantedPacketsASecond: CALLS * 50,
          lost: statistics.reduce((sum, { lost }) => sum + lost, 0),
          medianJitterMs: rounded(
            quantile(
              statistics.map(({ jitterMs }) => jitterMs),
              0.5,
            ),
            2,
          ),
        },
      };
    } finally {
      await phones.bank.close();
      await office.close();
    }
  },
};

const received = (calls: readonly PhoneCall[]): number => calls.reduce((sum, call) => sum + call.rtp().received, 0);

/** Processor time that a process and its threads have used, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
