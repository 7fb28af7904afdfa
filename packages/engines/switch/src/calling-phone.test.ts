import type { DeviceId, TenantId, UserId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import type { Binding, Flow, SipRequest } from "@cordboard/sip";
import { parseMessage } from "@cordboard/sip";
import { expect, test } from "vitest";
import { callingPhone } from "./calling-phone.ts";
import type { Registered } from "./registered.ts";

const flowBy = (connection: string | undefined, port = 5060): Flow => ({
  transport: connection === undefined ? "udp" : "tls",
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address: "10.0.0.9", port },
  ...(connection === undefined ? {} : { connection }),
});

const phone = (id: string, flow: Flow, path: readonly string[] = []): Registered => {
  const binding: Binding = {
    contact: `sip:${id}@10.0.0.9:5060`,
    flow,
    path,
    expiresAt: instant(1000),
    qMilli: 1000,
    callId: "call",
    cseq: 1,
    instance: undefined,
    regId: undefined,
    userAgent: undefined,
  };
  const owner = { tenant: "ten_1" as TenantId, user: "usr_1" as UserId, aor: "sip:101@example.org" };
  return { ...owner, device: id as DeviceId, flows: [binding], storedUntil: instant(2000) };
};

function inviteFrom(contact: string): SipRequest {
  const lines = ["INVITE sip:9000@example.org SIP/2.0", `Contact: <${contact}>`, "Content-Length: 0", "", ""];
  const parsed = parseMessage(new TextEncoder().encode(lines.join("\r\n")));
  if (!parsed.ok || parsed.value.type !== "request") throw new Error("no request");
  return parsed.value;
}

const elsewhere = "sip:other@10.0.0.9:5060";

test.each([
  {
    what: "the one with the INVITE's contact, whatever way it comes by",
    phones: [phone("desk", flowBy("a")), phone("soft", flowBy("b"))],
    contact: "sip:soft@10.0.0.9:5060",
    flow: flowBy("a"),
    is: "soft",
  },
  {
    what: "the one on this connection",
    phones: [phone("desk", flowBy("a")), phone("soft", flowBy("b"))],
    contact: elsewhere,
    flow: flowBy("b"),
    is: "soft",
  },
  {
    what: "the one at this address and port",
    phones: [phone("desk", flowBy(undefined, 6000)), phone("soft", flowBy(undefined, 6001))],
    contact: elsewhere,
    flow: flowBy(undefined, 6001),
    is: "soft",
  },
  {
    what: "none, when two share a connection",
    phones: [phone("desk", flowBy("a")), phone("soft", flowBy("a"))],
    contact: elsewhere,
    flow: flowBy("a"),
    is: undefined,
  },
  {
    what: "none, when the connection is a proxy's",
    phones: [phone("desk", flowBy("a"), ["<sip:proxy.example;lr>"])],
    contact: elsewhere,
    flow: flowBy("a"),
    is: undefined,
  },
  {
    what: "none, by another connection",
    phones: [phone("desk", flowBy("a"))],
    contact: elsewhere,
    flow: flowBy("b"),
    is: undefined,
  },
  { what: "none, of nobody", phones: [], contact: elsewhere, flow: flowBy("a"), is: undefined },
])("the phone that calls is $what", ({ phones, contact, flow, is }) => {
  expect(callingPhone(phones, { request: inviteFrom(contact), flow })?.device).toBe(is);
});
