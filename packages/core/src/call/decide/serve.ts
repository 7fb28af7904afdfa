import type { Destination } from "../../routing/index.ts";
import type { CallDraft } from "../draft.ts";

/** The server itself answers whoever waits; what it lets them hear follows from the state. */
export function serve(draft: CallDraft, destination: Extract<Destination, { kind: "service" | "mailbox" }>): void {
  draft.update({ destination, phase: "talking", round: null });
  for (const waiting of draft.staying()) {
    if (waiting.isIncoming && waiting.state !== "answered")
      draft.orderOnceInBook(waiting.id, { type: "answer", like: null });
  }
  if (draft.call.answeredAt === null) draft.markAnswered();
}
