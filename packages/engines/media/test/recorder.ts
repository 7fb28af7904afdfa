import { join } from "node:path";
import type { RecordingId } from "@cordboard/kernel";
import { clockOf, ms, randomOf, seconds, silentLog } from "@cordboard/kernel";
import { freePortRange, rtpPeer } from "@cordboard/testkit";
import { createBuiltinSound } from "../src/index.ts";
import { leg } from "./engine.ts";

// Records a talk of two legs into the folder named, and says so when it has for a while. It is made to be killed.
const [, , folder = "."] = process.argv;
const engine = createBuiltinSound({
  ports: await freePortRange(8),
  workers: 1,
  clock: clockOf(globalThis),
  random: randomOf(globalThis),
  log: silentLog,
});
const legs = [leg("A"), leg("B")] as const;
const peers = [await rtpPeer({ frequencyHz: 440 }), await rtpPeer({ frequencyHz: 620 })] as const;
for (const [i, id] of legs.entries()) {
  const local = await engine.open(id, { address: "127.0.0.1", near: legs[0] });
  const peer = peers[i];
  if (!local.ok || peer === undefined) throw new Error("no ports");
  engine.connect(id, peer.agreed());
  peer.sendTo(local.value);
}
engine.bridge(...legs);
await peers[0].heard(620);
for (const tracks of ["both", "leg"] as const)
  engine.record(tracks === "both" ? legs[0] : legs[1], {
    recording: `rec_${tracks}` as RecordingId,
    path: join(folder, `${tracks}.wav`),
    tracks,
    atMost: seconds(60),
    untilSilence: null,
    hasNotice: false,
  });
await peers[0].resting(ms(3500));
process.stdout.write("recorded 3.5 s\n");
