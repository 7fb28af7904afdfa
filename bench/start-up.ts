import { makeTestFolder } from "@cordboard/testkit";
import { startServer } from "../acceptance/server.ts";
import type { Figure } from "./figure.ts";
import { serverOptions } from "./office.ts";
import { quantile, rounded } from "./spread.ts";

const STARTS = 10;

/** From the start of the process to the log line `ready`. */
export const startUp: Figure = {
  name: "start-up",
  about: `from the start of the process to ready on an existing folder, the embedded database included, the median of ${STARTS} starts`,
  async measure(bench) {
    const folder = await makeTestFolder();
    const options = serverOptions(bench, { data: `${folder.path}/data` });
    try {
      const first = await startServer(options);
      await first.stop();
      const seconds: number[] = [];
      while (seconds.length < STARTS) {
        const server = await startServer(options);
        seconds.push(server.readyAfterMs / 1000);
        await server.stop();
      }
      return {
        value: rounded(quantile(seconds, 0.5), 2),
        unit: "s",
        aim: { atMost: 1.5 },
        details: { longestS: rounded(quantile(seconds, 1), 2), onEmptyFolderS: rounded(first.readyAfterMs / 1000, 2) },
      };
    } finally {
      await folder.remove();
    }
  },
};
