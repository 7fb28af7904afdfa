import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";

/** Who calls whom, as the body says it; the number is not cleaned yet. */
export interface DialOrder {
  readonly extension: string;
  readonly number: string;
}

/** What is wrong with a body, by the codes of the error table. */
export type OrderRefusal = "bad-request" | "invalid-extension" | "invalid-number";

const LONGEST_FIELD = 64;

/**
 * Reads a body by what it looks like, whatever its content type says, because programs in the field send JSON as a form, as text
 * or as nothing: what begins with `{` or `[` is JSON, all else a form. Whole numbers stand for their digits. What cannot be read is
 * `bad-request`; a missing or overlong field is told as a wrong one, the extension first.
 */
export function readOrder(body: Uint8Array): Result<DialOrder, OrderRefusal> {
  const fields = readFields(body);
  if (fields === undefined) return refused("bad-request");
  const extension = textOf(fields["extension"]);
  const number = textOf(fields["phonenumber"]);
  if (extension === undefined) return refused("invalid-extension");
  if (number === undefined) return refused("invalid-number");
  return ok({ extension, number });
}

function readFields(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body).trim();
    if (!/^[{[]/.test(text)) return Object.fromEntries(new URLSearchParams(text));
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function textOf(value: unknown): string | undefined {
  const text = typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
  if (typeof text !== "string" || text.trim() === "" || text.length > LONGEST_FIELD) return undefined;
  return text.trim();
}
