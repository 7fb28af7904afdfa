/** What a step that may be refused returns: the value, or the refusal that is part of its contract. */
export type Result<Value, Refusal> = Ok<Value> | Refused<Refusal>;

/** The accepted side of a {@link Result}. */
export type Ok<Value> = { readonly ok: true; readonly value: Value };

/** The refused side of a {@link Result}. */
export type Refused<Refusal> = { readonly ok: false; readonly error: Refusal };

/** Accepts with a value. */
export const ok = <Value>(value: Value): Ok<Value> => ({ ok: true, value });

/** Refuses with a reason. */
export const refused = <Refusal>(error: Refusal): Refused<Refusal> => ({
  ok: false,
  error,
});
