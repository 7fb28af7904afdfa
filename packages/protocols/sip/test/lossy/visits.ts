import type { MachineName } from "../machine-tables.ts";
import { machines, nameOfInput } from "../machine-tables.ts";

/** How often each pair of a state and an input was met, by machine. */
type Visits = { readonly [Name in MachineName]: Record<string, Record<string, number>> };

/** Counts of everything that {@link recorded} machines have met in this process. */
const visits: Visits = {
  "invite-client": zeros("invite-client"),
  "request-client": zeros("request-client"),
  "invite-server": zeros("invite-server"),
  "request-server": zeros("request-server"),
  "answer-resend": zeros("answer-resend"),
};

const machineNames = Object.keys(visits) as readonly MachineName[];

function zeros(name: MachineName): Record<string, Record<string, number>> {
  const { states, inputs } = machines[name];
  const row = Object.keys(inputs).map((input) => [input, 0] as const);
  return Object.fromEntries(Object.keys(states).map((at) => [at, Object.fromEntries(row)]));
}

/** The step of a machine, counted; it does what it did. */
export function recorded<State extends { readonly at: string }, Input extends { readonly type: string }, Context, Next>(
  name: MachineName,
  step: (state: State, input: Input, context: Context) => Next,
): (state: State, input: Input, context: Context) => Next {
  const table = visits[name];
  return (state, input, context) => {
    const row = table[state.at];
    const column = nameOfInput(input);
    if (row?.[column] === undefined) throw new Error(`${name} has no pair of ${state.at} and ${column}`);
    row[column]++;
    return step(state, input, context);
  };
}

/** The timers that run in a state; all others were stopped, or never started. */
const running: { readonly [Name in MachineName]: Readonly<Record<string, readonly string[]>> } = {
  "invite-client": { calling: ["A", "B"], completed: ["D"], accepted: ["M"] },
  "request-client": { trying: ["E", "F"], proceeding: ["E", "F"], completed: ["K"] },
  "invite-server": { completed: ["G", "H"], confirmed: ["I"], accepted: ["L"] },
  "request-server": { completed: ["J"] },
  "answer-resend": {},
};

/** Why no network and no user can bring an input to a machine in that state; undefined where they can. */
export function whyNever(name: MachineName, at: string, input: string): string | undefined {
  if (at === "terminated" || (name === "answer-resend" && at !== "waiting")) return "what has ended is forgotten";
  if (input.startsWith("timer")) {
    const isRunning = running[name][at]?.includes(input.slice("timer ".length)) === true;
    return isRunning ? undefined : "that timer does not run then";
  }
  const isFinal = at === "completed" || at === "confirmed" || at === "accepted";
  if (input.startsWith("respond ") && isFinal && !(at === "accepted" && input === "respond 2xx"))
    return "after a final response the transaction takes no other from its user";
  if (name === "request-server" && at === "trying" && input === "transport-failed") return "nothing was sent yet";
  return undefined;
}

/** Pairs of all machines, with their counts. */
export function allPairs(): readonly { name: MachineName; at: string; input: string; count: number }[] {
  return machineNames.flatMap((name) =>
    Object.entries(visits[name]).flatMap(([at, row]) =>
      Object.entries(row).map(([input, count]) => ({ name, at, input, count })),
    ),
  );
}

/** All counts as tables of states and inputs, with a letter in place of what can never be and the reasons below. */
export function matrixText(): string {
  const reasons: string[] = [];
  const cell = (name: MachineName, at: string, input: string, count: number): string => {
    const why = whyNever(name, at, input);
    if (why === undefined) return String(count);
    if (!reasons.includes(why)) reasons.push(why);
    return `(${"abcdef"[reasons.indexOf(why)]})`;
  };
  const tables = machineNames.map((name) => {
    const rows = Object.entries(visits[name]).map(([at, row]) => [
      at,
      ...Object.entries(row).map(([input, count]) => cell(name, at, input, count)),
    ]);
    return aligned([[name, ...Object.keys(machines[name].inputs)], ...rows]);
  });
  return [...tables, reasons.map((why, index) => `(${"abcdef"[index]}) ${why}`).join("\n")].join("\n\n");
}

/** Cells below each other; the first column to the left, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((text, column) => (column === 0 ? text.padEnd(16) : text.padStart(widths[column] ?? 0))).join("  "),
    )
    .join("\n");
}
