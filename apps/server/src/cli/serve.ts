import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "@cordboard/kernel";
import { ms, PlatformError } from "@cordboard/kernel";
import { createLog } from "../log.ts";
import { shownSettings } from "../settings.ts";
import type { Settings } from "../settings-catalogue.ts";
import { hostWith } from "../system/foundation.ts";
import type { System } from "../system/system.ts";
import { startSystem } from "../system/system.ts";
import { version } from "../version.ts";
import type { Doing } from "./doing.ts";
import { EXIT, faultText, settingsOrFaults } from "./doing.ts";

/** How a server is started from the command line. */
export interface Serving extends Doing {
  readonly isDemo: boolean;
  readonly exitsAfterCheck?: boolean;
}

/** How long running calls get when the server is told to stop. */
const DRAIN = ms(30_000);

/** Serves until it is told to stop. Settles with the exit code when everything is closed. */
export async function serve({ environment, isDemo, json, exitsAfterCheck = false }: Serving): Promise<number> {
  const asked = json === true ? { ...environment, CORDBOARD_LOG_FORMAT: "json" } : environment;
  const settings = settingsOrFaults(asked, isDemo);
  if (settings === undefined) return EXIT.badSettings;
  const log = createLog(settings);
  const stop = stopSignals();
  log.info("starting", { version, node: process.version, settings: shownSettings(settings) });
  try {
    return isDemo
      ? await serveDemo(settings, log, { exitsAfterCheck, stop, isForPrograms: json === true })
      : await serveCompany(settings, log, stop);
  } catch (fault) {
    // A fault that we know says all in one line; of any other, all is wanted.
    log.error(`not started: ${faultText(fault)}`, fault instanceof PlatformError ? {} : { fault });
    return EXIT.failed;
  } finally {
    stop.forget();
  }
}

async function serveCompany(settings: Settings, log: Log, stop: StopSignals): Promise<number> {
  const system = await startSystem({ settings, host: hostWith(log) });
  log.info("ready", system.readiness);
  await stop.first;
  await shutDown(system, log, stop);
  return EXIT.done;
}

async function serveDemo(
  settings: Settings,
  log: Log,
  { exitsAfterCheck, stop, isForPrograms }: DemoRun,
): Promise<number> {
  // A server that is no demo does not load scripted phones.
  const { openDemo } = await import("../demo/demo.ts");
  // For programs every line is one of the log; people read the story without the trimmings.
  const tell = (line: string): void => {
    if (isForPrograms) log.info(line);
    else process.stdout.write(`${line}\n`);
  };
  const demo = await openDemo(settings, hostWith(log), tell);
  log.info("ready", demo.system.readiness);
  const result = await Promise.race([demo.check(), stop.first]);
  if (result !== undefined && !exitsAfterCheck) {
    demo.sayAddresses();
    await stop.first;
  }
  await shutDown(demo.system, log, stop);
  await demo.close();
  return result === undefined || result.passed ? EXIT.done : EXIT.failed;
}

/** Lets running calls end, up to the limit or the second signal; then closes everything. */
async function shutDown(system: System, log: Log, stop: StopSignals): Promise<void> {
  log.info("stopping: no new calls; running ones get 30 s", { calls: system.calls() });
  const cut = new AbortController();
  await Promise.race([system.drain(), stop.second, pause(DRAIN, undefined, { signal: cut.signal }).catch(() => {})]);
  cut.abort();
  await system.close();
  log.info("stopped");
}

interface DemoRun {
  readonly exitsAfterCheck: boolean;
  readonly stop: StopSignals;
  readonly isForPrograms: boolean;
}

interface StopSignals {
  readonly first: Promise<undefined>;
  readonly second: Promise<undefined>;
  readonly forget: () => void;
}

/** SIGTERM, SIGINT (Ctrl-C) and SIGHUP: the first asks to stop, the second to hurry. */
function stopSignals(): StopSignals {
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  let count = 0;
  const heard = (): void => {
    count += 1;
    (count === 1 ? first : second).resolve(undefined);
  };
  const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, heard);
  return {
    first: first.promise,
    second: second.promise,
    forget: () => {
      for (const signal of signals) process.off(signal, heard);
    },
  };
}
