import type { CallDraft } from "../draft.ts";
import type { Decision, World } from "../types.ts";
import { settle } from "./end.ts";
import { settleLinks } from "./link.ts";
import { settleRecordings } from "./record.ts";
import { settleSilence } from "./silence.ts";
import { settleSound } from "./sound.ts";

/** What was decided about one call, or several at once, with all that follows from the state that they are in now. */
export function decisionOf(world: World, ...drafts: readonly CallDraft[]): Decision {
  const decisions = drafts.flatMap(withBesides).map((draft) => {
    settleLinks(draft);
    settleSound(draft);
    settleSilence(draft);
    settleRecordings(draft, world);
    settle(draft);
    return draft.decision();
  });
  return {
    changed: decisions.flatMap(({ changed }) => changed),
    gone: decisions.flatMap(({ gone }) => gone),
    actions: decisions.flatMap(({ actions }) => actions),
    events: decisions.flatMap(({ events }) => events),
  };
}

const withBesides = (draft: CallDraft): readonly CallDraft[] => [draft, ...draft.besides.flatMap(withBesides)];
