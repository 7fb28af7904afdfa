export type { BuiltinSoundOptions } from "./builtin-sound.ts";
export { createBuiltinSound } from "./builtin-sound.ts";
export type { PromptLibrary } from "./prompts/prompt-path.ts";
export { promptLibrary, promptPath } from "./prompts/prompt-path.ts";
export { repairWavFile } from "./repair-wav-file.ts";
export type { SoundTimings } from "./timings.ts";
export { defaultTimings } from "./timings.ts";
export type { StartWorker, WorkerThread } from "./worker-link.ts";
