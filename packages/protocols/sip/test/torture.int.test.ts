import { ms } from "@cordboard/kernel";
import { leaveOut } from "@cordboard/testkit/left-out";
import { describe, expect, test } from "vitest";
import type { HeaderList } from "../src/index.ts";
import { checkMessage, parseMessage, parseSdp, printMessage } from "../src/index.ts";
import type { Verdict } from "./torture/messages.ts";
import { bytesOf, namesIn, rfc4475, rfc5118 } from "./torture/messages.ts";
import type { World } from "./world.ts";
import { makeWorld, SERVER } from "./world.ts";

/** What a message gets from an agent that takes whatever it lets through. */
async function verdictOn(world: World, bytes: Uint8Array): Promise<Verdict> {
  const statuses: number[] = [];
  // The messages name hosts that are not there, so what the agent sends is read from its trace.
  const agent = await world.agent(SERVER, {
    trace: ({ direction, text }) => {
      const [, status] = /^SIP\/2\.0 (\d{3}) /.exec(text) ?? [];
      if (direction === "out" && status !== undefined && Number(status) >= 200) statuses.push(Number(status));
    },
  });
  agent.onCall((call) => void call.answer({ body: "v=0" }, { onEnd() {} }));
  for (const method of ["MESSAGE", "REGISTER"]) agent.handle(method, (incoming) => void incoming.respond(200));
  const peer = await world.puppet("10.0.0.2");
  peer.send(bytes);
  await world.clock.run(ms(100));
  await agent.close();
  return statuses[0] ?? "dropped";
}

const withoutLength = (fields: HeaderList): HeaderList =>
  fields.filter(([name]) => !/^(?:l|content-length)$/i.test(name));

describe.each([rfc4475, rfc5118])("the torture messages of RFC $rfc", (set) => {
  const names = namesIn(set);
  if (names.length === 0) leaveOut(`there are no vectors at ${set.folder}`);

  test("are all in the table, and few are dropped", () => {
    expect([...names].sort()).toEqual(set.messages.map(({ name }) => name).sort());
    expect(set.messages.filter(({ agent }) => agent === "dropped").length).toBeLessThanOrEqual(12);
  });

  test.each(set.messages)("$name is answered as its section says", async ({ name, agent }) => {
    const world = makeWorld();
    expect(await verdictOn(world, bytesOf(set, name))).toBe(agent);
    expect(world.faults).toEqual([]);
  });

  test("are printed so that they read the same again, those that are accepted", () => {
    for (const name of names) {
      const parsed = parseMessage(bytesOf(set, name));
      if (!parsed.ok || checkMessage(parsed.value) !== undefined) continue;
      const again = parseMessage(printMessage(parsed.value));
      expect(again.ok && withoutLength(again.value.headers.fields()), name).toEqual(
        withoutLength(parsed.value.headers.fields()),
      );
      expect(again.ok && again.value.body, name).toEqual(parsed.value.body);
    }
  });
});

describe("IPv6 addresses in the messages after RFC 5118", () => {
  const read = (name: string) => {
    const parsed = parseMessage(bytesOf(rfc5118, name));
    if (!parsed.ok) throw new Error(parsed.error.why);
    return parsed.value;
  };

  test("are read in the descriptions, and told from those of IPv4", () => {
    const parsed = parseSdp(read("mult-ip-in-sdp").body);
    expect(parsed.ok && parsed.value.media.map(({ address }) => address)).toEqual(["2001:db8::20", "192.0.2.20"]);
    const mapped = parseSdp(read("ipv4-mapped-ipv6").body);
    expect(mapped.ok && mapped.value.address).toBe("::ffff:192.0.2.2");
  });

  test("are read in Via, with port and without", () => {
    expect(read("ipv4-mapped-ipv6").headers.via).toMatchObject({ host: "::ffff:192.0.2.10", port: 19_823 });
    expect(read("ipv6-good").headers.via).toMatchObject({ host: "2001:db8::9:1", port: undefined });
    expect(read("via-received-with-delim").headers.via?.params.get("received")).toBe("[2001:db8::9:255]");
    expect(read("via-received-without-delim").headers.via?.params.get("received")).toBe("2001:db8::9:255");
  });
});
