/** Text as PostgreSQL can keep it: without U+0000, and without halves of surrogate pairs. */
export const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "");

/** A value as JSON that PostgreSQL can keep; every text and every field's name in it is made {@link storable}. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === "string" ? storable(part) : withNames(part))) ??
  "null";

/** The same object, unless a field's name cannot be kept as it is. */
function withNames(part: unknown): unknown {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
  if (Object.keys(part).every((name) => storable(name) === name)) return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [storable(name), value]));
}
