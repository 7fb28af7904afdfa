import type { Instant, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { NtpTime, ReportBlock } from "./types.ts";

/** Seconds from 1900, where NTP begins, to 1970. */
const NTP_EPOCH_OFFSET = 2_208_988_800;

/** A wall-clock instant as NTP time; its seconds wrap in 2036, as NTP's do. */
export function ntpTimeOf(at: Instant): NtpTime {
  const wholeSeconds = Math.floor(at / 1000);
  return {
    seconds: (wholeSeconds + NTP_EPOCH_OFFSET) % 2 ** 32,
    fraction: Math.floor(((at - wholeSeconds * 1000) / 1000) * 2 ** 32) >>> 0,
  };
}

/** The middle 32 bits of an NTP time: 1/65536 s, about 18 hours round. */
export function middleOf(time: NtpTime): number {
  return (((time.seconds & 0xffff) << 16) | (time.fraction >>> 16)) >>> 0;
}

/** A length of time in 1/65536 s, as report blocks carry it; at most some 18 hours. */
export function ntpUnits(time: Millis): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.round((time * 65_536) / 1000)));
}

/**
 * Time that our sender report and its answer were under way, from a block that arrived at `now`; undefined when the block
 * answers no report, or its figures cannot be true (negative, or over a minute: a peer whose clock or memory is wrong).
 * @rfc 3550#6.4.1 figure 2
 */
export function roundTripOf(block: ReportBlock, now: Instant): Millis | undefined {
  if (block.lastReport === 0) return undefined;
  const units = (middleOf(ntpTimeOf(now)) - block.lastReport - block.delaySinceLastReport) | 0;
  // Our own instants are whole milliseconds: a round trip of nearly nothing may come out a little below zero.
  if (units < -131 || units > 60 * 65_536) return undefined;
  return ms((Math.max(0, units) * 1000) / 65_536);
}
