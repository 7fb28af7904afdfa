import type { Binding } from "@cordboard/sip";

/** The ways to one endpoint, the best first: one, but for phones that keep several open (RFC 5626). */
export type Flows = readonly [Binding, ...Binding[]];

/** The endpoints that bindings lead to: flows of one instance are one endpoint. @rfc 5626#4.2 */
export function endpointsOf(bindings: readonly Binding[]): readonly Flows[] {
  const endpoints: [Binding, ...Binding[]][] = [];
  for (const binding of bindings) {
    const known = endpoints.find(([first]) => isSamePhone(first, binding));
    if (known === undefined) endpoints.push([binding]);
    else known.push(binding);
  }
  for (const flows of endpoints) flows.sort((a, b) => b.qMilli - a.qMilli || b.expiresAt - a.expiresAt);
  return endpoints;
}

const isSamePhone = (a: Binding, b: Binding): boolean =>
  a.regId !== undefined && b.regId !== undefined && a.instance === b.instance;

/** Whether the store would lead to the same places, though perhaps not for as long. */
export function isStoredAs(old: Flows, now: Flows): boolean {
  return old.length === now.length && old.every((each, i) => now[i] !== undefined && isSameWay(each, now[i]));
}

/** A connection's own name and port lead nowhere after a restart, so they do not count. */
function isSameWay(a: Binding, b: Binding): boolean {
  return (
    a.contact === b.contact &&
    a.regId === b.regId &&
    a.flow.transport === b.flow.transport &&
    a.flow.remote.address === b.flow.remote.address &&
    (a.flow.connection !== undefined || a.flow.remote.port === b.flow.remote.port) &&
    a.path.length === b.path.length &&
    a.path.every((value, i) => value === b.path[i])
  );
}
