import { parentPort, workerData } from "node:worker_threads";
import { clockOf, randomOf } from "@cordboard/kernel";
import type { Order, Report, WorkerStart } from "./messages.ts";
import { LegHost } from "./worker/leg-host.ts";
import { bindSockets } from "./worker/leg-sockets.ts";
import { SoundStore } from "./worker/sound-store.ts";

// The thread that carries sound: everything that it does is in ./worker/, and this file only ties it to the thread's port.
const port = parentPort;
if (port === null) throw new Error("this program runs as a worker thread only");
const { beats, timings } = workerData as WorkerStart;
const counter = new Int32Array(beats);

const host = new LegHost({
  clock: clockOf(globalThis),
  random: randomOf(globalThis),
  timings,
  sounds: new SoundStore(),
  bind: bindSockets,
  report: (report: Report) => port.postMessage(report),
  beat: () => Atomics.add(counter, 0, 1),
});
port.on("message", (order: Order) => host.take(order));
