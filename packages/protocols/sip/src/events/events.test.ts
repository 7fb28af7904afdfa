import { instant } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printDialogInfo } from "./dialog-info.ts";
import { printMessageSummary } from "./message-summary.ts";
import { printPresence } from "./presence-info.ts";
import { printRegistrationInfo } from "./registration-info.ts";
import { parseEvent, parseSubscriptionState, printSubscriptionState } from "./subscription-state.ts";
import { xmlText } from "./xml.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

describe("dialog-info+xml (RFC 4235)", () => {
  const opened = (version: number): string =>
    `${declaration}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="sip:101@example.org"`;

  test("of somebody idle names no dialog", () =>
    expect(printDialogInfo("sip:101@example.org", 0, [])).toBe(`${opened(0)}/>\n`));

  test("of a call that rings tells all that a pick-up needs", () => {
    const remote = { identity: "sip:102@example.org", display: 'Bob "B" <&>', target: "sip:102@10.0.0.2" };
    const text = printDialogInfo("sip:101@example.org", 7, [
      { id: "a", callId: "c1", localTag: "l", remoteTag: "r", isInitiator: false, state: "early", remote },
    ]);
    expect(text).toBe(
      `${opened(7)}><dialog id="a" call-id="c1" local-tag="l" remote-tag="r" direction="recipient"><state>early</state>` +
        '<remote><identity display="Bob &quot;B&quot; &lt;&amp;&gt;">sip:102@example.org</identity>' +
        '<target uri="sip:102@10.0.0.2"/></remote></dialog></dialog-info>\n',
    );
  });

  test("of a call on hold says who does not listen", () => {
    const local = { identity: "sip:101@example.org" };
    const text = printDialogInfo("sip:101@example.org", 1, [
      { id: "a", isInitiator: true, state: "confirmed", isHeld: true, local },
    ]);
    expect(text).toContain(
      '<dialog id="a" direction="initiator"><state>confirmed</state><local><identity>sip:101@example.org</identity>' +
        '<target uri="sip:101@example.org"><param pname="+sip.rendering" pval="no"/></target></local></dialog>',
    );
  });
});

describe("pidf+xml (RFC 3863, RFC 4480)", () => {
  const root =
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" ' +
    'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:101@example.org">';

  test("of somebody reachable", () =>
    expect(printPresence({ entity: "sip:101@example.org", isOpen: true })).toBe(
      `${declaration}${root}<tuple id="t1"><status><basic>open</basic></status></tuple></presence>\n`,
    ));

  test("of somebody who talks, with all there is to say", () =>
    expect(
      printPresence({
        entity: "sip:101@example.org",
        isOpen: false,
        activities: ["on-the-phone", "meeting"],
        note: "Back at 5 & a bit",
        contact: "sip:101@10.0.0.1",
        since: instant(0),
      }),
    ).toBe(
      `${declaration}${root}<tuple id="t1"><status><basic>closed</basic></status><contact>sip:101@10.0.0.1</contact>` +
        "<note>Back at 5 &amp; a bit</note><timestamp>1970-01-01T00:00:00.000Z</timestamp></tuple>" +
        '<dm:person id="p1"><rpid:activities><rpid:on-the-phone/><rpid:meeting/></rpid:activities>' +
        "<dm:note>Back at 5 &amp; a bit</dm:note></dm:person></presence>\n",
    ));
});

describe("simple-message-summary (RFC 3842)", () => {
  test.each([
    {
      box: { newCount: 0, oldCount: 3 },
      text: "Messages-Waiting: no\r\nVoice-Message: 0/3 (0/0)\r\n",
    },
    {
      box: { account: "sip:9003@example.org", newCount: 2, oldCount: 8, urgentNewCount: 1, urgentOldCount: 4 },
      text: "Messages-Waiting: yes\r\nMessage-Account: sip:9003@example.org\r\nVoice-Message: 2/8 (1/4)\r\n",
    },
    {
      box: { account: "sip:a\r\nVia: x", newCount: 0, oldCount: 0 },
      text: "Messages-Waiting: no\r\nMessage-Account: sip:a  Via: x\r\nVoice-Message: 0/0 (0/0)\r\n",
    },
  ])("of $box", ({ box, text }) => expect(printMessageSummary(box)).toBe(text));
});

describe("reginfo+xml (RFC 3680)", () => {
  const root = `${declaration}<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="2" state="full">`;

  test.each([
    { name: "nobody ever", contacts: [], state: "init", inner: "" },
    {
      name: "one that is there",
      contacts: [
        { id: "c1", uri: "sip:a@x;p=1&2", displayName: "A", event: "registered", expiresSeconds: 60, qMilli: 500 },
      ],
      state: "active",
      inner:
        '<contact id="c1" state="active" event="registered" expires="60" q="0.5"><uri>sip:a@x;p=1&amp;2</uri>' +
        "<display-name>A</display-name></contact>",
    },
    {
      name: "one that left",
      contacts: [{ id: "c1", uri: "sip:a@x", event: "expired" }],
      state: "terminated",
      inner: '<contact id="c1" state="terminated" event="expired"><uri>sip:a@x</uri></contact>',
    },
  ] as const)("of $name", ({ contacts, state, inner }) => {
    const registration = `<registration aor="sip:101@x" id="r1" state="${state}"`;
    const whole = inner === "" ? `${registration}/>` : `${registration}>${inner}</registration>`;
    expect(printRegistrationInfo("sip:101@x", 2, contacts)).toBe(`${root}${whole}</reginfo>\n`);
  });
});

describe("XML text", () => {
  test("holds nothing that XML has no place for", () => {
    expect(xmlText("a\u0000b\u001fc\td\ufffe\ud800e😀")).toBe("a\ufffdb\ufffdc\td\ufffd\ufffde😀");
    expect(xmlText(`<a b='c'>&"`)).toBe("&lt;a b=&apos;c&apos;&gt;&amp;&quot;");
  });
});

describe("Event and Subscription-State (RFC 6665 §8.2)", () => {
  test.each([
    { text: "dialog", value: { event: "dialog", id: undefined } },
    { text: "refer ; id=93809824", value: { event: "refer", id: "93809824" } },
    { text: "", value: undefined },
    { text: "a b", value: undefined },
    { text: "dialog;;", value: undefined },
  ])("Event: $text", ({ text, value }) => expect(parseEvent(text)).toEqual(value));

  test.each([
    { text: "active;expires=60", value: { at: "active", expiresSeconds: 60, reason: undefined } },
    {
      text: "Terminated; reason=noresource",
      value: { at: "terminated", expiresSeconds: undefined, reason: "noresource" },
    },
    { text: "pending", value: { at: "pending", expiresSeconds: undefined, reason: undefined } },
    { text: "active;expires=soon", value: { at: "active", expiresSeconds: undefined, reason: undefined } },
    { text: "", value: undefined },
    { text: "active;=", value: undefined },
  ])("Subscription-State: $text", ({ text, value }) => expect(parseSubscriptionState(text)).toEqual(value));

  test("print what they read", () => {
    expect(printSubscriptionState({ at: "active", expiresSeconds: 60 })).toBe("active;expires=60");
    expect(printSubscriptionState({ at: "terminated", reason: "timeout" })).toBe("terminated;reason=timeout");
  });

  test("are read or refused whatever they hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseEvent(text);
        parseSubscriptionState(text);
        expect(xmlText(text)).not.toMatch(/[<>"']/);
      }),
    );
  });
});
