import type { Party } from "@cordboard/core";
import { makeUri, noParams, printNameAddr, printUri } from "@cordboard/sip";

/** Longest name shown to anybody. */
const MAX_NAME = 64;

/** Who is shown as a name-addr at the tenant's domain; somebody without a number is anonymous. @rfc 3323#4.1.1.3 */
export function addressOf(shows: Party, domain: string): string {
  const hasNumber = shows.number !== "";
  const uri = hasNumber ? makeUri(shows.number, domain) : makeUri("anonymous", "anonymous.invalid");
  const name = hasNumber ? plainName(shows.name) : "Anonymous";
  return printNameAddr({ display: name === "" ? undefined : name, uri: printUri(uri), params: noParams });
}

/** The name on one line and not too long. */
function plainName(name: string): string {
  let text = "";
  for (const character of name) {
    const isControl = (character.codePointAt(0) ?? 0) < 32 || character === "\u007f";
    text += isControl ? " " : character;
    if (text.length >= MAX_NAME) break;
  }
  return text.trim();
}
