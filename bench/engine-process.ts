// A sound engine alone in its process, with one worker, that does what its parent says over the channel between them: each message is
// an order with a number, each answer has that number and what came of it.
import type { LocalMedia } from "@cordboard/core";
import { clockOf, randomOf, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import type { EngineOrder } from "./engine-apart.ts";

const [, , first, last] = process.argv;
const sound = createBuiltinSound({
  ports: { first: Number(first), last: Number(last) },
  workers: 1,
  clock: clockOf(globalThis),
  random: randomOf(globalThis),
  log: silentLog,
});

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
