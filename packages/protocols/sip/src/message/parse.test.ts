import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkMessage } from "./check.ts";
import type { HeaderField } from "./header-field.ts";
import { Headers } from "./headers.ts";
import type { SipMessage } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { bodyText, printMessage } from "./print.ts";
import { encodeUtf8 } from "./utf8.ts";

const lines = (...all: readonly string[]): Uint8Array => encodeUtf8(all.join("\r\n"));

const invite = (...extra: readonly string[]): Uint8Array =>
  lines(
    "INVITE sip:102@example.org SIP/2.0",
    "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1",
    "From: <sip:101@example.org>;tag=a",
    "To: <sip:102@example.org>",
    "Call-ID: x",
    "CSeq: 1 INVITE",
    ...extra,
    "",
    "",
  );

function accepted(bytes: Uint8Array): SipMessage {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) throw new Error(parsed.error.why);
  return parsed.value;
}

const refusal = (bytes: Uint8Array) => {
  const parsed = parseMessage(bytes);
  return parsed.ok ? checkMessage(parsed.value) : parsed.error;
};

describe("the parser", () => {
  test("reads a request with compact forms, folding and several values a line", () => {
    const message = accepted(
      lines(
        "",
        "OPTIONS sip:a@b SIP/2.0",
        "v: SIP/2.0/UDP h1;branch=z9hG4bK1, SIP/2.0/UDP h2",
        "VIA:SIP/2.0/UDP h3",
        "f : <sip:101@x>;tag=1",
        "t: <sip:102@x>",
        "i:\tabc",
        "CSeq: 7",
        "  OPTIONS",
        "m: <sip:a@b>,",
        " <sip:c@d>;q=0.5",
        "X-Own: kept as it is ",
        "l: 2",
        "",
        "hi and more",
      ),
    );
    expect(message.headers.values("Via")).toEqual([
      "SIP/2.0/UDP h1;branch=z9hG4bK1",
      "SIP/2.0/UDP h2",
      "SIP/2.0/UDP h3",
    ]);
    expect(message.headers.cseq).toEqual({ number: 7, method: "OPTIONS" });
    expect(message.headers.callId).toBe("abc");
    expect(message.headers.contacts).toHaveLength(2);
    expect(message.headers.get("x-OWN")).toBe("kept as it is");
    expect(bodyText(message)).toBe("hi");
    expect(checkMessage(message)).toBeUndefined();
  });

  test("keeps a binary body byte by byte behind headers that are not ASCII", () => {
    const head = lines("MESSAGE sip:a@b SIP/2.0", "Subject: grüße 日本 🎉", "Content-Length: 6", "", "");
    const body = Uint8Array.from([0, 255, 13, 10, 128, 7]);
    const message = accepted(Uint8Array.from([...head, ...body, 1, 2, 3]));
    expect([...message.body]).toEqual([...body]);
    expect(message.headers.get("s")).toBe("grüße 日本 🎉");
  });

  test("reads a response without a reason phrase", () => {
    expect(accepted(lines("SIP/2.0 180 ", "Via: x", "", ""))).toMatchObject({
      type: "response",
      status: 180,
      reason: "",
    });
    expect(accepted(lines("SIP/2.0 200", "Via: x", "", ""))).toMatchObject({ status: 200, reason: "" });
  });

  test.each([
    { name: "nothing", bytes: lines(""), code: "empty" },
    { name: "only line ends", bytes: lines("", "", ""), code: "empty" },
    { name: "no empty line", bytes: lines("OPTIONS sip:a@b SIP/2.0", "Via: SIP/2.0/UDP h"), code: "no-end-of-headers" },
    { name: "another version", bytes: lines("OPTIONS sip:a@b SIP/7.0", "", ""), code: "bad-version" },
    {
      name: "two blanks in the request line",
      bytes: lines("OPTIONS  sip:a@b SIP/2.0", "", ""),
      code: "bad-start-line",
    },
    { name: "a blank after the version", bytes: lines("OPTIONS sip:a@b SIP/2.0 ", "", ""), code: "bad-start-line" },
    {
      name: "angle brackets around the Request-URI",
      bytes: lines("OPTIONS <sip:a@b> SIP/2.0", "", ""),
      code: "bad-start-line",
    },
    { name: "a status of four digits", bytes: lines("SIP/2.0 2000 OK", "", ""), code: "bad-start-line" },
    { name: "a status above 699", bytes: lines("SIP/2.0 700 OK", "", ""), code: "bad-start-line" },
    {
      name: "a line without a colon",
      bytes: lines("OPTIONS sip:a@b SIP/2.0", "nonsense", "", ""),
      code: "bad-header-line",
    },
    {
      name: "a bare line feed",
      bytes: encodeUtf8("OPTIONS sip:a@b SIP/2.0\r\nX: 1\nY: 2\r\n\r\n"),
      code: "bad-header-line",
    },
    { name: "a negative Content-Length", bytes: invite("Content-Length: -1"), code: "bad-content-length" },
    { name: "two different Content-Lengths", bytes: invite("Content-Length: 0", "l: 1"), code: "bad-content-length" },
    { name: "a body that is too short", bytes: invite("Content-Length: 9"), code: "body-too-short" },
    { name: "too many headers", bytes: invite(...Array.from({ length: 300 }, () => "X: 1")), code: "too-many-headers" },
    {
      name: "no CSeq",
      bytes: lines(
        "INVITE sip:a@b SIP/2.0",
        "Via: SIP/2.0/UDP h",
        "To: sip:a@b",
        "From: sip:a@b",
        "Call-ID: 1",
        "",
        "",
      ),
      code: "missing-header",
    },
    { name: "two From", bytes: invite("From: sip:x@y"), code: "repeated-header" },
    { name: "two Max-Forwards", bytes: invite("Max-Forwards: 7", "Max-Forwards: 8"), code: "repeated-header" },
    { name: "Max-Forwards of 300", bytes: invite("Max-Forwards: 300"), code: "bad-header" },
    { name: "a malformed Contact", bytes: invite("Contact: <sip:a@b"), code: "bad-header" },
    { name: "a malformed Content-Type", bytes: invite("Content-Type: sdp"), code: "bad-header" },
  ])("refuses $name: $code", ({ bytes, code }) => expect(refusal(bytes)?.code).toBe(code));

  test("says which status a refused request gets, and when it can be answered", () => {
    expect(refusal(invite("From: sip:x@y"))).toMatchObject({ status: 400, answerable: { method: "INVITE" } });
    const version = lines("OPTIONS sip:a@b SIP/7.0", "Via: SIP/7.0/UDP h", "", "");
    expect(refusal(version)).toMatchObject({ status: 505, answerable: { method: "OPTIONS" } });
    const ack = lines("ACK sip:a@b SIP/2.0", "Via: SIP/2.0/UDP h", "nonsense", "", "");
    expect(refusal(ack)).toMatchObject({ status: 400, answerable: undefined });
    const noVia = lines("OPTIONS sip:a@b SIP/2.0", "nonsense", "", "");
    expect(refusal(noVia)?.answerable).toBeUndefined();
    const response = lines("SIP/2.0 200 OK", "Via: SIP/2.0/UDP h", "", "");
    expect(refusal(response)?.answerable).toBeUndefined();
  });

  test("a CSeq of another method gets 400, or 501 when nobody knows the method", () => {
    const mismatch = (method: string) =>
      lines(
        `${method} sip:a@b SIP/2.0`,
        "Via: SIP/2.0/UDP h",
        "From: sip:a@b",
        "To: sip:a@b",
        "Call-ID: 1",
        "CSeq: 8 INVITE",
        "",
        "",
      );
    expect(refusal(mismatch("OPTIONS"))).toMatchObject({ code: "method-mismatch", status: 400 });
    expect(refusal(mismatch("NEWMETHOD"))).toMatchObject({ code: "method-mismatch", status: 501 });
  });

  test("takes no more than its limits allow", () => {
    expect(refusal(new Uint8Array(65_536))).toMatchObject({ code: "too-big", status: 413 });
    const parsed = parseMessage(invite(), { bytes: 1_000, headers: 4 });
    expect(parsed.ok ? undefined : parsed.error.code).toBe("too-many-headers");
  });
});

