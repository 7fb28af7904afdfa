import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Headers } from "../message/headers.ts";
import { parseReferTo, printReferTo, referTargetOf } from "./refer-to.ts";
import { parseReplaces, printReplaces, replacesOf, replacesRefusal } from "./replaces.ts";
import { sipfrag, statusOfSipfrag } from "./sipfrag.ts";

const replaces = { callId: "12345@192.168.118.3", toTag: "12345", fromTag: "5FFE-3994", isEarlyOnly: false };

describe("Replaces (RFC 3891 §6.1)", () => {
  test.each([
    { text: "12345@192.168.118.3;to-tag=12345;from-tag=5FFE-3994", value: replaces },
    { text: " 12345@192.168.118.3 ; from-tag=5FFE-3994 ;to-tag=12345", value: replaces },
    {
      text: "12345@192.168.118.3;to-tag=12345;from-tag=5FFE-3994;early-only",
      value: { ...replaces, isEarlyOnly: true },
    },
    { text: "12345@192.168.118.3;to-tag=12345", value: undefined },
    { text: "12345@192.168.118.3;from-tag=1;to-tag", value: undefined },
    { text: ";to-tag=1;from-tag=2", value: undefined },
    { text: "a b;to-tag=1;from-tag=2", value: undefined },
    { text: "a@b@c;to-tag=1;from-tag=2", value: undefined },
    { text: 'a;to-tag="x y";from-tag=2', value: undefined },
    { text: "", value: undefined },
  ])("reads $text", ({ text, value }) => expect(parseReplaces(text)).toEqual(value));

  test("prints what it reads", () => {
    for (const isEarlyOnly of [false, true]) {
      expect(parseReplaces(printReplaces({ ...replaces, isEarlyOnly }))).toEqual({ ...replaces, isEarlyOnly });
    }
  });

  test.each([
    { name: "none", fields: [], value: undefined },
    { name: "one", fields: [["Replaces", "a;to-tag=b;from-tag=c"]], value: { callId: "a", toTag: "b", fromTag: "c" } },
    {
      name: "two",
      fields: [
        ["Replaces", "a;to-tag=b;from-tag=c"],
        ["replaces", "d;to-tag=e;from-tag=f"],
      ],
      value: "malformed",
    },
    { name: "an empty one", fields: [["Replaces", ""]], value: "malformed" },
    {
      name: "one beside a Join",
      fields: [
        ["Replaces", "a;to-tag=b;from-tag=c"],
        ["Join", "x"],
      ],
      value: "malformed",
    },
  ] as const)("of a request with $name", ({ fields, value }) => {
    const found = replacesOf(Headers.of(fields));
    if (typeof value === "object") expect(found).toMatchObject(value);
    else expect(found).toBe(value);
  });

  test.each([
    { name: "nothing", found: undefined, early: false, status: 481 },
    { name: "a call of ours that rings", found: { at: "early", isCaller: true }, early: true, status: undefined },
    { name: "a call that rings here", found: { at: "early", isCaller: false }, early: false, status: 481 },
    { name: "an answered call", found: { at: "confirmed", isCaller: false }, early: false, status: undefined },
    { name: "an answered call, early-only", found: { at: "confirmed", isCaller: true }, early: true, status: 486 },
    { name: "a call that ends", found: { at: "ending", isCaller: true }, early: false, status: 603 },
  ] as const)("naming $name gets $status (RFC 3891 §3)", ({ found, early, status }) =>
    expect(replacesRefusal(found, { ...replaces, isEarlyOnly: early })).toBe(status),
  );
});

