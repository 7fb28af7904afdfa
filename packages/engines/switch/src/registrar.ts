import type { Clock, Log } from "@cordboard/kernel";
import type { IncomingRequest, RegistrarLimits } from "@cordboard/sip";
import { grantedHeaders, parseUri, register } from "@cordboard/sip";
import type { Authentication } from "./authentication.ts";
import type { Aor } from "./registered.ts";
import { aorOf } from "./registered.ts";
import type { Registrations } from "./registrations.ts";

/** What a REGISTER is served with. */
export interface RegistrarParts {
  readonly authentication: Authentication;
  readonly registrations: Registrations;
  readonly limits: RegistrarLimits;
  readonly clock: Clock;
  readonly log: Log;
}

const retryLater = { headers: [["Retry-After", "10"]] } as const;

/** Serves a REGISTER: who it is, what it changes, and 200 once the store covers what is promised. @rfc 3261#10.3 */
export function serveRegister(parts: RegistrarParts, incoming: IncomingRequest): void {
  const { authentication, registrations, log } = parts;
  const { request, flow } = incoming;
  const to = request.headers.to?.uri;
  const tenant = authentication.tenantOf(to);
  const extension = (to === undefined ? undefined : parseUri(to)?.user) ?? "";
  const user = authentication.checkRegister(request, flow, { tenant, extension });
  if (!user.ok) return void incoming.respond(user.error.status, user.error);
  const aor = aorOf(tenant, user.value);
  const turn = registrations.inTurn(aor, () => change(parts, aor, incoming));
  if (turn === undefined) return void incoming.respond(503, retryLater);
  turn.catch((cause: unknown) => {
    log.warn("a registration was not stored", { tenant: tenant.id, aor: aor.aor, cause });
    incoming.respond(503, retryLater);
  });
}

async function change(
  { registrations, limits, clock }: RegistrarParts,
  aor: Aor,
  incoming: IncomingRequest,
): Promise<void> {
  const { request, flow } = incoming;
  const now = clock.now();
  const current = registrations.of(aor).flatMap(({ flows }) => flows);
  const outcome = register(current, { request, flow, now }, limits);
  if (!outcome.ok) return void incoming.respond(outcome.status, { reason: outcome.why, headers: outcome.headers });
  const hasContact = request.headers.has("contact");
  if (hasContact) await registrations.replace(aor, outcome.bindings);
  incoming.respond(200, { headers: grantedHeaders(outcome, { request, flow, now: clock.now() }) });
}
