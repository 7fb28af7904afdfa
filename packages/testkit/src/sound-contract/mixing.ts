import { ms } from "@cordboard/kernel";
import { sequenceDistance, timestampDistance } from "@cordboard/rtp";
import { expect, test } from "vitest";
import type { RtpPeer } from "../rtp-peer.ts";
import { pcmu } from "../rtp-peer.ts";
import type { SoundScene } from "./scene.ts";
import { A, action, B, C, hearsAll, pairsOf, quietSoon } from "./scene.ts";

const room = "room";

/** Three peers of 440, 620 and 880 Hz, all near each other. */
async function three(scene: SoundScene): Promise<readonly [RtpPeer, RtpPeer, RtpPeer]> {
  const [a] = await scene.talking(A, { frequencyHz: 440 });
  const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
  const [c] = await scene.talking(C, { frequencyHz: 880, codec: pcmu }, A);
  return [a, b, c];
}

/** Rooms: who hears whom. */
export function mixing(scene: SoundScene): void {
  test("three in a room hear each other and not themselves, whatever law each has", async () => {
    const [a, b, c] = await three(scene);
    for (const leg of [A, B, C]) scene.engine.mix(leg, room, "all");
    await Promise.all([hearsAll(a, [620, 880], [440]), hearsAll(b, [440, 880], [620]), hearsAll(c, [440, 620], [880])]);
  });

  test("a listener hears all and is heard by nobody; then it speaks to all", async () => {
    const [a, b, c] = await three(scene);
    scene.engine.mix(A, room, "all");
    scene.engine.mix(B, room, "all");
    scene.engine.mix(C, room, "nobody");
    await Promise.all([hearsAll(a, [620], [440, 880]), hearsAll(b, [440], [620, 880]), hearsAll(c, [440, 620], [880])]);
    scene.engine.mix(C, room, "all");
    await Promise.all([hearsAll(a, [620, 880]), hearsAll(b, [440, 880])]);
  });

  test("a whisper is heard by one alone", async () => {
    const [a, b, c] = await three(scene);
    scene.engine.mix(A, room, "all");
    scene.engine.mix(B, room, "all");
    scene.engine.mix(C, room, A);
    await Promise.all([hearsAll(a, [620, 880], [440]), hearsAll(b, [440], [620, 880]), hearsAll(c, [440, 620], [880])]);
  });

  test("two who are bridged become three in a room, and two again", async () => {
    const [a, b, c] = await three(scene);
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
    for (const leg of [A, B, C]) scene.engine.mix(leg, room, "all");
    await Promise.all([hearsAll(a, [620, 880], [440]), hearsAll(b, [440, 880], [620])]);
    scene.engine.unbridge(C);
    await Promise.all([a.heard(620), b.heard(440)]);
    const count = c.packets.length;
    scene.engine.bridge(A, C);
    await Promise.all([a.heard(880), c.heard(440)]);
    expect(count).toBeGreaterThan(0);
    const before = b.packets.length;
    await b.until(() => b.packets.length > before + 20, "the room goes on for who is left");
    expect(Math.max(...b.lastSamples(800).map(Math.abs))).toBeLessThan(100);
  });

  test("who is closed is out of the room, and two rooms hear nothing of each other", async () => {
    const [a, b, c] = await three(scene);
    scene.engine.mix(A, room, "all");
    scene.engine.mix(B, room, "all");
    scene.engine.mix(C, "other", "all");
    await Promise.all([hearsAll(a, [620], [880]), hearsAll(b, [440], [880])]);
    scene.engine.mix(C, room, "all");
    await hearsAll(b, [440, 880]);
    await scene.engine.close(A);
    await Promise.all([hearsAll(b, [880], [440]), hearsAll(c, [620], [440])]);
  });
}

/** What else happens to members of a room. */
export function mixedLegs(scene: SoundScene): void {
  test("digits of a member are told, and it is heard again after them", async () => {
    const [a, b] = await three(scene);
    scene.engine.mix(A, room, "all");
    scene.engine.mix(B, room, "all");
    await hearsAll(b, [440]);
    await a.sendDigits("12");
    await scene.fact(() => scene.digitsOf(A) === "12");
    expect(b.digits).toBe("");
    await hearsAll(b, [440]);
  });

  test("a sound is heard in place of the room, and then the room, in one stream", async () => {
    const [a] = await three(scene);
    scene.engine.mix(A, room, "all");
    scene.engine.mix(B, room, "all");
    await hearsAll(a, [620]);
    scene.engine.play(A, { kind: "file", path: await scene.toneFile(900, 500), loop: false }, action("1"));
    await a.heard(900, ms(300));
    await hearsAll(a, [620], [900]);
    expect(new Set(a.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    for (const [before, after] of pairsOf(a.packets)) {
      expect(sequenceDistance(before.sequence, after.sequence)).toBe(1);
      expect(timestampDistance(before.timestamp, after.timestamp)).toBeGreaterThan(0);
    }
  });

  test("a member on hold is sent nothing and heard by nobody", async () => {
    const [a, b] = await three(scene);
    for (const leg of [A, B, C]) scene.engine.mix(leg, room, "all");
    await hearsAll(b, [440, 880]);
    scene.engine.connect(A, a.agreed({ direction: "inactive" }));
    await hearsAll(b, [880], [440]);
    expect(await quietSoon(a)).toBe(true);
    scene.engine.connect(A, a.agreed());
    await Promise.all([hearsAll(a, [620, 880]), hearsAll(b, [440, 880])]);
  });
}
