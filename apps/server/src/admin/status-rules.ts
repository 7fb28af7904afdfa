import type { Directory, OwnStatus, OwnStatuses, Shown, StatusKind, StatusRefusal, User } from "@cordboard/core";
import type { Clock, Result, TenantId } from "@cordboard/kernel";
import { instant, isoText, ok, refused, unreachable } from "@cordboard/kernel";
import type { CommandRefusal } from "./refusal.ts";
import { noUser } from "./refusal.ts";

/** What a user says of itself, as the command line shows it. */
export interface ShownStatus {
  readonly extension: string;
  readonly name: string;
  readonly status: StatusKind;
  readonly text: string;
  /** ISO 8601 in UTC; null: until it says otherwise. */
  readonly until: string | null;
  /** What colleagues are shown; null while no server runs. */
  readonly shown: Shown | null;
}

/** A new word of a user's. A status begins without text and end unless they are named with it; without one the last goes on. */
export interface StatusChange {
  readonly status?: StatusKind | undefined;
  readonly text?: string | undefined;
  /** ISO 8601. */
  readonly until?: string | undefined;
}

/** What administrators say for users. */
export interface StatusRules {
  /** What a user says of itself, after a change; nothing is changed where nothing is named. */
  status(tenant: TenantId, extension: string, change: StatusChange): Promise<Result<ShownStatus, CommandRefusal>>;
}

/** What {@link statusRules} work on. */
export interface StatusParts {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly statuses: Pick<OwnStatuses, "of" | "say">;
  /** What colleagues are shown of a user; null while no server runs. */
  readonly shownOf: (user: User) => Shown | null;
}

/** The user's own status, for the command line. */
export const statusRules = ({ directory, clock, statuses, shownOf }: StatusParts): StatusRules => ({
  async status(tenant, number, change) {
    const user = directory.userAt(tenant, number);
    if (user === undefined) return refused(noUser(number));
    const holding = (): OwnStatus => {
      const said = statuses.of(tenant, user.id);
      return said !== null && (said.until ?? Infinity) > clock.now() ? said : nothingSaid;
    };
    if (Object.values(change).some((value) => value !== undefined)) {
      const said = await statuses.say(tenant, user.id, changed(holding(), change));
      if (!said.ok) return refused(inWords(said.error, number));
    }
    const { status, text, until } = holding();
    const { name } = user;
    const shown = shownOf(user);
    return ok({ extension: number, name, status, text, until: until === null ? null : isoText(until), shown });
  },
});

const nothingSaid: OwnStatus = { status: "available", text: "", until: null };

/** Null when it says nothing that is not so anyway. */
function changed(before: OwnStatus, { status, text, until }: StatusChange): OwnStatus | null {
  const from = status === undefined ? before : { ...nothingSaid, status };
  const next: OwnStatus = {
    status: from.status,
    text: text ?? from.text,
    until: until === undefined ? from.until : instant(Date.parse(until)),
  };
  return next.status === "available" && next.text === "" ? null : next;
}

function inWords(refusal: StatusRefusal, number: string): CommandRefusal {
  const { code } = refusal;
  switch (code) {
    case "no-such-user":
      return noUser(number);
    case "text-too-long":
      return { code, why: `the text has at most ${refusal.most} characters` };
    case "until-is-past":
      return { code, why: "that time is over already" };
    default:
      return unreachable(code);
  }
}
