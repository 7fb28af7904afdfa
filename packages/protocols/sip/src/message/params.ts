/** Parameters by lower-case name in the order written; `null` is one without a value, such as `;lr`. Quotes are removed. */
export type Params = ReadonlyMap<string, string | null>;

/** No parameters at all. */
export const noParams: Params = new Map();
