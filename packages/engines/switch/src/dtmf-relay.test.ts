import fc from "fast-check";
import { expect, test } from "vitest";
import { relayedDigit } from "./dtmf-relay.ts";

const relay = "application/dtmf-relay";

test.each([
  { type: relay, body: "Signal=5\r\nDuration=250\r\n", digit: "5", lasted: 250 },
  { type: relay, body: "signal = 10 \nduration=80", digit: "*", lasted: 80 },
  { type: relay, body: "Signal=11", digit: "#", lasted: 160 },
  { type: relay, body: "Signal=a\r\nDuration=oops", digit: "A", lasted: 160 },
  { type: "application/dtmf", body: " 7\r\n", digit: "7", lasted: 160 },
])("$body is $digit", ({ type, body, digit, lasted }) => expect(relayedDigit(type, body)).toEqual({ digit, lasted }));

test.each([
  { type: relay, body: "Signal=55" },
  { type: relay, body: "Duration=160" },
  { type: "text/plain", body: "5" },
  { type: undefined, body: "5" },
  { type: relay, body: `Signal=5\r\n${"x".repeat(300)}` },
])("$type $body is no digit", ({ type, body }) => expect(relayedDigit(type, body)).toBeUndefined());

test("nothing makes it fail", () => {
  fc.assert(
    fc.property(fc.string(), (body) => ["string", "undefined"].includes(typeof relayedDigit(relay, body)?.digit)),
  );
});
