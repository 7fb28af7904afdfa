export type { Watchable, Watching, WatchListener } from "./ports.ts";
export type { WatchingParts } from "./watching.ts";
export { createWatching } from "./watching.ts";
