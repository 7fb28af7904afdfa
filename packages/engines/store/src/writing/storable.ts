/** Text as PostgreSQL can keep it: without U+0000, and without halves of surrogate pairs. */
export const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "");

/** A value as JSON that PostgreSQL can keep; every text in it is made {@link storable}. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === "string" ? storable(part) : part)) ?? "null";
