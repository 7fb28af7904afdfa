/** Fields of log lines: text, numbers, objects of them. */
export type Fields = Readonly<Record<string, unknown>>;

/** Names under which nothing may reach a log, wherever they stand. */
const SECRETS: ReadonlySet<string> = new Set(["password", "token", "authorization"]);
const HIDDEN = "(hidden)";
/** Steps into objects; what lies deeper is left as it is. */
const MOST_STEPS = 3;

/** The same fields, secrets replaced, down to three steps inside. Lines without any, which is nearly all, cost no copy. */
export function withoutSecrets(fields: Fields, steps = 0): Fields {
  let shown: Record<string, unknown> | undefined;
  for (const name in fields) {
    const value = fields[name];
    const safe = SECRETS.has(name) ? HIDDEN : isNested(value) && steps < MOST_STEPS ? within(value, steps) : value;
    if (safe === value) continue;
    shown ??= { ...fields };
    shown[name] = safe;
  }
  return shown ?? fields;
}

function within(value: Fields | readonly unknown[], steps: number): unknown {
  if (!Array.isArray(value)) return withoutSecrets(value as Fields, steps + 1);
  const safe = value.map((each: unknown) => (isNested(each) ? within(each, steps + 1) : each));
  return safe.every((each, index) => each === value[index]) ? value : safe;
}

/** Plain objects and lists; a fault is looked through when it has become one. */
const isNested = (value: unknown): value is Fields | readonly unknown[] =>
  typeof value === "object" && value !== null && !(value instanceof Error);
