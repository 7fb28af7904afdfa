import { afterEach, beforeEach, describe } from "vitest";
import { bridging } from "./sound-contract/bridging.ts";
import { browserLegs } from "./sound-contract/browser-legs.ts";
import { digits } from "./sound-contract/digits.ts";
import { soundInPlace } from "./sound-contract/in-place.ts";
import { mixedLegs, mixing } from "./sound-contract/mixing.ts";
import { oddOrders } from "./sound-contract/odd-orders.ts";
import { placesOfLegs } from "./sound-contract/places.ts";
import { playing } from "./sound-contract/playing.ts";
import { recordedEnds, recordedSound } from "./sound-contract/recorded-sound.ts";
import { recordings } from "./sound-contract/recordings.ts";
import type { MakeSoundEngine, SoundEngineTraits } from "./sound-contract/scene.ts";
import { SoundScene } from "./sound-contract/scene.ts";
import { speaking } from "./sound-contract/speaking.ts";
import { trust } from "./sound-contract/trust.ts";

export type { MakeSoundEngine, SoundEngineHarness, SoundEngineTraits } from "./sound-contract/scene.ts";

/** What an engine that carries every packet itself can do. */
const carriesAll: SoundEngineTraits = { ownsPorts: true, makesOneStream: true, measuresBridges: true };

/** A test's own engine, from before it to after it. */
function sceneOf(make: MakeSoundEngine, traits: SoundEngineTraits): SoundScene {
  const scene = new SoundScene(traits);
  beforeEach(() => scene.begin(make));
  afterEach(() => scene.end());
  return scene;
}

/** What every sound engine does with orders, whether or not there is any sound. */
export function soundEngineOrders(name: string, make: MakeSoundEngine, traits: SoundEngineTraits = carriesAll): void {
  describe(`${name}, by its orders`, () => {
    const scene = sceneOf(make, traits);
    describe("browsers' legs", () => browserLegs(scene));
    describe("places of legs", () => placesOfLegs(scene));
    describe("odd orders", () => oddOrders(scene));
    describe("recordings", () => recordings(scene));
  });
}

/** What the legs of every sound engine sound like: real packets on loopback, told apart by their frequency. */
export function soundEngineSound(name: string, make: MakeSoundEngine, traits: SoundEngineTraits = carriesAll): void {
  describe(`${name}, by its sound`, () => {
    const scene = sceneOf(make, traits);
    describe("bridging", () => bridging(scene));
    describe("mixing", () => mixing(scene));
    describe("members of a room", () => mixedLegs(scene));
    describe("playing", () => playing(scene));
    describe("speaking", () => speaking(scene));
    describe("recording", () => recordedSound(scene));
    describe("beginning and ending of recordings", () => recordedEnds(scene));
    describe("one sound in place of another", () => soundInPlace(scene));
    describe("digits", () => digits(scene));
    describe("trust", () => trust(scene));
  });
}
