import type { Binding } from "../registrar/binding.ts";
import type { Target } from "./types.ts";

/** Targets of one request; further ones are left out. */
export const MAX_TARGETS = 32;

/**
 * The targets that a registrar's bindings are, each over the flow by which it registered, or by its path. A phone that keeps
 * several flows is one target: it is rung over the one that it refreshed last, and would ring twice otherwise.
 * @rfc 3327#5.3
 * @rfc 5626#7 one flow of an instance
 * @deviation its other flows are not tried when that one fails
 */
export const targetsOf = (bindings: readonly Binding[]): readonly Target[] =>
  bindings
    .filter((binding) => !bindings.some((other) => isNewerFlow(other, binding)))
    .map(({ contact, flow, path, qMilli }) =>
      path.length === 0 ? { uri: contact, flow, qMilli } : { uri: contact, route: path, qMilli },
    );

/** Whether `other` is the same phone's flow as `binding`, and lives longer. */
const isNewerFlow = (other: Binding, { instance, regId, expiresAt }: Binding): boolean =>
  regId !== undefined &&
  other.instance === instance &&
  other.regId !== undefined &&
  (other.expiresAt > expiresAt || (other.expiresAt === expiresAt && other.regId < regId));

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
