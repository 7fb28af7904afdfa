import type { DeviceView, Directory, SoundProtection, User } from "@cordboard/core";
import type { DeviceId, Result, TenantId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ConfigStore } from "@cordboard/store";
import type { CommandRefusal } from "./refusal.ts";
import { noUser } from "./refusal.ts";

/** What is said of the sound of a user's phones, as the command line shows it. */
export interface ShownProtection extends Pick<User, "extension" | "name"> {
  /** Of phones of which nothing else is said. */
  readonly protection: SoundProtection;
  readonly phones: readonly { readonly instance: string; readonly protection: SoundProtection }[];
}

/** A registered device as the command line shows it. */
export interface ShownDevice extends DeviceView {
  /** What is said of its sound, by itself or with its user's other phones. */
  readonly soundProtection: SoundProtection;
}

/** What is to be said: of one phone, by its instance or as a registered device, or with null of all of which nothing else is said. */
export interface ProtectionChange {
  readonly protection?: SoundProtection | undefined;
  readonly device: string | null;
}

/** How phones keep their sound from others. */
export interface ProtectionRules {
  /** What is said of a user's phones, after a change; nothing is changed where nothing is named. */
  protection(
    tenant: TenantId,
    extension: string,
    change: ProtectionChange,
  ): Promise<Result<ShownProtection, CommandRefusal>>;
}

/** What {@link protectionRules} work on. */
interface RuleParts {
  readonly config: Pick<ConfigStore, "setSoundProtection">;
  readonly directory: Directory;
}

/** The administration of how phones keep their sound from others. */
export const protectionRules = ({ config, directory }: RuleParts): ProtectionRules => ({
  async protection(tenant, extension, { protection, device }) {
    const user = directory.userAt(tenant, extension);
    if (user === undefined) return refused(noUser(extension));
    const instance = device === null ? ok(null) : instanceOf(directory, user, device);
    if (!instance.ok) return instance;
    if (protection !== undefined) {
      const changed = await config.setSoundProtection(tenant, user.id, { instance: instance.value, protection });
      if (!changed.ok)
        return refused(changed.error.code === "too-many-phones" ? tooMany(changed.error.most) : noUser(extension));
    }
    const { others, phones } = directory.soundProtections(tenant, user.id);
    const single = [...phones].map(([of, said]) => ({ instance: of, protection: said }));
    return ok({ extension, name: user.name, protection: others, phones: single });
  },
});

/** The instance of a registered device; what is no device's id is one itself, of a phone that need not be there. */
function instanceOf(directory: Directory, { tenant, id }: User, device: string): Result<string, CommandRefusal> {
  if (!device.startsWith("dev_")) return ok(device);
  const found = directory.devices(tenant, id).find((each) => each.id === (device as DeviceId));
  if (found === undefined) return refused(unknownDevice);
  return found.instance === null || found.instance === "" ? refused(nameless) : ok(found.instance);
}

const unknownDevice: CommandRefusal = {
  code: "unknown-device",
  why: "the user has no such device; devices shows those that are registered",
};

const nameless: CommandRefusal = {
  code: "nameless-device",
  why: "this phone tells no instance by which it could be known again; without --device it is said of all phones of the user",
};

const tooMany = (most: number): CommandRefusal => ({
  code: "too-many-phones",
  why: `something is said of ${most} phones of this user already; as-server takes one of them back`,
});
