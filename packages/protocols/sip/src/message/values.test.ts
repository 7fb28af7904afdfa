import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCSeq, parseNameAddr, parseVia, printNameAddr, printVia, splitValues } from "./values.ts";

describe("name-addr", () => {
  test.each([
    { text: "<sip:a@b>", display: undefined, uri: "sip:a@b", tag: undefined },
    { text: "sip:a@b;tag=1", display: undefined, uri: "sip:a@b", tag: "1" },
    { text: "Ann Lee <sip:a@b;lr>;tag=1", display: "Ann Lee", uri: "sip:a@b;lr", tag: "1" },
    {
      text: '"J Rosenberg \\\\\\""       <sip:jdrosen@example.com> ; tag = 98asjd8',
      display: 'J Rosenberg \\"',
      uri: "sip:jdrosen@example.com",
      tag: "98asjd8",
    },
    { text: '"a <b> ; c" <sip:x@y>;tag=2', display: "a <b> ; c", uri: "sip:x@y", tag: "2" },
    { text: "Müller <sip:m@x>", display: "Müller", uri: "sip:m@x", tag: undefined },
    { text: "caller<sip:caller@example.com>;tag=323", display: "caller", uri: "sip:caller@example.com", tag: "323" },
  ])("reads $text", ({ text, display, uri, tag }) => {
    const value = parseNameAddr(text);
    expect(value).toMatchObject({ display, uri });
    expect(value?.params.get("tag")).toBe(tag);
  });

  test.each([
    "",
    "<>",
    "<sip:a@b",
    "sip:a b@c",
    '"open <sip:a@b>',
    "Bell, Alexander <sip:a@b>",
    "< sip:a@b >",
    "<sip:a@b> rest",
    "<sip:a@b>;;tag=1",
    "<sip:a@b>;tag=",
    "sip:a@b?Route=%3Csip:x%3E",
    "no-colon",
    "1x:y",
  ])("refuses %j", (text) => expect(parseNameAddr(text)).toBeUndefined());

  test("what is printed is read back the same", () => {
    const params = fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.option(fc.string())), {
        selector: ([name]) => name,
        maxLength: 4,
      })
      .map((list) => new Map(list.map(([name, value]) => [name, value?.replace(/[\r\n]/g, " ") ?? null] as const)));
    fc.assert(
      fc.property(
        fc.option(
          fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, " ")),
          { nil: undefined },
        ),
        params,
        (display, all) => {
          const value = { display, uri: "sip:a@b;x=1", params: all };
          const again = parseNameAddr(printNameAddr(value));
          expect({ ...again, params: [...(again?.params ?? [])] }).toEqual({ ...value, params: [...all] });
        },
      ),
    );
  });
});

describe("Via", () => {
  test.each([
    { text: "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport", host: "10.0.0.1", port: 5070, transport: "UDP" },
    {
      text: "SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8",
      host: "spindle.example.com",
      port: undefined,
      transport: "TCP",
    },
    { text: "SIP/2.0/TLS [2001:db8::9]:5061;branch=z9hG4bK1", host: "2001:db8::9", port: 5061, transport: "TLS" },
    { text: "SIP/2.0/UDP host : 5060", host: "host", port: 5060, transport: "UDP" },
  ])("reads $text", ({ text, ...fields }) => expect(parseVia(text)).toMatchObject(fields));

  test.each([
    "",
    "SIP/2.0/UDP",
    "SIP/1.0/UDP host",
    "SIP/2.0/UDP ho st",
    "SIP/2.0/UDP 192.0.2.15;;,;,,",
    "SIP/2.0/UDP h:99999",
    "SIP/2.0/UDP [::1",
    "SIP/2.0/ host",
  ])("refuses %j", (text) => expect(parseVia(text)).toBeUndefined());

  test("what is printed is read back the same", () => {
    const text = "SIP/2.0/UDP [::1]:5060;branch=z9hG4bK77;received=2001:db8::1;rport=5070";
    const via = parseVia(text);
    expect(via && printVia(via)).toBe(text);
  });
});

describe("CSeq", () => {
  test.each([
    { text: "1 INVITE", number: 1, method: "INVITE" },
    { text: "0009 INVITE", number: 9, method: "INVITE" },
    { text: "2147483647 \t BYE", number: 2_147_483_647, method: "BYE" },
  ])("reads $text", ({ text, ...fields }) => expect(parseCSeq(text)).toEqual(fields));

  test.each([
    "",
    "INVITE",
    "1",
    "1INVITE",
    "-1 INVITE",
    "2147483648 BYE",
    "36893488147419103232 REGISTER",
    "1 INV ITE",
  ])("refuses %j", (text) => expect(parseCSeq(text)).toBeUndefined());
});

describe("lists of values", () => {
  test.each([
    { text: "a", values: ["a"] },
    { text: "a, b ,c", values: ["a", "b", "c"] },
    { text: '"x, y" <sip:a,b@c>;p="1,2", <sip:d>', values: ['"x, y" <sip:a,b@c>;p="1,2"', "<sip:d>"] },
    { text: "a,,b", values: ["a", "", "b"] },
  ])("splits $text outside quotes and brackets", ({ text, values }) => expect(splitValues(text)).toEqual(values));

  test("any text is split or read without an exception", () => {
    const alphabet = fc.constantFrom(...'<>";,=\\: aS/.20[]%@\t\u00e9\0');
    fc.assert(
      fc.property(
        fc.array(alphabet).map((characters) => characters.join("")),
        (text) => {
          splitValues(text);
          parseNameAddr(text);
          parseVia(text);
          parseVia(`SIP/2.0/UDP ${text}`);
          parseCSeq(text);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
