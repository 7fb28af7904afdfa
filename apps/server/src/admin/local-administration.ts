import type { HistoryBook, MailboxCounts, Tenant, User } from "@cordboard/core";
import { historyView } from "@cordboard/core";
import type { Hash, Random, TenantId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { OwnPrompts } from "@cordboard/media";
import { makeHa1 } from "@cordboard/sip";
import type { ConfigRefusal, ConfigStore, StoredMailboxes, StoredRecordings } from "@cordboard/store";
import { hashPassword } from "../passwords.ts";
import { makeKey, makePassword } from "../secrets.ts";
import type { SoundFolder } from "../system/recording-files.ts";
import type { Administration, NewKey, NewUser, ShownCertificate, ShownUser } from "./administration.ts";
import type { LiveAdministration } from "./live-administration.ts";
import { promptPart } from "./prompt-administration.ts";
import { protectionRules } from "./protection-rules.ts";
import { recordedPart } from "./recorded-administration.ts";
import { recordingRules } from "./recording-rules.ts";
import type { CommandRefusal } from "./refusal.ts";
import { noUser } from "./refusal.ts";
import type { StatusParts } from "./status-rules.ts";
import { statusRules } from "./status-rules.ts";

/** What administration works on. */
export interface AdministrationParts extends StatusParts {
  readonly config: ConfigStore;
  readonly book: Pick<HistoryBook, "list">;
  readonly hash: Hash;
  readonly random: Random;
  readonly recordings: Pick<StoredRecordings, "list" | "remove">;
  readonly mailboxes: Pick<StoredMailboxes, "mailbox" | "change">;
  readonly sounds: Pick<SoundFolder, "pathOf">;
  readonly prompts: OwnPrompts;
  /** Hears of a mailbox out of which a message went. */
  readonly onMailbox: (tenant: Tenant["id"], counts: MailboxCounts) => void;
  readonly certificate: () => Promise<ShownCertificate>;
  readonly live: LiveAdministration | undefined;
}

const PAGE = 1000;

/** Administration on an open store: what a running server does for the command line, and the command line by itself. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { config, directory, book, certificate, live } = parts;
  return {
    tenantOf: (domain) => (domain === undefined ? directory.defaultTenant() : directory.tenantOfDomain(domain))?.id,
    addUser: (tenant, user) => addUser(parts, tenant, user),
    listUsers: async (tenant) => (await config.users(tenant)).map(shown),
    removeUser: async (tenant, extension) => {
      const user = directory.userAt(tenant, extension);
      if (user === undefined) return refused(noUser(extension));
      const removed = await config.removeUser(tenant, user.id);
      return removed.ok ? ok(undefined) : refused(inWords(removed.error));
    },
    createKey: (tenant, key) => createKey(parts, tenant, key),
    listKeys: async (tenant) =>
      (await config.keys(tenant))
        .filter(({ revokedAt }) => revokedAt === null)
        .map(({ id, name, role, limits }) => ({ id, name, role, limits })),
    revokeKey: async (tenant, id) => {
      const revoked = await config.revokeKey(tenant, id);
      return revoked.ok ? ok(undefined) : refused(inWords(revoked.error));
    },
    reach: async (tenant, extension, change) => {
      const user = directory.userAt(tenant, extension);
      if (user === undefined) return refused(noUser(extension));
      const changed = isEmpty(change) ? ok(user) : await config.changeReach(tenant, user.id, change);
      if (!changed.ok) return refused(inWords(changed.error));
      const { name, mobile, reach } = changed.value;
      return ok({ extension, name, mobile, ...reach });
    },
    mail: async (tenant, extension, change) => {
      const user = directory.userAt(tenant, extension);
      if (user === undefined) return refused(noUser(extension));
      const known = isEmpty(change) ? ok(await config.mailWishes(tenant, user.id)) : undefined;
      const changed = known ?? (await config.changeMail(tenant, user.id, change));
      if (!changed.ok) return refused(inWords(changed.error));
      const { address = null, hasSound = true, isDeletedAfter = false } = changed.value ?? {};
      return ok({ extension, name: user.name, address, hasSound, isDeletedAfter });
    },
    retention: async (tenant, change) => {
      const kept = isEmpty(change) ? await config.retention(tenant) : undefined;
      const changed = kept === undefined ? await config.setRetention(tenant, change) : ok(kept);
      return changed.ok ? changed : refused(inWords(changed.error));
    },
    ...recordedPart(parts),
    ...promptPart(parts),
    ...recordingRules(parts),
    ...statusRules(parts),
    ...protectionRules(parts),
    history: async (tenant, query) => {
      const rows = await book.list(tenant, { ...query, count: Math.min(query.count, PAGE) });
      const { timeZone = "UTC" } = directory.tenant(tenant) ?? {};
      return rows.map((row) => historyView(row, timeZone));
    },
    certificate,
    live,
  };
}

const isEmpty = (change: object): boolean => Object.values(change).every((value) => value === undefined);

async function addUser(
  { config, directory, hash, random }: AdministrationParts,
  tenantId: TenantId,
  { extension, name, role, mobile, email, ...given }: NewUser,
): ReturnType<Administration["addUser"]> {
  const tenant = directory.tenant(tenantId);
  if (tenant === undefined) return refused({ code: "unknown-domain", why: "the domain is gone" });
  const sipPassword = given.sipPassword ?? makePassword(random);
  const webPassword = given.webPassword ?? makePassword(random);
  const added = await config.addUser(tenantId, {
    extension,
    name,
    role,
    mobile: mobile ?? null,
    sipSecrets: makeHa1(hash, tenant.realm, { username: extension, password: sipPassword }),
    passwordHash: await hashPassword(webPassword),
  });
  if (!added.ok) return refused(inWords(added.error));
  const mailed = email === undefined ? ok(null) : await config.changeMail(tenantId, added.value.id, { address: email });
  return mailed.ok ? ok({ user: shown(added.value), sipPassword, webPassword }) : refused(inWords(mailed.error));
}

async function createKey(
  { config, hash, random }: AdministrationParts,
  tenant: Tenant["id"],
  { name, role, ...limits }: NewKey,
): ReturnType<Administration["createKey"]> {
  const key = makeKey(random);
  const { extensions, ratePerMinute, concurrentCalls } = limits;
  const added = await config.addKey(tenant, {
    name,
    role,
    limits: { extensions, ratePerMinute, concurrentCalls },
    sha256: hash.hex("sha256", key),
  });
  if (!added.ok) return refused(inWords(added.error));
  return ok({ id: added.value.id, name, role, limits: added.value.limits, key });
}

const shown = ({ id, extension, name, role, mobile }: User): ShownUser => ({ id, extension, name, role, mobile });

/** A refusal of the store, for people: what is wrong, and what to do. */
function inWords(refusal: ConfigRefusal): CommandRefusal {
  const { code } = refusal;
  switch (code) {
    case "number-taken":
      return { code, why: `${refusal.number} is taken; choose another number, or remove who has it first` };
    case "name-taken":
      return { code, why: `the name ${refusal.name} is taken; choose another` };
    case "invalid-number":
      return { code, why: `${refusal.number} is no number that can be dialled` };
    case "out-of-range":
      return { code, why: `${refusal.what} must be a whole number from ${refusal.least} to ${refusal.most}` };
    case "domain-taken":
      return { code, why: `the domain ${refusal.domain} is taken; choose another` };
    case "invalid-mail-address":
      return { code, why: `${refusal.address} is no e-mail address` };
    case "no-mail-address":
      return { code, why: "there is no address that mail could go to; --to sets it" };
    case "no-such-key":
      return { code, why: "there is no such key, or it is revoked already; key list shows those that are good" };
    default:
      return { code, why: code.replaceAll("-", " ") };
  }
}
