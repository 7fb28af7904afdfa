// A sound engine alone in its process, with one worker, that does what its parent says over the channel between them: each message is
// an order with a number, each answer has that number and what came of it. With an address as its last word the engine passes sound on to
// the rtpengine that listens there.
import type { LocalMedia, SoundEngine } from "@cordboard/core";
import { clockOf, randomOf, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import { createRelayedSound, parseNgAddresses } from "@cordboard/rtpengine";
import type { EngineOrder } from "./engine-apart.ts";

const [, , first, last, behind] = process.argv;
const parts = { clock: clockOf(globalThis), random: randomOf(globalThis), log: silentLog };
const builtin = createBuiltinSound({ ...parts, ports: { first: Number(first), last: Number(last) }, workers: 1 });
const sound = behind === undefined ? builtin : await relayedBy(behind);

async function relayedBy(address: string): Promise<SoundEngine> {
  const rtpengines = parseNgAddresses(address);
  if (rtpengines === undefined) throw new Error(`no address of an rtpengine: ${address}`);
  const engine = createRelayedSound({ ...parts, builtin, rtpengines, installation: "bench" });
  await engine.ready();
  return engine;
}

async function carryOut(order: EngineOrder): Promise<LocalMedia | undefined> {
  if (order.type === "bridge") sound.bridge(order.a, order.b);
  else if (order.type === "connect") sound.connect(order.leg, order.media);
  else {
    const opened = await sound.open(order.leg, order.place);
    if (!opened.ok) throw new Error(opened.error.code);
    return opened.value;
  }
  return undefined;
}

process.on("message", ({ number, order }: { readonly number: number; readonly order: EngineOrder }) => {
  void carryOut(order).then((value) => process.send?.({ number, value }));
});
// Without its parent nobody needs it.
process.on("disconnect", () => process.exit());
