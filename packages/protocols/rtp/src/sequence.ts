/**
 * How far sequence number `to` is ahead of `from`, the short way round the 16-bit circle: -32768 to 32767, negative when it is behind.
 * @rfc 3550#5.1
 */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** The sequence number `by` after `sequence` (negative: before), within 16 bits. */
export function sequenceAfter(sequence: number, by: number): number {
  return (sequence + by) & 0xffff;
}

/** Whether `sequence` is newer than `than`; exactly half the circle away counts as older. */
export function isNewerSequence(sequence: number, than: number): boolean {
  return sequenceDistance(than, sequence) > 0;
}

/** How far timestamp `to` is ahead of `from`, the short way round the 32-bit circle; negative when it is behind. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** The timestamp `by` units after `timestamp`, within 32 bits. */
export function timestampAfter(timestamp: number, by: number): number {
  return (timestamp + by) >>> 0;
}
