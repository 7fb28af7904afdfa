export { dialerVoice, isDialerPath } from "./answers.ts";
export type { WebfonesOptions } from "./webfones-face.ts";
export { webfonesFace } from "./webfones-face.ts";
