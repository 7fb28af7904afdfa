/**
 * Where the worker's program lies, seen from the module at `here`: beside it, as TypeScript in the repository and as JavaScript in
 * a packed build.
 */
export function workerUrl(here: string): URL {
  return new URL(here.endsWith(".ts") ? "./worker.ts" : "./worker.js", here);
}
