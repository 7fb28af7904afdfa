import type { HeaderList } from "@cordboard/sip";

/**
 * Asks a device to answer by itself, in the three ways that phones look for. `Answer-Mode` is the standard's (baresip, Linphone). `Call-Info` with
 * `answer-after` is what Snom, Grandstream and Cisco take; `Alert-Info` with `alert-autoanswer` what Yealink, Snom, Grandstream, Gigaset and Mitel
 * do, and Polycom when its rule for that text says so. Whether a phone obeys is its owner's choice. The address in both is never called: `.invalid`.
 * @rfc 5373#4
 */
export const autoAnswerHeaders: HeaderList = [
  ["Answer-Mode", "Auto"],
  ["Call-Info", "<http://auto-answer.invalid>;answer-after=0"],
  ["Alert-Info", "<http://auto-answer.invalid>;info=alert-autoanswer;delay=0"],
];
