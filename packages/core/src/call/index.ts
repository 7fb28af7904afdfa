export type { LegAction, LegOrder, LegTarget, Party } from "./actions.ts";
export type { CallDesk, PlaceCall, PlaceRefusal } from "./desk.ts";
export type { EndClass, EndParty, EndReason, EndWhy } from "./end-reason.ts";
export type { LegFact } from "./facts.ts";
export type { Switch } from "./ports.ts";
export type { CallView, DeviceView, LegView } from "./view.ts";
