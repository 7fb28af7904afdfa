export { dialerVoice, isDialerPath } from "./answers.ts";
export type { DialerLimits, WebfonesOptions } from "./webfones-face.ts";
export { dialerLimits, webfonesFace } from "./webfones-face.ts";
