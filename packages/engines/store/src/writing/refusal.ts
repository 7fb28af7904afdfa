/** SQLSTATE of an error that PostgreSQL or the connection gave, such as `23505`, or nothing. */
export const sqlState = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;

/** Whether the database refused the data itself (classes 21, 22, 23, 54), so that trying again would not help. */
export const refusesData = (error: unknown): boolean => /^(?:2[123]|54)[0-9A-Z]{3}$/.test(sqlState(error) ?? "");

/** Name of the constraint that was violated, or nothing. */
export const violated = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "constraint" in error && typeof error.constraint === "string"
    ? error.constraint
    : undefined;

/** What an error says, for the log. Never the error itself: pg hangs the connection on it, and that has the password. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
