import { isToken, wholeNumber } from "../message/characters.ts";
import { parseParams } from "../message/params.ts";

/** Why a subscription is over. @rfc 6665#4.1.3 */
export type EndOfSubscription =
  | "deactivated"
  | "probation"
  | "rejected"
  | "timeout"
  | "giveup"
  | "noresource"
  | "invariant";

/** How a subscription stands. */
export type SubscriptionState =
  | { readonly at: "active" | "pending"; readonly expiresSeconds: number }
  | { readonly at: "terminated"; readonly reason: EndOfSubscription };

/** Prints a Subscription-State value. @rfc 6665#8.2.3 */
export function printSubscriptionState(state: SubscriptionState): string {
  return state.at === "terminated"
    ? `terminated;reason=${state.reason}`
    : `${state.at};expires=${state.expiresSeconds}`;
}

/** What a peer says of its subscription; undefined when it is malformed. */
export interface HeardSubscriptionState {
  /** In lower case; what is neither `active` nor `pending` nor `terminated` is an extension that counts as active. */
  readonly at: string;
  readonly expiresSeconds: number | undefined;
  readonly reason: string | undefined;
}

/** Reads a Subscription-State value. */
export function parseSubscriptionState(text: string): HeardSubscriptionState | undefined {
  const semicolon = text.indexOf(";");
  const at = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const params = semicolon < 0 ? undefined : parseParams(text, semicolon, text.length);
  if (!isToken(at) || (semicolon >= 0 && params === undefined)) return undefined;
  const expires = params?.get("expires");
  return {
    at,
    expiresSeconds: typeof expires === "string" ? wholeNumber(expires, 10) : undefined,
    reason: params?.get("reason") ?? undefined,
  };
}

/** The package that an Event value names, in its own spelling, and the id that tells subscriptions of one dialog apart. @rfc 6665#8.2.1 */
export function parseEvent(text: string): { readonly event: string; readonly id: string | undefined } | undefined {
  const semicolon = text.indexOf(";");
  const event = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  const params = semicolon < 0 ? undefined : parseParams(text, semicolon, text.length);
  if (!isToken(event) || (semicolon >= 0 && params === undefined)) return undefined;
  return { event, id: params?.get("id") ?? undefined };
}
