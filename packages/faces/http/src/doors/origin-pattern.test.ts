import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOriginPattern, originMatcher } from "./origin-pattern.ts";

test.each([
  "https://crm.example.com",
  "http://localhost:3000",
  "http://localhost:*",
  "https://*.example.com",
  "*://*.example.com",
  "https://shop-*.example.com",
  "https://[2001:db8::5]:8443",
  "http://192.0.2.1",
])("%s may be on the list", (text) => expect(isOriginPattern(text)).toBe(true));

test.each([
  "*",
  "https://*",
  "https://*.*",
  "https://example.*",
  "https://**.example.com",
  "https://192.0.2.*",
  "http://*.0.0.1",
  "https://*..example.com",
  "https://crm.example.com/",
  "https://crm.example.com:443",
  "https://Crm.example.com",
  "ftp://crm.example.com",
  "file://",
  "null",
  "",
])("%s may not", (text) => expect(isOriginPattern(text)).toBe(false));

describe("an origin is on the list", () => {
  test.each([
    ["https://crm.example.com", "https://crm.example.com", true],
    ["https://crm.example.com", "http://crm.example.com", false],
    ["https://crm.example.com", "https://crm.example.com:8443", false],
    ["https://crm.example.com", "https://crm.example.com.evil.net", false],
    ["https://*.example.com", "https://crm.example.com", true],
    ["https://*.example.com", "https://a.b.example.com", false],
    ["https://*.example.com", "https://example.com", false],
    ["https://*.example.com", "https://.example.com", false],
    ["https://*.example.com", "https://evil.net/.example.com", false],
    ["https://*.example.com", "https://crm.example.com.evil.net", false],
    ["https://*.example.com", "https://crm-example.com", false],
    ["https://*.example.com", "https://*.example.com", false],
    ["*://*.example.com", "http://crm.example.com", true],
    ["*://*.example.com", "ftp://crm.example.com", false],
    ["https://shop-*.example.com", "https://shop-7.example.com", true],
    ["https://shop-*.example.com", "https://shop-.example.com", false],
    ["http://localhost:*", "http://localhost:3000", true],
    ["http://localhost:*", "http://localhost", true],
    ["https://[2001:db8::5]", "https://[2001:db8::5]", true],
    ["https://crm.example.com", "null", false],
    ["https://crm.example.com", "", false],
  ] as const)("%s holds %s: %s", (pattern, origin, expected) => {
    if (origin !== pattern) expect(isOriginPattern(pattern)).toBe(true);
    expect(originMatcher([pattern])(origin)).toBe(expected);
  });

  test("when any of its patterns fits, and an empty list holds none", () => {
    const matches = originMatcher(["https://crm.example.com", "https://*.example.org"]);
    expect([matches("https://crm.example.com"), matches("https://a.example.org")]).toEqual([true, true]);
    expect(originMatcher([])("https://crm.example.com")).toBe(false);
  });
});

test("whatever is asked is answered", () => {
  const text = fc.string({ unit: fc.constantFrom(..."htps:/*.-[]19a") });
  fc.assert(
    fc.property(text, text, (pattern, origin) => {
      isOriginPattern(pattern);
      originMatcher([pattern])(origin);
    }),
  );
});
