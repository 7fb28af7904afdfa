import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSameUri, makeUri, parseHostPort, parseUri, printUri, uriScheme } from "./uri.ts";

const parsed = (text: string) => {
  const uri = parseUri(text);
  if (uri === undefined) throw new Error(`${text} was refused`);
  return uri;
};

describe("SIP URIs", () => {
  test.each([
    { text: "sip:example.org", user: undefined, host: "example.org", port: undefined },
    { text: "sip:101@EXAMPLE.org:5070", user: "101", host: "example.org", port: 5070 },
    { text: "SIPS:ann@10.0.0.1", user: "ann", host: "10.0.0.1", port: undefined },
    { text: "sip:101@[2001:db8::9]:5061", user: "101", host: "2001:db8::9", port: 5061 },
    { text: "sip:[::1]", user: undefined, host: "::1", port: undefined },
    {
      text: "sip:sips%3Auser%40example.com@example.net",
      user: "sips:user@example.com",
      host: "example.net",
      port: undefined,
    },
    { text: "sip:null-%00-null@example.com", user: "null-\0-null", host: "example.com", port: undefined },
    { text: "sip:*21#@pbx.local", user: "*21#", host: "pbx.local", port: undefined },
    {
      text: "sip:user;par=u%40example.net@example.com",
      user: "user;par=u@example.net",
      host: "example.com",
      port: undefined,
    },
    {
      text: "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com",
      user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      host: "example.com",
      port: undefined,
    },
  ])("reads $text", ({ text, user, host, port }) => expect(parsed(text)).toMatchObject({ user, host, port }));

  test.each([
    "",
    "sip:",
    "sip:@host",
    "tel:+391234",
    "sip:a b@host",
    "sip:user@",
    "sip:user@ho st",
    "sip:user@host:0",
    "sip:user@host:65536",
    "sip:user@host:5o60",
    "sip:user@[::1",
    "sip:user@[nonsense]",
    "sip:us%zzer@host",
    "sip:user@host;=x",
    "<sip:user@host>",
    'sip:"user"@host',
  ])("refuses %j", (text) => expect(parseUri(text)).toBeUndefined());

  test("reads password, parameters and headers", () => {
    const uri = parsed("sip:ann:secret@example.org;transport=TCP;lr;maddr=10.0.0.1?Subject=x&Priority=urgent");
    expect(uri.password).toBe("secret");
    expect([...uri.params]).toEqual([
      ["transport", "TCP"],
      ["lr", null],
      ["maddr", "10.0.0.1"],
    ]);
    expect(uri.headers).toBe("Subject=x&Priority=urgent");
  });

  test("escapes what may not stand bare, so that nothing can be smuggled in", () => {
    expect(printUri(makeUri('a"b>\r\nVia: x', "Example.org", 5060))).toBe(
      "sip:a%22b%3E%0D%0AVia%3A%20x@example.org:5060",
    );
    expect(printUri(makeUri("\ud800", "h"))).toBe("sip:%EF%BF%BD@h");
  });

  test.each([
    { a: "sip:%61lice@atlanta.com;transport=TCP", b: "sip:alice@AtlanTa.CoM;Transport=tcp", same: true },
    { a: "sip:carol@chicago.com", b: "sip:carol@chicago.com;newparam=5", same: true },
    { a: "sip:carol@chicago.com;security=on", b: "sip:carol@chicago.com;security=off", same: false },
    { a: "sip:carol@chicago.com", b: "sip:Carol@chicago.com", same: false },
    { a: "sip:bob@biloxi.com", b: "sip:bob@biloxi.com:5060", same: false },
    { a: "sip:bob@biloxi.com", b: "sip:bob@biloxi.com;transport=udp", same: false },
    { a: "sip:a@h?x=1&y=2", b: "sip:a@h?y=2&x=1", same: true },
    { a: "sip:a@h?x=1", b: "sip:a@h", same: false },
    { a: "sip:a@h", b: "sips:a@h", same: false },
  ])("$a and $b are the same: $same (RFC 3261 §19.1.4)", ({ a, b, same }) => {
    expect(isSameUri(parsed(a), parsed(b))).toBe(same);
    expect(isSameUri(parsed(b), parsed(a))).toBe(same);
  });

  test("what is printed is read back the same", () => {
    const host = fc.constantFrom("example.org", "10.1.2.3", "2001:db8::1", "a-b.c_d");
    const params = fc
      .uniqueArray(
        fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.option(fc.string({ minLength: 1, unit: "grapheme" }))),
        { selector: ([name]) => name, maxLength: 5 },
      )
      .map((list) => new Map(list));
    fc.assert(
      fc.property(
        fc.option(fc.string({ minLength: 1, unit: "grapheme" }), { nil: undefined }),
        host,
        fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        params,
        (user, name, port, all) => {
          const uri = { ...makeUri(user, name, port), params: all };
          const again = parseUri(printUri(uri));
          expect({ ...again, params: [...(again?.params ?? [])] }).toEqual({ ...uri, params: [...all] });
        },
      ),
    );
  });

  test("any text gives a URI or nothing, never an exception", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "grapheme" }),
          fc.string().map((text) => `sip:${text}`),
        ),
        (text) => {
          parseUri(text);
          parseHostPort(text);
          uriScheme(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});
