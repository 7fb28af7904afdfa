const MAX_DEPTH = 32;

/**
 * About how many bytes a piece of event data takes as JSON, without writing it out. Text counts two bytes a character,
 * everything else eight; what lies deeper than 32 levels counts nothing.
 */
export function weigh(value: unknown, depth = 0): number {
  if (typeof value === "string") return 2 * value.length + 2;
  if (typeof value !== "object" || value === null || depth >= MAX_DEPTH) return 8;
  let bytes = 8;
  if (Array.isArray(value)) {
    for (const item of value) bytes += weigh(item, depth + 1);
    return bytes;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  // Not by entries: this runs for every part of every event, and should leave no garbage.
  for (const key in fields) bytes += key.length + weigh(fields[key], depth + 1);
  return bytes;
}
