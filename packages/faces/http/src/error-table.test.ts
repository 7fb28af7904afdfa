import type { FaultCode } from "@cordboard/kernel";
import { PlatformError } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import { codeOfError, troubleOf } from "./app/trouble.ts";
import type { ErrorCode } from "./error-table.ts";
import { errorTable, isErrorCode } from "./error-table.ts";

// The compiler has already proved that every code of the unions is in the table, and no other.
const entries = Object.entries(errorTable) as readonly (readonly [ErrorCode, (typeof errorTable)[ErrorCode]])[];

describe.each(entries)("%s", (code, entry) => {
  test("is in kebab-case and has statuses that exist", () => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(entry.http).toBeGreaterThanOrEqual(400);
    expect(entry.http).toBeLessThan(600);
    if (entry.sip !== undefined) expect(entry.sip).toBeGreaterThanOrEqual(400);
  });

  test("tells what it means and what to do, in sentences", () => {
    expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
    expect(entry.remedy).toMatch(/^[A-Z].*\.$/);
  });

  test("is no error of ours when the client can mend it", () => {
    expect(entry.http < 500 && entry.level === "error").toBe(false);
  });
});

test("a fault keeps its code, and all else that is thrown is internal", () => {
  const fault: FaultCode = "database-unavailable";
  expect(codeOfError(new PlatformError(fault, "secret"))).toBe(fault);
  expect(codeOfError(new Error("secret"))).toBe("internal");
  expect(codeOfError("secret")).toBe("internal");
  expect(codeOfError(undefined)).toBe("internal");
  expect(codeOfError({ statusCode: 404 })).toBe("bad-request");
  expect(codeOfError({ code: "FST_ERR_CTP_BODY_TOO_LARGE", statusCode: 413 })).toBe("body-too-large");
  expect(codeOfError({ code: "constructor", statusCode: 500 })).toBe("internal");
});

test("words of other origin are no codes", () => {
  expect(isErrorCode("not-found")).toBe(true);
  expect(isErrorCode("constructor")).toBe(false);
  expect(troubleOf("not-found", "act_1" as never, 0 as never)).toMatchObject({ status: 404 });
});
