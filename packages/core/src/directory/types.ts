import type { DeviceId, Instant, TenantId, TrunkId, UserId } from "@cordboard/kernel";

/** One company on this server. `realm` is fixed when the tenant is made: digest secrets depend on it. */
export interface Tenant {
  readonly id: TenantId;
  readonly domain: string;
  readonly realm: string;
  /** IANA name, such as `Europe/Rome`. */
  readonly timeZone: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** BCP 47 primary language, such as `en`. */
  readonly language: string;
  readonly isDefault: boolean;
  /** A short tone at its beginning tells all who are recorded of each recording of a call. */
  readonly hasRecordingNotice: boolean;
}

/** What a user or key is: an administrator, a person, or a hotel room. */
export type Role = "admin" | "user" | "room";

/** A person or room with an extension. */
export interface User {
  readonly id: UserId;
  readonly tenant: TenantId;
  readonly extension: string;
  readonly name: string;
  readonly role: Role;
  /** A number outside that is rung with the user's own devices, or null. */
  readonly mobile: string | null;
  /** How the user wants to be reached. */
  readonly reach: ReachPreferences;
  /** Every talk of the user is recorded, for as long as it lasts. */
  readonly isAlwaysRecorded: boolean;
}

/** Where a call goes when its user does not take it. */
export type ForwardTarget = { readonly kind: "number"; readonly number: string } | { readonly kind: "voicemail" };

/** How a user wants to be reached. */
export interface ReachPreferences {
  /** No device rings; callers go where a busy user's go. */
  readonly doNotDisturb: boolean;
  /** Another call rings while one is up; otherwise the user counts as busy. */
  readonly callWaiting: boolean;
  readonly forward: {
    /** At once, without ringing. */
    readonly always: ForwardTarget | null;
    readonly busy: ForwardTarget | null;
    /** After `ringSeconds`, or when a device declines. */
    readonly noAnswer: ForwardTarget | null;
    readonly notRegistered: ForwardTarget | null;
  };
  /** How long devices ring, in seconds, 5 to 120. */
  readonly ringSeconds: number;
  /** After so many seconds the mobile rings too, 0 to 60; null: it does not. */
  readonly mobileAfterSeconds: number | null;
}

/** Rings for a minute and goes nowhere else. */
export const plainReach: ReachPreferences = {
  doNotDisturb: false,
  callWaiting: true,
  forward: { always: null, busy: null, noAnswer: null, notRegistered: null },
  ringSeconds: 60,
  mobileAfterSeconds: null,
};

/** Where one endpoint of a user can be reached now. */
export interface Device {
  readonly id: DeviceId;
  readonly tenant: TenantId;
  readonly user: UserId;
  /** The contact's address as text, for people. */
  readonly contact: string;
  readonly userAgent: string;
  readonly transport: string;
  /** By what it is known again wherever it comes from; null when it does not tell (RFC 5626 §4.1). */
  readonly instance: string | null;
  readonly expiresAt: Instant;
}

/** A peering with a carrier. Numbers that start with one of `prefixes` may leave by it. */
export interface Trunk {
  readonly id: TrunkId;
  readonly tenant: TenantId;
  readonly name: string;
  /** `host:port` of the carrier's SIP side. */
  readonly address: string;
  readonly transport: "udp" | "tcp";
  readonly prefixes: readonly string[];
  /** Calls that may be up at once. */
  readonly maxCalls: number;
}

/** A number that is answered by the server itself. */
export interface Service {
  readonly tenant: TenantId;
  readonly number: string;
  /**
   * `conference` puts all who dial it into one room; `voicemail` lets users hear their messages; `park` is a place where one call
   * can wait until somebody dials it; `pick-up` is dialled with an extension behind it, whose ringing call it takes.
   */
  readonly kind: "echo" | "music" | "conference" | "voicemail" | "park" | "pick-up";
}
