import type { Actor } from "@cordboard/core";

/** The id of what stands behind an actor: its key, its user, or the system itself. Limits count by it. */
export const actorName = (actor: Actor): string => actor.key ?? actor.user ?? `system of ${actor.tenant}`;
