import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import { freePortRange } from "@cordboard/testkit";
import type { MakeSoundEngine } from "@cordboard/testkit/sound-engine-contract";
import { soundEngineOrders, soundEngineSound } from "@cordboard/testkit/sound-engine-contract";
import { expect } from "vitest";
import { createBuiltinSound } from "../src/index.ts";

const make: MakeSoundEngine = async ({ pairs, library }) => {
  const engine = createBuiltinSound({
    ports: await freePortRange(2 * pairs),
    workers: 1,
    clock: clockOf(globalThis),
    random: randomOf(globalThis),
    log: silentLog,
    library,
    drainMs: ms(100),
  });
  return {
    engine,
    drained: () => expect.poll(() => engine.describe().portsDraining).toBe(0),
    stop: () => engine.stopAll(),
  };
};

soundEngineOrders("built-in engine", make);
soundEngineSound("built-in engine", make);
