import { appendFileSync } from "node:fs";

/** Whether the long form of a seeded run is wanted: `npm run soak` says so. */
export const isSoak: boolean = process.env["SOAK"] === "long";

/** Prints what a seeded run has counted; `npm run soak` keeps it. */
export function tell(name: string, figures: Readonly<Record<string, unknown>>): void {
  const text = Object.entries(figures).map(
    ([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  process.stdout.write(`${name}: ${text.join(", ")}\n`);
  const file = process.env["SOAK_FILE"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ name, figures })}\n`);
}

/** Shows how far a long run is; a short one says nothing. */
export function tellProgress(text: string): void {
  if (isSoak) process.stdout.write(`${text}\n`);
}
