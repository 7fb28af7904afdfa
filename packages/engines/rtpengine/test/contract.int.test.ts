import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import { freePortRange } from "@cordboard/testkit";
import { leaveOut } from "@cordboard/testkit/left-out";
import type { RtpengineProcess } from "@cordboard/testkit/rtpengine";
import { rtpengineMissing, startRtpengine } from "@cordboard/testkit/rtpengine";
import type { MakeSoundEngine } from "@cordboard/testkit/sound-engine-contract";
import { soundEngineOrders, soundEngineSound } from "@cordboard/testkit/sound-engine-contract";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { createRelayedSound } from "../src/index.ts";

const traits = { ownsPorts: false, makesOneStream: false, measuresBridges: false };

describe("with rtpengine", () => {
  const missing = rtpengineMissing();
  if (missing !== undefined) leaveOut(missing);
  let rtpengine: RtpengineProcess | undefined;
  beforeAll(async () => {
    rtpengine = await startRtpengine();
  });
  afterAll(() => rtpengine?.kill());

  const make: MakeSoundEngine = async ({ pairs, library }) => {
    if (rtpengine === undefined) throw new Error("there is no rtpengine");
    const { host, port } = rtpengine;
    const parts = { clock: clockOf(globalThis), random: randomOf(globalThis), log: silentLog };
    const ports = await freePortRange(2 * pairs);
    const builtin = createBuiltinSound({ ...parts, ports, workers: 1, library, drainMs: ms(100) });
    const engine = createRelayedSound({
      ...parts,
      builtin,
      installation: "test",
      rtpengines: [{ transport: "udp", host, port }],
    });
    await engine.ready();
    expect(engine.describe().relays).toMatchObject([{ isAlive: true }]);
    return {
      engine,
      drained: () => expect.poll(() => engine.describe().portsDraining).toBe(0),
      stop: () => engine.stopAll(),
    };
  };

  soundEngineOrders("rtpengine", make, traits);
  soundEngineSound("rtpengine", make, traits);
});
