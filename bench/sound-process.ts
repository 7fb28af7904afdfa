// A sound engine alone in its process, with one worker. `sound-process.ts <bridge|record|mix> <legs> <places> <folder>` opens legs whose
// peers are at the places (JSON), joins them two by two or in rooms of three, and prints one line of JSON: where each leg hears.
import { join } from "node:path";
import type { LegId, RecordingId } from "@cordboard/kernel";
import { clockOf, randomOf, seconds, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import { pcma } from "@cordboard/testkit";
import type { Place } from "./rtp-load.ts";

const ROOM = 3;
const [, , mode, count, placesText = "[]", folder = "."] = process.argv;
const places = JSON.parse(placesText) as readonly Place[];
const legs = Array.from({ length: Number(count) }, (_, i) => `leg_${i}` as LegId);
const sound = createBuiltinSound({
  ports: { first: 20_000, last: 29_999 },
  workers: 1,
  clock: clockOf(globalThis),
  random: randomOf(globalThis),
  log: silentLog,
});
const ports: number[] = [];
for (const [i, leg] of legs.entries()) {
  const opened = await sound.open(leg, { address: "127.0.0.1" });
  const place = places[i % places.length];
  if (!opened.ok || place === undefined) throw new Error("a leg has no ports");
  const remote = { ...place, rtcpPort: place.port + 1 };
  sound.connect(leg, { remote, codecs: [pcma], digitsPayload: undefined, direction: "sendrecv" });
  ports.push(opened.value.port);
}
for (const [i, leg] of legs.entries()) {
  const before = legs[i - 1];
  if (mode === "mix") sound.mix(leg, `room ${Math.floor(i / ROOM)}`, "all");
  else if (i % 2 === 1 && before !== undefined) sound.bridge(before, leg);
  if (mode !== "record" || i % 2 === 1) continue;
  sound.record(leg, {
    recording: `rec_${i}` as RecordingId,
    path: join(folder, `${i}.wav`),
    tracks: "both",
    atMost: seconds(3600),
    untilSilence: null,
    hasNotice: false,
  });
}
process.stdout.write(`${JSON.stringify({ ports })}\n`);
