import { networkInterfaces } from "node:os";
import type { SipResponse } from "@cordboard/sip";
import { parseMessage, StreamFramer } from "@cordboard/sip";
import { leaveOut } from "@cordboard/testkit/left-out";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Verdict } from "../packages/protocols/sip/test/torture/messages.ts";
import { bytesOf, namesIn, rfc4475, rfc5118 } from "../packages/protocols/sip/test/torture/messages.ts";
import type { Place, SipWire } from "./sip-wire.ts";
import { openTcpWire, openUdpWire, placeIn } from "./sip-wire.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const isProbe = ({ headers }: SipResponse): boolean => headers.callId?.startsWith("probe-") === true;

/** What comes of a message: the one final status that is heard before the answer to a probe, or nothing. */
async function verdictOn(wire: SipWire, bytes: Uint8Array, expected: Verdict): Promise<Verdict | readonly number[]> {
  wire.send(bytes);
  if (expected !== "dropped") await wire.final("the message", (response) => !isProbe(response));
  expect((await wire.probe()).status).toBe(200);
  const finals = new Set(wire.heard.flatMap((each) => (each.status < 200 || isProbe(each) ? [] : [each.status])));
  return finals.size === 0 ? "dropped" : finals.size === 1 ? ([...finals][0] ?? "dropped") : [...finals];
}

/** Whether a stream shows where the message ends, so that what is behind it is another. */
function isFramed(bytes: Uint8Array): boolean {
  const framer = new StreamFramer();
  const { frames, isBroken } = framer.push(bytes);
  return !isBroken && frames.length === 1 && framer.held === 0;
}

/** The port that an answer by datagram goes to, as the message has it. */
function answerPort(bytes: Uint8Array): number {
  const parsed = parseMessage(bytes);
  const message = parsed.ok ? parsed.value : parsed.error.answerable;
  return message?.headers.via?.port ?? 5060;
}

/** Loopback addresses of our own: answers go to ports that the messages name, and nobody else listens there. */
const ownAddress = (index: number): string => `127.${64 + ((process.pid >> 8) & 63)}.${process.pid & 255}.${index + 1}`;

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

/** Servers take what has the branch and sent-by of a message before for that message come again: such twins go to another. */
const twins: readonly string[] = ["regescrt", "novelsc", "cparam02"];

describe.each([
  { over: "UDP", ports: "sipUdp" },
  { over: "TCP", ports: "sipTcp" },
] as const)("the running server, over $over", ({ over, ports }) => {
  const server = withServer({ as: "demo", settings: { CORDBOARD_BIND: hasIpv6 ? "127.0.0.1,::1" : "127.0.0.1" } });
  let wire: SipWire | undefined;
  // A server that the machine keeps waiting turns calls away, whatever they say.
  beforeEach(() => until("the server to have time", async () => (await server().health()).eventLoopDelayMs < 100));
  afterEach(() => wire?.close());

  const listens = (address: string, on: "sipUdp" | "sipTcp" = ports): Place => {
    const places = (server().ready[on] as readonly string[]).map(placeIn);
    return places.find((place) => place.address === address) ?? expect.fail(`it does not listen on ${address}`);
  };

  const opens = async (from: Place): Promise<SipWire> => {
    const to = from.address === "::1" ? "::1" : "127.0.0.1";
    wire = over === "UDP" ? await openUdpWire(listens(to), from) : await openTcpWire(listens(to));
    return wire;
  };

  describe("answers each message of RFC 4475 as its section says", () => {
    const names = namesIn(rfc4475);
    if (names.length === 0) leaveOut(`there are no vectors at ${rfc4475.folder}`);
    const sent = rfc4475.messages.filter(({ name }) =>
      over === "UDP" ? !twins.includes(name) : names.includes(name) && isFramed(bytesOf(rfc4475, name)),
    );

    test.each(sent)("$name", async ({ name, server: expected }) => {
      const bytes = bytesOf(rfc4475, name);
      const from = { address: ownAddress(names.indexOf(name)), port: answerPort(bytes) };
      expect(await verdictOn(await opens(from), bytes, expected)).toBe(expected);
    });

    if (over === "TCP")
      test.each(rfc4475.messages.filter(({ name }) => twins.includes(name)))(
        "$name, which comes by UDP and is the twin of another",
        async ({ name, server: expected }) => {
          const bytes = bytesOf(rfc4475, name);
          const from = { address: ownAddress(names.indexOf(name)), port: answerPort(bytes) };
          wire = await openUdpWire(listens("127.0.0.1", "sipUdp"), from);
          expect(await verdictOn(wire, bytes, expected)).toBe(expected);
        },
      );
  });

  describe("answers each message after RFC 5118, over IPv6", () => {
    if (!hasIpv6) leaveOut("this machine has no ::1");

    test.each(rfc5118.messages)("$name", async ({ name, server: expected }) => {
      expect(await verdictOn(await opens({ address: "::1", port: 0 }), bytesOf(rfc5118, name), expected)).toBe(
        expected,
      );
    });
  });

  test("is healthy after all of them, and has nothing left", async () => {
    await server().backToZero();
    expect(await server().health()).toMatchObject({ status: "ok", calls: 0, dialogs: 0 });
    const { status } = await (await opens({ address: "127.0.0.1", port: 0 })).probe();
    expect(status).toBe(200);
  });
});
