import { describe, expect, test } from "vitest";
import { apiReport } from "./api-report.ts";

const files: Readonly<Record<string, string>> = {
  "phone/package.json": JSON.stringify({ name: "@house/phone", exports: { ".": "./src/index.ts" } }),
  "phone/src/index.ts": `export { ms } from "@house/kernel";
export type { Call } from "./call/call.ts";
export { Bell, ring as letRing } from "./call/call.ts";
`,
  "phone/src/call/call.ts": `import type { Millis } from "@house/kernel";
/** One call. It ends. @rfc 3261#12 */
export interface Call {
  /** How long, at most. */
  readonly lasts: Millis;
}
/**
 * Rings a {@link Bell},
 * as often as asked. Never throws.
 */
export function ring(times: number, bell: Bell = new Bell()): boolean {
  return bell.isLoud && times > 0;
}
/** What rings. */
export class Bell {
  readonly #volume = 3;
  get isLoud(): boolean {
    return this.#volume > 2;
  }
}
const hidden = 1;
`,
  "kernel/package.json": JSON.stringify({ name: "@house/kernel", exports: { ".": "./src/index.ts" } }),
  "kernel/src/index.ts": `export { ms } from "./units.ts";
`,
  "kernel/src/units.ts": `export type Millis = number;
/** Calls \`n\` milliseconds. */
export const ms = (n: number): Millis => n;
`,
};
const read = (path: string): string => files[path] ?? expect.fail(`${path} is read`);
const report = (changed: Readonly<Record<string, string>> = {}): string =>
  apiReport((path) => changed[path] ?? read(path), { room: "phone", houses: { "@house/kernel": "kernel" } });

describe("the report of a package's public names", () => {
  test("shows each with its signature and first sentence, its own before those of others, and nothing hidden", () => {
    expect(report().slice(report().indexOf("## "))).toBe(`## \`@house/phone\`

4 names.

### call

\`\`\`ts
/** One call. */
interface Call {
  readonly lasts: Millis;
}

/** What rings. */
class Bell {
  get isLoud(): boolean;
}

/** Rings a \`Bell\`, as often as asked. */
function ring(times: number, bell?: Bell): boolean; // as letRing
\`\`\`

### kernel

\`\`\`ts
/** Calls \`n\` milliseconds. */
const ms: (n: number) => Millis;
\`\`\`
`);
  });

  test.each([
    {
      name: "a name that nobody declares",
      index: 'export { gone } from "./call/call.ts";',
      why: "does not declare gone",
    },
    { name: "everything at once", index: 'export * from "./call/call.ts";', why: "one by one" },
  ])("refuses $name", ({ index, why }) => {
    expect(() => report({ "phone/src/index.ts": index })).toThrow(why);
  });
});
