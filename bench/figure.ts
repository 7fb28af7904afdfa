/** One figure of this system: what is measured, and against what. */
export interface Figure {
  /** On the command line, and of its file in `results/`. */
  readonly name: string;
  /** What is measured, in one sentence. */
  readonly about: string;
  measure(bench: Bench): Promise<Measured>;
}

/** What a measurement is given. */
export interface Bench {
  /** Words before the command of a server, to keep it on one core; none where cores cannot be chosen. */
  readonly serverInside: readonly string[];
  /** Words for the server's Node, such as those of a profile. */
  readonly serverNodeWords: readonly string[];
}

/** What came out. */
export interface Measured {
  readonly value: number;
  readonly unit: string;
  readonly aim: Aim;
  /** The same work done by something that does nothing else. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** What else was seen. */
  readonly details: Readonly<Record<string, number | string>>;
}

/** What is aimed at; `none` for a first figure. */
export type Aim = { readonly atLeast: number } | { readonly atMost: number } | "none";

/** Whether the aim is reached; `undefined` where there is none. */
export function isReached(aim: Aim, value: number): boolean | undefined {
  if (aim === "none") return undefined;
  return "atLeast" in aim ? value >= aim.atLeast : value <= aim.atMost;
}
