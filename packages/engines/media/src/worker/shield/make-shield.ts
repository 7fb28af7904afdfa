import type { MediaProtection } from "@cordboard/core";
import type { ShieldSnapshot } from "../wire-snapshot.ts";
import { SdesShield } from "./sdes-shield.ts";
import type { Shield, ShieldEvents, ShieldParts } from "./shield.ts";
import { WebRtcShield } from "./web-rtc-shield.ts";

/** The shield of what was negotiated. */
export const makeShield = (parts: ShieldParts, events: ShieldEvents, protection: MediaProtection): Shield =>
  protection.kind === "sdes" ? new SdesShield(events, protection) : new WebRtcShield(parts, events, protection);

/** The shield that a leg had on another worker. */
export function restoreShield(parts: ShieldParts, events: ShieldEvents, snapshot: ShieldSnapshot): Shield {
  if (snapshot.kind === "webrtc") return new WebRtcShield(parts, events, snapshot);
  const { send, receive } = snapshot;
  return new SdesShield(events, { kind: "sdes", send: send.keys, receive: receive.keys }, snapshot);
}
