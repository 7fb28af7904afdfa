import { parentPort, workerData } from "node:worker_threads";
import { nodeDtlsCrypto } from "@cordboard/dtls/node";
import { clockOf, randomOf } from "@cordboard/kernel";
import type { Order, Report, WorkerStart } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { LegHost } from "./worker/leg-host.ts";
import { bindSockets } from "./worker/leg-sockets.ts";
import { fileDisk } from "./worker/recording-file.ts";
import { SoundStore } from "./worker/sound-store.ts";

// The thread that carries sound: everything that it does is in ./worker/, and this file only ties it to the thread's port.
const port = parentPort;
if (port === null) throw new Error("this program runs as a worker thread only");
const { beats, timings, identity } = workerData as WorkerStart;
const counter = new Int32Array(beats);
const reports = new Outbox<Report>((all) => port.postMessage(all));

const host = new LegHost({
  clock: clockOf(globalThis),
  random: randomOf(globalThis),
  timings,
  sounds: new SoundStore(),
  disk: fileDisk,
  bind: bindSockets,
  dtls: nodeDtlsCrypto(identity),
  report: (report) => reports.put(report),
  beat: () => Atomics.add(counter, 0, 1),
});
port.on("message", (orders: readonly Order[]) => {
  for (const order of orders) host.take(order);
});
