import type { Result } from "@cordboard/kernel";
import { ms, ok, refused } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { Flow } from "../agent/flow.ts";
import type { SendRefusal } from "../agent/transport.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import { respondTo } from "../message/respond.ts";
import { TransactionLayer } from "./layer.ts";
import { defaultTimers } from "./timers.ts";

const flow: Flow = {
  transport: "udp",
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address: "10.0.0.2", port: 5060 },
};

const invite: SipRequest = {
  type: "request",
  method: "INVITE",
  uri: "sip:bob@10.0.0.2",
  headers: Headers.of([
    ["Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-c;rport"],
    ["From", "<sip:ann@example.org>;tag=ann"],
    ["To", "<sip:bob@example.org>"],
    ["Call-ID", "one"],
    ["CSeq", "1 INVITE"],
  ]),
  body: new Uint8Array(0),
};

/** Places the INVITE over a network whose every send has the result that the test says. */
function place() {
  const clock = manualClock();
  const heard: unknown[] = [];
  const network: { result: Result<undefined, SendRefusal> } = { result: ok(undefined) };
  const wire = { clock, timers: defaultTimers, isReliable: () => false, send: () => network.result };
  const layer = new TransactionLayer(wire, { onRequest() {}, onAck() {} });
  layer.request(invite, flow, {
    onResponse: ({ status }) => void heard.push(status),
    onFailure: (failure) => void heard.push(failure),
  });
  return { clock, layer, heard, network };
}

test("whoever heard a final response is not told that the ACK to it could not be sent", () => {
  const { clock, layer, heard, network } = place();
  network.result = refused("unreachable");
  layer.receive(respondTo(invite, 486), flow);
  clock.advance(ms(1));
  expect(heard).toEqual([486]);
  expect([layer.size, clock.pending]).toEqual([0, 0]);
});

test("an INVITE that cannot be sent again has failed, once", () => {
  const { clock, layer, heard, network } = place();
  network.result = refused("unreachable");
  clock.advance(ms(10_000));
  expect(heard).toEqual(["transport"]);
  expect([layer.size, clock.pending]).toEqual([0, 0]);
});
