import { startBare } from "./bare-server.ts";
import type { Bench, Figure } from "./figure.ts";
import type { HttpOutcome } from "./http-load.ts";
import { askAgainAndAgain } from "./http-load.ts";
import { openOffice } from "./office.ts";
import { latencies, rounded } from "./spread.ts";

const CONNECTIONS = 16;
const TIMES = { connections: CONNECTIONS, warmUpMs: 3000, measureMs: 6000 };

/** POST /dialer/call, checked to the end and refused. */
export const dialerRefused: Figure = {
  name: "dialer-refused",
  about:
    "POST /dialer/call with a good key and extension and a number that cannot be dialled: checked and refused with 400",
  async measure(bench) {
    const bare = await ofBareNode(bench);
    const office = await openOffice(bench, { users: 1 });
    try {
      const [extension = ""] = office.extensions;
      const outcome = await ask(office.server.addresses.http, office.keys[0] ?? "", extension);
      return {
        value: rounded(refusedPerSecond(outcome), 0),
        unit: "requests/s",
        aim: { atLeast: 1000 },
        peer: {
          name: "bare node:http that reads and answers the same JSON",
          value: rounded(refusedPerSecond(bare), 0),
        },
        details: {
          connections: CONNECTIONS,
          statuses: JSON.stringify(outcome.statuses),
          ...latencies(outcome.latenciesMs),
        },
      };
    } finally {
      await office.close();
    }
  },
};

async function ofBareNode(bench: Bench): Promise<HttpOutcome> {
  const { origin, child } = await startBare(bench, "bare-http.ts");
  try {
    return await ask(origin, "", "1001");
  } finally {
    await child.stop();
  }
}

const ask = (origin: string, key: string, extension: string): Promise<HttpOutcome> =>
  askAgainAndAgain({
    ...TIMES,
    origin,
    path: "/dialer/call",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: () => JSON.stringify({ extension, phonenumber: "not a number" }),
  });

/** Answers of an overloaded server (503) are fast and worth nothing here. */
const refusedPerSecond = ({ statuses }: HttpOutcome): number => (statuses[400] ?? 0) / (TIMES.measureMs / 1000);
