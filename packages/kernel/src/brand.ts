declare const tag: unique symbol;

/** A base type that is told apart by name, so that an id of one thing is never taken for another's. */
export type Tagged<Base, Name extends string> = Base & { readonly [tag]: Name };
