import type { Result } from "@cordboard/kernel";
import { ms, ok, refused } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { Flow } from "../agent/flow.ts";
import type { SendRefusal } from "../agent/transport.ts";
import type { SipRequest } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { respondTo } from "../message/respond.ts";
import { TransactionLayer } from "./layer.ts";
import type { ServerTransaction } from "./server-transaction.ts";
import { defaultTimers } from "./timers.ts";

const flow: Flow = {
  transport: "udp",
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address: "10.0.0.2", port: 5060 },
};

function requestOf(method: string, branch: string): SipRequest {
  const lines = [
    `${method} sip:bob@10.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-${branch};rport`,
    "From: <sip:ann@example.org>;tag=ann",
    "To: <sip:bob@example.org>",
    `Call-ID: ${branch}`,
    `CSeq: 1 ${method}`,
    "Content-Length: 0",
    "",
    "",
  ];
  const parsed = parseMessage(new TextEncoder().encode(lines.join("\r\n")));
  if (!parsed.ok || parsed.value.type !== "request") throw new Error("the test's own request cannot be read");
  return parsed.value;
}

/** A layer whose every send has the result that the test says. */
function makeLayer() {
  const clock = manualClock();
  const opened: ServerTransaction[] = [];
  const sent: number[] = [];
  const network: { result: Result<undefined, SendRefusal> } = { result: ok(undefined) };
  const wire = {
    clock,
    timers: defaultTimers,
    isReliable: () => false,
    send(bytes: Uint8Array) {
      sent.push(Number(new TextDecoder().decode(bytes.subarray(8, 11))));
      return network.result;
    },
  };
  const layer = new TransactionLayer(wire, {
    onRequest: (request, from) => void opened.push(layer.accept(request, from)),
    onAck() {},
  });
  return { clock, layer, opened, sent, network };
}

test("a request that comes again gets the answer that could not be sent at first", () => {
  const { clock, layer, opened, sent, network } = makeLayer();
  const bye = requestOf("BYE", "again");
  layer.receive(bye, flow);
  network.result = refused("unreachable");
  let failures = 0;
  const [transaction] = opened;
  if (transaction === undefined) throw new Error("no transaction");
  transaction.onFailure = () => void failures++;
  expect(transaction.respond(respondTo(bye, 200))).toBe(true);
  clock.advance(ms(0));
  network.result = ok(undefined);
  layer.receive(bye, flow);
  expect(opened).toHaveLength(1);
  expect(sent).toEqual([200, 200]);
  clock.advance(ms(64 * 500));
  expect([layer.size, clock.pending]).toEqual([0, 0]);
});

test.each(["INVITE", "OPTIONS"])(
  "a user who says no more after a failed 1xx to %s holds no transaction for ever",
  (method) => {
    const { clock, layer, opened, network } = makeLayer();
    const request = requestOf(method, "silent");
    layer.receive(request, flow);
    network.result = refused("unreachable");
    let failures = 0;
    const [transaction] = opened;
    if (transaction === undefined) throw new Error("no transaction");
    transaction.onFailure = () => void failures++;
    transaction.respond(respondTo(request, 180));
    clock.advance(ms(1));
    expect([failures, layer.size]).toEqual([1, 1]);
    clock.advance(ms(64 * 500));
    expect([layer.size, clock.pending]).toEqual([0, 0]);
  },
);

test("an INVITE whose 1xx could not be sent may still be answered", () => {
  const { clock, layer, opened, sent, network } = makeLayer();
  const invite = requestOf("INVITE", "late");
  layer.receive(invite, flow);
  network.result = refused("backlog");
  const [transaction] = opened;
  transaction?.respond(respondTo(invite, 180));
  clock.advance(ms(10));
  network.result = ok(undefined);
  expect(transaction?.respond(respondTo(invite, 200))).toBe(true);
  expect(sent).toEqual([180, 200]);
  clock.advance(ms(31_999));
  expect(layer.size).toBe(1);
  clock.advance(ms(1));
  expect([layer.size, clock.pending]).toEqual([0, 0]);
});

test("a transaction that is abandoned leaves no timer, whatever it waited for", () => {
  const { clock, layer, opened, network } = makeLayer();
  network.result = refused("unreachable");
  const invite = requestOf("INVITE", "busy");
  layer.receive(invite, flow);
  opened[0]?.respond(respondTo(invite, 486));
  layer.receive(requestOf("OPTIONS", "open"), flow);
  expect(clock.pending).toBeGreaterThan(2);
  layer.close();
  expect([layer.size, clock.pending]).toEqual([0, 0]);
});

test("a request that its user never answers is forgotten when its sender has given up", () => {
  const { clock, layer } = makeLayer();
  layer.receive(requestOf("OPTIONS", "unanswered"), flow);
  clock.advance(ms(64 * 500 - 1));
  expect(layer.size).toBe(1);
  clock.advance(ms(1));
  expect([layer.size, clock.pending]).toEqual([0, 0]);
});