const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,12}$/);
const value = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, " ").trim());
const fields = fc
  .array(fc.tuple(token, value), { maxLength: 12 })
  .map((list): readonly HeaderField[] =>
    list.filter(([name]) => !["l", "content-length"].includes(name.toLowerCase())),
  );

describe("the printer", () => {
  test("prints what the parser reads back the same, unknown headers and bytes of the body included", () => {
    const parts = fc.record({
      word: token,
      list: fields,
      body: fc.uint8Array(),
      status: fc.integer({ min: 100, max: 699 }),
      isRequest: fc.boolean(),
    });
    fc.assert(
      fc.property(parts, ({ word, list, body, status, isRequest }) => {
        const headers = Headers.of([...list, ["Content-Length", String(body.length)]]);
        const message: SipMessage = isRequest
          ? { type: "request", method: word, uri: `sip:${word}@example.org`, headers, body }
          : { type: "response", status, reason: word, headers, body };
        const again = accepted(printMessage(message));
        expect({ ...again, headers: again.headers.fields(), body: [...again.body] }).toEqual({
          ...message,
          headers: headers.fields(),
          body: [...body],
        });
        expect(printMessage(again)).toEqual(printMessage(message));
      }),
    );
  });

  test("sets Content-Length to what the body has", () => {
    const headers = Headers.of([
      ["Content-Length", "99"],
      ["X", "1"],
    ]);
    const text = bodyText({
      body: printMessage({ type: "response", status: 200, reason: "OK", headers, body: encodeUtf8("héé") }),
    });
    expect(text).toBe("SIP/2.0 200 OK\r\nContent-Length: 5\r\nX: 1\r\n\r\nhéé");
  });

  test("lets no value bring a line of its own", () => {
    const headers = Headers.of([["Subject", "a\r\nVia: evil"]]);
    expect(headers.get("Subject")).not.toMatch(/[\r\n]/);
  });
});

