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
  for (const [key, item] of Object.entries(value)) bytes += key.length + weigh(item, depth + 1);
  return bytes;
}
