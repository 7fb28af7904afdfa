import type { Tagged } from "./brand.ts";

/** A length of time in milliseconds. */
export type Millis = Tagged<number, "ms">;

/** An instant: milliseconds since 1970-01-01T00:00:00Z, by the wall clock. */
export type Instant = Tagged<number, "instant">;

/** Calls `n` milliseconds. */
export const ms = (n: number): Millis => n as Millis;

/** Turns seconds into milliseconds. */
export const seconds = (n: number): Millis => (n * 1000) as Millis;

/** Calls `epochMs` (milliseconds since 1970, UTC) an instant. */
export const instant = (epochMs: number): Instant => epochMs as Instant;

/** The instant as ISO 8601 text in UTC with milliseconds, as in `2026-01-31T09:30:00.000Z`. */
export const isoText = (at: Instant): string => new Date(at).toISOString();
