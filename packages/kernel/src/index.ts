export type { Tagged } from "./brand.ts";
export { joined, sameBytes } from "./bytes.ts";
export type { Clock, TimeHost, Timer } from "./clock.ts";
export { clockOf } from "./clock.ts";
export type { Envelope } from "./event.ts";
export type { FaultCode } from "./fault.ts";
export { PlatformError } from "./fault.ts";
export type { Hash } from "./hash.ts";
export { sameText } from "./hash.ts";
export type {
  ActionId,
  CallId,
  DeviceId,
  IdKinds,
  KeyId,
  LegId,
  RecordingId,
  TenantId,
  TrunkId,
  UserId,
  VoiceMessageId,
} from "./ids.ts";
export { makeId } from "./ids.ts";
export type { Log, LogFields } from "./log.ts";
export { silentLog } from "./log.ts";
export type { Random, RandomHost } from "./random.ts";
export { randomHex, randomOf } from "./random.ts";
export type { Ok, Refused, Result } from "./result.ts";
export { ok, refused } from "./result.ts";
export type { Instant, Millis } from "./units.ts";
export { instant, isoText, ms, seconds } from "./units.ts";
export { unreachable } from "./unreachable.ts";
