export type { RecordingBook } from "./ports.ts";
export type { CallRecording, KeptRecording } from "./types.ts";
