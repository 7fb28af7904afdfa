import type { Headers } from "@cordboard/sip";

/** Whether a call asks the phone to answer by itself, in any of the ways that servers say so. @rfc 5373#4 */
export function asksToBeAnswered(headers: Headers): boolean {
  const says = (name: string, text: string): boolean =>
    headers.all(name).some((value) => value.toLowerCase().includes(text));
  return says("Answer-Mode", "auto") || says("Call-Info", "answer-after=0") || says("Alert-Info", "alert-autoanswer");
}
