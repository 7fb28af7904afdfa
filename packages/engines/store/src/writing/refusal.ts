/** SQLSTATE of an error that PostgreSQL or the connection gave, such as `23505`, or nothing. */
export const sqlState = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;

/** Whether the database refused the data itself (classes 22 and 23), so that trying again would not help. */
export const refusesData = (error: unknown): boolean => /^2[23][0-9A-Z]{3}$/.test(sqlState(error) ?? "");

/** Whether a unique key was taken already. */
export const isTaken = (error: unknown): boolean => sqlState(error) === "23505";
