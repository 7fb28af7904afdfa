export type { BuiltinSoundOptions } from "./builtin-sound.ts";
export { createBuiltinSound } from "./builtin-sound.ts";
export { repairWavFile } from "./repair-wav-file.ts";
export type { SoundTimings } from "./timings.ts";
export { defaultTimings } from "./timings.ts";
export type { StartWorker, WorkerThread } from "./worker-link.ts";
