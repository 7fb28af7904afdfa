import type { Tagged } from "./brand.ts";
import type { Random } from "./random.ts";
import type { Instant } from "./units.ts";

/** Prefix of each kind of id, and the type that carries it. */
export interface IdKinds {
  readonly ten: TenantId;
  readonly usr: UserId;
  readonly call: CallId;
  readonly leg: LegId;
  readonly key: KeyId;
  readonly dev: DeviceId;
  readonly trk: TrunkId;
  readonly act: ActionId;
  readonly rec: RecordingId;
  readonly vm: VoiceMessageId;
}

/** One company on a server. */
export type TenantId = Tagged<string, "TenantId">;
/** A person or room with an extension. */
export type UserId = Tagged<string, "UserId">;
/** One conversation, from its first leg to the end of its last. */
export type CallId = Tagged<string, "CallId">;
/** One side of a call. */
export type LegId = Tagged<string, "LegId">;
/** An API key (its name, not its text). */
export type KeyId = Tagged<string, "KeyId">;
/** One contact under which an endpoint of a user is registered. */
export type DeviceId = Tagged<string, "DeviceId">;
/** A peering with a carrier. */
export type TrunkId = Tagged<string, "TrunkId">;
/** An order given to an engine; its outcome comes back under the same id. */
export type ActionId = Tagged<string, "ActionId">;
/** A file of sound that was recorded here. */
export type RecordingId = Tagged<string, "RecordingId">;
/** A message that somebody left for a user. */
export type VoiceMessageId = Tagged<string, "VoiceMessageId">;

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A new id: prefix, underscore, and a ULID of 26 characters (48 bits of time in milliseconds, 80 random bits), so
 * that ids sort by the time they were made and need no coordination between machines.
 */
export function makeId<Kind extends keyof IdKinds>(kind: Kind, at: Instant, random: Random): IdKinds[Kind] {
  let time = "";
  for (let rest: number = at, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32)) {
    time = (CROCKFORD[rest % 32] ?? "0") + time;
  }
  let tail = "";
  for (const byte of random.bytes(16)) tail += CROCKFORD[byte & 31] ?? "0";
  return `${kind}_${time}${tail}` as IdKinds[Kind];
}
