export type { RecordingBook, RecordingFiles } from "./ports.ts";
export type { CallRecording, KeptRecording } from "./types.ts";
