import type { HeaderField } from "../message/header-field.ts";
import { headerKey } from "../message/header-names.ts";
import { Headers } from "../message/headers.ts";
import type { SipResponse } from "../message/message.ts";
import { reasonPhrase } from "../message/reason-phrases.ts";

/** A response as it goes back to the caller: without our Via. Undefined when nobody is left that it is for. @rfc 3261#16.7 step 3 */
export function backward(response: SipResponse): SipResponse | undefined {
  const vias = response.headers.values("Via").slice(1);
  if (vias.length === 0) return undefined;
  const others = response.headers.fields().filter(([name]) => headerKey(name) !== "via");
  const fields: HeaderField[] = [...vias.map((via): HeaderField => ["Via", via]), ...others];
  return { ...response, headers: Headers.of(fields) };
}

const challengeNames: readonly string[] = ["WWW-Authenticate", "Proxy-Authenticate"];

/**
 * The answer of a fork: a 401 or 407 asks for everything that any branch asked for, so that one more try can satisfy all; a
 * 503 of one server is not ours, so it becomes 500. @rfc 3261#16.7 steps 6 and 7
 */
export function answerOfFork(best: SipResponse, all: readonly SipResponse[]): SipResponse {
  if (best.status === 503) return { ...best, status: 500, reason: reasonPhrase(500) };
  if (best.status !== 401 && best.status !== 407) return best;
  const asked = all.filter(({ status }) => status === 401 || status === 407);
  const others = asked
    .filter((response) => response !== best)
    .flatMap(({ headers }) =>
      challengeNames.flatMap((name) => headers.all(name).map((value): HeaderField => [name, value])),
    );
  return { ...best, headers: Headers.of([...best.headers.fields(), ...others]) };
}