describe("any bytes", () => {
  const readAll = (bytes: Uint8Array): void => {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) return;
    checkMessage(parsed.value);
    const { headers } = parsed.value;
    for (const [name] of headers.fields()) headers.values(name);
    void [
      headers.via,
      headers.from,
      headers.to,
      headers.contacts,
      headers.cseq,
      headers.maxForwards,
      headers.expires,
      headers.contentType,
    ];
    printMessage(parsed.value);
  };

  test("give a message or a refusal, never an exception", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), readAll), { numRuns: 1_000 });
  });

  test("and so do valid messages with bytes changed, taken out, or doubled", () => {
    const valid = invite(
      'Contact: "A" <sip:a@b;x=y>;q=0.3',
      "Max-Forwards: 70",
      "Content-Type: application/sdp",
      "Content-Length: 0",
    );
    const spots = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(3)), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(spots, (changes) => {
        const bytes = [...valid];
        for (const [at, byte, kind] of changes) {
          if (kind === 0) bytes[at % bytes.length] = byte;
          else if (kind === 1) bytes.splice(at % bytes.length, 1);
          else if (kind === 2) bytes.splice(at % bytes.length, 0, byte);
          else bytes.push(...bytes.slice(at % bytes.length, (at % bytes.length) + 40));
        }
        readAll(Uint8Array.from(bytes));
      }),
      { numRuns: 3_000 },
    );
  });
});
