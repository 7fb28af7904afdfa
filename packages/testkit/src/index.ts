export type { LossyNetwork, NetworkAddress, Weather } from "./lossy-network.ts";
export { clearWeather, lossyNetwork } from "./lossy-network.ts";
export type { TestFolder } from "./machine.ts";
export { machine, makeTestFolder } from "./machine.ts";
export type { ManualClock } from "./manual-clock.ts";
export { manualClock } from "./manual-clock.ts";
export type { SeededRandom } from "./seeded-random.ts";
export { seededRandom } from "./seeded-random.ts";
