import type { Directory, User } from "@cordboard/core";
import type { Result, TenantId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ConfigStore } from "@cordboard/store";
import type { CommandRefusal } from "./refusal.ts";
import { noUser } from "./refusal.ts";

/** Whether a user's talks are recorded without being asked, as the command line shows it. */
export type ShownRecordingRule = Pick<User, "extension" | "name" | "isAlwaysRecorded">;

/** What is recorded by rule, and whether those who are recorded are told. What is not named stays as it is. */
export interface RecordingRules {
  recordingRule(
    tenant: TenantId,
    extension: string,
    isAlways?: boolean | undefined,
  ): Promise<Result<ShownRecordingRule, CommandRefusal>>;
  recordingNotice(
    tenant: TenantId,
    isGiven?: boolean | undefined,
  ): Promise<Result<{ readonly isGiven: boolean }, CommandRefusal>>;
}

/** What {@link recordingRules} works on. */
interface RuleParts {
  readonly config: Pick<ConfigStore, "setAlwaysRecorded" | "setRecordingNotice">;
  readonly directory: Directory;
}

/** The administration of what is recorded by rule. */
export const recordingRules = ({ config, directory }: RuleParts): RecordingRules => ({
  async recordingRule(tenant, at, isAlways) {
    const user = directory.userAt(tenant, at);
    if (user === undefined) return refused(noUser(at));
    const changed = isAlways === undefined ? ok(user) : await config.setAlwaysRecorded(tenant, user.id, isAlways);
    if (!changed.ok) return refused(noUser(at));
    const { name, isAlwaysRecorded } = changed.value;
    return ok({ extension: at, name, isAlwaysRecorded });
  },
  async recordingNotice(id, isGiven) {
    const tenant = directory.tenant(id);
    if (tenant === undefined) return refused(unknownDomain);
    if (isGiven === undefined) return ok({ isGiven: tenant.hasRecordingNotice });
    const changed = await config.setRecordingNotice(id, isGiven);
    return changed.ok ? ok({ isGiven: changed.value.hasRecordingNotice }) : refused(unknownDomain);
  },
});

const unknownDomain: CommandRefusal = { code: "unknown-domain", why: "the domain is gone" };
