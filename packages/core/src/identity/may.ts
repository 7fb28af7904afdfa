import type { Actor } from "./types.ts";

/** What can be asked for. `extension` is whom it is done for or about. */
export type Ability =
  | { readonly type: "place-call"; readonly extension: string }
  | { readonly type: "control-leg"; readonly extension: string }
  /** Is let in as a phone of this extension: calls from it, and is rung. */
  | { readonly type: "be-phone"; readonly extension: string }
  | { readonly type: "end-call"; readonly extensions: readonly string[] }
  /** Hears calls of others, heard or unheard. */
  | { readonly type: "supervise" }
  /** Takes calls that ring at colleagues. */
  | { readonly type: "pick-up" }
  | { readonly type: "see-history-of-all" }
  | { readonly type: "see-internals" };

/** Whether the actor may: role ∧ key limit. Tenants are kept apart before this is asked. */
export function may(actor: Actor, ability: Ability): boolean {
  const isAdmin = actor.kind === "system" || actor.roles.includes("admin");
  switch (ability.type) {
    case "place-call":
    case "control-leg":
    case "be-phone":
      return (
        reaches(actor, ability.extension) && (isAdmin || actor.kind === "key" || actor.extension === ability.extension)
      );
    case "end-call":
      return ability.extensions.some(
        (extension) => reaches(actor, extension) && (isAdmin || actor.extension === extension),
      );
    case "pick-up":
      return actor.kind === "user" || isAdmin;
    case "supervise":
    case "see-history-of-all":
      return isAdmin && actor.limits.extensions === null;
    case "see-internals":
      return isAdmin && actor.limits.extensions === null;
    default:
      return false;
  }
}

/** Whether the key's limit, if there is one, names the extension. */
export function reaches(actor: Actor, extension: string): boolean {
  return actor.limits.extensions === null || actor.limits.extensions.includes(extension);
}
