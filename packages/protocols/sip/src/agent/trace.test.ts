import { ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { encodeUtf8 } from "../message/utf8.ts";
import type { Flow } from "./flow.ts";
import { tracer } from "./trace.ts";
import type { TraceEntry } from "./types.ts";

const place = { address: "192.0.2.1", port: 5060 };
const flow: Flow = { transport: "udp", local: place, remote: place };

/** What the trace shows of a message. */
function shown(...lines: readonly string[]): string | undefined {
  const entries: TraceEntry[] = [];
  tracer((entry) => entries.push(entry), manualClock(), "in")?.(encodeUtf8(lines.join("\r\n")), flow);
  return entries[0]?.text;
}

describe("the trace shows a message", () => {
  test("as it is, with its moment, its way and its flow", () => {
    const entries: TraceEntry[] = [];
    const clock = manualClock();
    clock.advance(ms(7));
    tracer((entry) => entries.push(entry), clock, "out")?.(encodeUtf8("BYE sip:a SIP/2.0\r\n\r\n"), flow);
    expect(entries).toEqual([{ at: clock.monotonic(), direction: "out", flow, text: "BYE sip:a SIP/2.0\r\n\r\n" }]);
  });

  test.each(["Authorization", "Proxy-Authorization", "authorization ", "PROXY-AUTHORIZATION"])(
    "without what stands in %s, on whichever line of it",
    (name) => {
      const text = shown(
        "REGISTER sip:a SIP/2.0",
        `${name}: Digest username="101",`,
        ' response="5ec4e7"',
        '\tcnonce="5ec4e7"',
        "Expires: 60",
        "",
        "",
      );
      expect(text).not.toMatch(/101|5ec4e7/);
      expect(text).toBe(`REGISTER sip:a SIP/2.0\r\n${name}: ***\r\nExpires: 60\r\n\r\n`);
    },
  );

  test("without the digits of an INFO", () => {
    const text = shown("INFO sip:a SIP/2.0", "Content-Type: application/dtmf-relay", "", "Signal=4");
    expect(text).toBe("INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\n***");
  });

  test("without the keys of sound", () => {
    const text = shown(
      "INVITE sip:a SIP/2.0",
      "",
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5ec4e7|2^31",
      "a=ice-pwd:5ec4e7",
      "a=ice-ufrag:shown",
    );
    expect(text).not.toContain("5ec4e7");
    expect(text).toContain("a=crypto:1 AES_CM_128_HMAC_SHA1_80 ***\r\na=ice-pwd:***\r\na=ice-ufrag:shown");
  });

  test.each([
    "a=crypto: 1 AES_CM_128_HMAC_SHA1_80 inline:5ec4e7",
    "a=crypto:1\tAES_CM_128_HMAC_SHA1_80\tinline:5ec4e7",
    "a=crypto:1 inline:5ec4e7",
    "A=CRYPTO:one AES-80 inline:5ec4e7",
    "k=base64:5ec4e7",
  ])("without a key that is badly written: %s", (line) => {
    expect(shown("INVITE sip:a SIP/2.0", "", line)).not.toContain("5ec4e7");
  });

  test("with a body that may be seen, and an INFO that has none", () => {
    expect(shown("INVITE sip:a SIP/2.0", "", "v=0")).toBe("INVITE sip:a SIP/2.0\r\n\r\nv=0");
    expect(shown("INFO sip:a SIP/2.0", "", "")).toBe("INFO sip:a SIP/2.0\r\n\r\n");
  });
});

test("without a listener nothing is made", () => expect(tracer(undefined, manualClock(), "in")).toBeUndefined());
