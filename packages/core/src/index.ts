export type * from "./bus/index.ts";
export * from "./call/index.ts";
export * from "./directory/index.ts";
export * from "./events/index.ts";
export * from "./history/index.ts";
export * from "./identity/index.ts";
export type * from "./media/index.ts";
export * from "./routing/index.ts";
export * from "./voicemail/index.ts";
