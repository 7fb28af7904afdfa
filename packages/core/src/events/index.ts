export type { EventData, EventName, Topic } from "./catalogue-types.ts";
export type { EventEntry } from "./event-catalogue.ts";
export { eventCatalogue, topicOf } from "./event-catalogue.ts";
export type { LiveState } from "./live-state.ts";
export { emptyLiveState, foldLiveState } from "./live-state.ts";
export type { EventBus, LiveView, Snapshot, StreamPosition } from "./ports.ts";
export type { Sight } from "./project.ts";
export { mask, maskCall, seesDevice, sightOf, sightOfCall } from "./project.ts";
