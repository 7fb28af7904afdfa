import type { Denial } from "./authentication.ts";

/** How a description that will not do is answered, with what somebody is to do about it. `why`: no quotes. @rfc 3261#20.43 */
export const notAcceptable = (why: string): Denial => ({
  status: 488,
  headers: [["Warning", `399 cordboard "${why}"`]],
});
