import type { Binding } from "../registrar/binding.ts";
import type { Target } from "./types.ts";

/** Targets of one request; further ones are left out. */
export const MAX_TARGETS = 32;

/** The targets that a registrar's bindings are, each over the flow by which it registered, or by its path. @rfc 3327#5.3 */
export const targetsOf = (bindings: readonly Binding[]): readonly Target[] =>
  bindings.map(({ contact, flow, path, qMilli }) =>
    path.length === 0 ? { uri: contact, flow, qMilli } : { uri: contact, route: path, qMilli },
  );

/** Numbers of the targets that are tried at once, best first. @rfc 3261#16.6 */
export function groupsOf(targets: readonly Target[]): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>();
  for (const [index, { qMilli = 1000 }] of targets.entries()) {
    const group = groups.get(qMilli);
    if (group === undefined) groups.set(qMilli, [index]);
    else group.push(index);
  }
  return [...groups].toSorted(([a], [b]) => b - a).map(([, group]) => group);
}
