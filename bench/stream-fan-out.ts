import { administer } from "../acceptance/admin-socket.ts";
import { startBare } from "./bare-server.ts";
import { gather } from "./crowd.ts";
import type { Bench, Figure } from "./figure.ts";
import { openOffice } from "./office.ts";
import { latencies, quantile, rounded } from "./spread.ts";

const CLIENTS = 5000;
/** One key may have 200 streams. */
const KEYS = 25;
const WARM_UP_EVENTS = 5;
const EVENTS = 40;

/** One event to many. */
export const streamFanOut: Figure = {
  name: "stream-fan-out",
  about: `one event to ${CLIENTS} WebSocket clients of /events: from its \`at\` to its arrival, p99 of all clients and ${EVENTS} events, one after the other`,
  async measure(bench) {
    const bare = await ofBareLibrary(bench);
    const office = await openOffice(bench, { users: 1, keys: KEYS });
    try {
      const { addresses, data } = office.server;
      const samples = await tellAll(addresses.http, office.keys, () => administer(data, "key-create", {}));
      return {
        value: rounded(quantile(samples, 0.99)),
        unit: "ms",
        aim: { atMost: 100 },
        peer: { name: "the library ws sending the same text to all", value: rounded(quantile(bare, 0.99)) },
        details: { clients: CLIENTS, events: EVENTS, ...latencies(samples) },
      };
    } finally {
      await office.close();
    }
  },
};

async function ofBareLibrary(bench: Bench): Promise<readonly number[]> {
  const { origin, child } = await startBare(bench, "bare-web-socket.ts");
  try {
    return await tellAll(origin, [], () => fetch(origin));
  } finally {
    await child.stop();
  }
}

/** Makes events one by one, each when the one before is at all clients. */
async function tellAll(
  origin: string,
  keys: readonly string[],
  makeEvent: () => Promise<unknown>,
): Promise<readonly number[]> {
  const crowd = await gather(origin, CLIENTS, keys);
  try {
    const samples: number[] = [];
    for (let event = 0; event < WARM_UP_EVENTS + EVENTS; event++) {
      const [arrivals] = await Promise.all([crowd.nextEvent(), makeEvent()]);
      if (event >= WARM_UP_EVENTS) samples.push(...arrivals);
    }
    return samples;
  } finally {
    crowd.close();
  }
}
