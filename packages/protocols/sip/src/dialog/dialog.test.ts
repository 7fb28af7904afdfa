import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { defaultTimers } from "../transaction/timers.ts";
import { glareDelay, startAnswerResend, stepAnswerResend } from "./answer-resend.ts";
import {
  ackRequest,
  confirmed,
  dialogOfRequest,
  dialogOfResponse,
  nextRequest,
  takeRequest,
  withTargetOf,
} from "./dialog.ts";

const body = new Uint8Array(0);

const request = (...fields: readonly HeaderField[]): SipRequest => ({
  type: "request",
  method: "INVITE",
  uri: "sip:bob@example.org",
  headers: Headers.of([
    ["From", "<sip:ann@example.org>;tag=ann"],
    ["To", "<sip:bob@example.org>"],
    ["Call-ID", "c1"],
    ["CSeq", "7 INVITE"],
    ...fields,
  ]),
  body,
});

const response = (...fields: readonly HeaderField[]): SipResponse => ({
  type: "response",
  status: 200,
  reason: "OK",
  headers: Headers.of([["To", "<sip:bob@example.org>;tag=bob"], ...fields]),
  body,
});

describe("a dialog (RFC 3261 §12)", () => {
  test("of a request from outside has the peer's CSeq, contact and its route in the order given", () => {
    const dialog = dialogOfRequest(
      request(["Contact", "<sip:ann@10.0.0.1>"], ["Record-Route", "<sip:p1;lr>, <sip:p2;lr>"]),
      "ours",
    );
    expect(dialog).toEqual({
      id: { callId: "c1", localTag: "ours", remoteTag: "ann" },
      localParty: "<sip:bob@example.org>;tag=ours",
      remoteParty: "<sip:ann@example.org>;tag=ann",
      localSeq: undefined,
      remoteSeq: 7,
      remoteTarget: "sip:ann@10.0.0.1",
      routeSet: ["<sip:p1;lr>", "<sip:p2;lr>"],
    });
  });

  test("of a response of ours has our CSeq and its route turned round", () => {
    const dialog = dialogOfResponse(
      request(),
      response(["Contact", "<sip:bob@10.0.0.2>"], ["Record-Route", "<sip:p1;lr>"], ["Record-Route", "<sip:p2;lr>"]),
    );
    expect(dialog).toMatchObject({
      id: { callId: "c1", localTag: "ann", remoteTag: "bob" },
      localSeq: 7,
      remoteSeq: undefined,
      remoteTarget: "sip:bob@10.0.0.2",
      routeSet: ["<sip:p2;lr>", "<sip:p1;lr>"],
    });
  });

  test.each([
    { name: "is missing", fields: [] },
    { name: "cannot be read", fields: [["Contact", "<sip:a b>"]] },
    { name: "is no SIP address", fields: [["Contact", "<tel:+39>"]] },
    { name: "is *", fields: [["Contact", "*"]] },
  ] as const)("goes on with the addresses it knows when the contact $name", ({ fields }) => {
    expect(dialogOfRequest(request(...fields), "ours").remoteTarget).toBe("sip:ann@example.org");
    expect(dialogOfResponse(request(), response(...fields)).remoteTarget).toBe("sip:bob@example.org");
  });

  test.each([
    { name: "without an early dialog", early: undefined, localSeq: 7, remoteSeq: undefined },
    { name: "after requests of ours", early: { localSeq: 9, remoteSeq: undefined }, localSeq: 9, remoteSeq: undefined },
    { name: "after requests of the peer", early: { localSeq: 7, remoteSeq: 3 }, localSeq: 7, remoteSeq: 3 },
  ])("is confirmed by a 2xx $name: its route and target, the counts of both (RFC 3261 §13.2.2.4)", (given) => {
    const ringing = dialogOfResponse(
      request(),
      response(["Contact", "<sip:bob@10.0.0.2>"], ["Record-Route", "<sip:p1;lr>"]),
    );
    const answered = dialogOfResponse(request(), response(["Contact", "<sip:bob@10.0.0.9>"]));
    const early = given.early === undefined ? undefined : { ...ringing, ...given.early };
    expect(confirmed(early, answered)).toEqual({
      ...answered,
      remoteTarget: "sip:bob@10.0.0.9",
      routeSet: [],
      localSeq: given.localSeq,
      remoteSeq: given.remoteSeq,
    });
  });

  test("numbers our requests one after the other, and the ACK as its INVITE", () => {
    const begin = dialogOfResponse(request(), response(["Contact", "<sip:bob@10.0.0.2>"]));
    const [after, bye] = nextRequest(begin, "BYE");
    expect(bye).toEqual({
      uri: "sip:bob@10.0.0.2",
      nextHop: "sip:bob@10.0.0.2",
      fields: [
        ["Max-Forwards", "70"],
        ["From", "<sip:ann@example.org>;tag=ann"],
        ["To", "<sip:bob@example.org>;tag=bob"],
        ["Call-ID", "c1"],
        ["CSeq", "8 BYE"],
      ],
    });
    expect(nextRequest(after, "INFO")[1].fields.at(-1)).toEqual(["CSeq", "9 INFO"]);
    expect(ackRequest(after, 7).fields.at(-1)).toEqual(["CSeq", "7 ACK"]);
    expect(nextRequest(dialogOfRequest(request(), "ours"), "BYE")[1].fields.at(-1)).toEqual(["CSeq", "1 BYE"]);
  });

  test("goes by loose routers to the peer's contact, and by a strict one as that wants it", () => {
    const via = (...routes: readonly string[]) =>
      ackRequest({ ...dialogOfRequest(request(["Contact", "<sip:ann@10.0.0.1>"]), "ours"), routeSet: routes }, 1);
    const routesOf = (fields: readonly HeaderField[]) =>
      fields.flatMap(([name, value]) => (name === "Route" ? [value] : []));
    const loose = via("<sip:p1;lr>", "<sip:p2;lr>");
    expect([loose.uri, loose.nextHop, ...routesOf(loose.fields)]).toEqual([
      "sip:ann@10.0.0.1",
      "sip:p1;lr",
      "<sip:p1;lr>",
      "<sip:p2;lr>",
    ]);
    const strict = via("<sip:p1>", "<sip:p2;lr>");
    expect([strict.uri, strict.nextHop, ...routesOf(strict.fields)]).toEqual([
      "sip:p1",
      "sip:p1",
      "<sip:p2;lr>",
      "<sip:ann@10.0.0.1>",
    ]);
  });

  test("takes requests of the peer that are not older than its last", () => {
    const dialog = dialogOfRequest(request(), "ours");
    expect(takeRequest(dialog, request(["CSeq", "x"]))).toMatchObject({ ok: true, value: { remoteSeq: 7 } });
    const later = { ...dialog, remoteSeq: 8 };
    expect(takeRequest(later, request())).toEqual({ ok: false, error: "out-of-order" });
  });

  test("follows the peer to a new contact, and stays where none is told", () => {
    const dialog = dialogOfRequest(request(["Contact", "<sip:ann@10.0.0.1>"]), "ours");
    expect(withTargetOf(dialog, response(["Contact", "<sip:ann@10.0.0.9>"])).remoteTarget).toBe("sip:ann@10.0.0.9");
    expect(withTargetOf(dialog, response())).toBe(dialog);
  });
});

describe("resending a 2xx (RFC 3261 §13.3.1.4)", () => {
  test("doubles the gap up to T2 and gives up after 64 × T1", () => {
    const gaps: number[] = [];
    let state = startAnswerResend(defaultTimers);
    while (state.at === "waiting") {
      gaps.push(state.resendAfter);
      state = stepAnswerResend(state, { type: "delay" }, defaultTimers);
    }
    expect(gaps).toEqual([500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 500]);
    expect(gaps.reduce((sum, gap) => sum + gap)).toBe(32_000);
    expect(stepAnswerResend(startAnswerResend(defaultTimers), { type: "ack" }, defaultTimers).at).toBe("acknowledged");
  });

  test.each([
    { isCaller: true, byte: 0, delay: 2100 },
    { isCaller: true, byte: 255, delay: 4000 },
    { isCaller: false, byte: 0, delay: 0 },
    { isCaller: false, byte: 255, delay: 2000 },
  ])("after a glare the caller ($isCaller) waits $delay ms", ({ isCaller, byte, delay }) =>
    expect(glareDelay(isCaller, byte)).toBe(ms(delay)),
  );
});
