import { ms, silentLog } from "@cordboard/kernel";
import type { Flow } from "@cordboard/sip";
import { expect, test } from "vitest";
import { sipTrace } from "./sip-trace.ts";

const udp: Flow = {
  transport: "udp",
  local: { address: "192.0.2.1", port: 5060 },
  remote: { address: "192.0.2.7", port: 5062 },
};

test.each([
  { flow: udp, more: {} },
  { flow: { ...udp, transport: "tcp", connection: "c1" } as const, more: { transport: "tcp", connection: "c1" } },
])(
  "a message over $flow.transport is one line of the channel sip-trace, with its way and its peer",
  ({ flow, more }) => {
    const lines: unknown[] = [];
    const trace = sipTrace({ ...silentLog, info: (message, fields) => void lines.push([message, fields]) });
    trace({ at: ms(5), direction: "in", flow, text: "OPTIONS sip:a SIP/2.0\r\n\r\n" });
    const fields = {
      channel: "sip-trace",
      direction: "in",
      transport: "udp",
      peer: "192.0.2.7 5062",
      local: "192.0.2.1 5060",
      text: "OPTIONS sip:a SIP/2.0\r\n\r\n",
      ...more,
    };
    expect(lines).toEqual([["sip message", fields]]);
  },
);