describe("Refer-To (RFC 3515 §2.1)", () => {
  const plain = { display: undefined, method: "INVITE", replaces: undefined, headers: [] };

  test.each([
    { text: "sip:carol@example.org", value: { ...plain, uri: "sip:carol@example.org" } },
    { text: "<sip:202@10.0.0.1;user=phone>", value: { ...plain, uri: "sip:202@10.0.0.1;user=phone" } },
    { text: '"Carol" <sip:carol@example.org>', value: { ...plain, display: "Carol", uri: "sip:carol@example.org" } },
    { text: "<tel:+390461>", value: { ...plain, uri: "tel:+390461" } },
    {
      text: "<sip:c@x;method=SUBSCRIBE;transport=tcp>",
      value: { ...plain, method: "SUBSCRIBE", uri: "sip:c@x;transport=tcp" },
    },
    {
      text: "<sip:c@x?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>",
      value: { ...plain, uri: "sip:c@x", replaces },
    },
    {
      text: "<sip:c@x?Accept-Contact=sip%3A&replaces=12345%40192.168.118.3%3Bfrom-tag%3D5FFE-3994%3Bto-tag%3D12345&Subject>",
      value: {
        ...plain,
        uri: "sip:c@x",
        replaces,
        headers: [
          ["Accept-Contact", "sip:"],
          ["Subject", ""],
        ],
      },
    },
  ])("reads $text", ({ text, value }) => expect(parseReferTo(text)).toEqual(value));

  test.each([
    "",
    "carol",
    "<sip:c@x",
    "sip:c@x?Replaces=a",
    "<sip:c@x?Replaces=a%3Bto-tag%3Db>",
    "<sip:c@x?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc&Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>",
    "<sip:c@x?Subject=%>",
    "<sip:c@x?Subject=%FF>",
    "<sip:c@x?Subject=a%0d%0aVia:%20evil>",
    `<sip:c@x?${"A=1&".repeat(17)}>`,
  ])("refuses %s", (text) => expect(parseReferTo(text)).toBeUndefined());

  test("prints what it reads", () => {
    expect(printReferTo("sip:c@x")).toBe("<sip:c@x>");
    expect(parseReferTo(printReferTo("sip:c@x?Subject=a", replaces))).toMatchObject({
      uri: "sip:c@x",
      replaces,
      headers: [["Subject", "a"]],
    });
  });

  test("is there exactly once", () => {
    const of = (...values: readonly string[]) => referTargetOf(Headers.of(values.map((value) => ["Refer-To", value])));
    expect(of("<sip:c@x>")?.uri).toBe("sip:c@x");
    expect(of()).toBeUndefined();
    expect(of("<sip:c@x>", "<sip:d@x>")).toBeUndefined();
    expect(of("<sip:c@x>, <sip:d@x>")).toBeUndefined();
  });
});

describe("message/sipfrag (RFC 3420)", () => {
  test.each([
    { text: "SIP/2.0 200 OK\r\n", status: 200 },
    { text: "sip/2.0 486", status: 486 },
    { text: "SIP/2.0 603\r\nReason: x", status: 603 },
    { text: "SIP/2.0 2000 OK", status: undefined },
    { text: "SIP/2.0 099 Odd", status: undefined },
    { text: "SIP/2.0 700 Odd", status: undefined },
    { text: "INVITE sip:a SIP/2.0", status: undefined },
    { text: "", status: undefined },
  ])("of $text tells $status", ({ text, status }) => expect(statusOfSipfrag(text)).toBe(status));

  test("is one line, whatever the phrase holds", () => {
    expect(sipfrag(200)).toBe("SIP/2.0 200 OK\r\n");
    expect(sipfrag(486, "a\r\nb")).toBe("SIP/2.0 486 a  b\r\n");
  });
});

describe("whatever a peer writes", () => {
  const scraps = [
    "<",
    ">",
    "sip:",
    "?",
    "Replaces=",
    "%3B",
    "%",
    "to-tag=",
    "from-tag=",
    ";",
    "=",
    "a",
    "@",
    '"',
    " ",
    "&",
  ];
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...scraps)).map((all) => all.join("")),
  );

  test("is read or refused, and never throws", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const read of [parseReferTo, parseReplaces, statusOfSipfrag]) read(text);
      }),
    );
  });

  test("comes out of a Refer-To as it went in", () => {
    const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,20}$/);
    const dialogs = fc.record({ callId: token, toTag: token, fromTag: token, isEarlyOnly: fc.boolean() });
    fc.assert(
      fc.property(dialogs, (replaced) => {
        expect(parseReferTo(printReferTo("sip:c@example.org", replaced))?.replaces).toEqual(replaced);
      }),
    );
  });
});
