import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ms } from "@cordboard/kernel";
import { leaveOut } from "@cordboard/testkit/left-out";
import { describe, expect, test } from "vitest";
import { checkMessage, parseMessage, printMessage } from "../src/index.ts";
import type { World } from "./world.ts";
import { makeWorld, SERVER } from "./world.ts";

/** The messages of RFC 4475, one file each; they live beside the repository, not in it. */
const folder = fileURLToPath(new URL("../../../../../shared/vectors/rfc4475/", import.meta.url));

/**
 * What an agent that serves INVITE, MESSAGE, OPTIONS and REGISTER says to each message: the final status, or nothing,
 * with the reason of the RFC's section.
 */
const expected: Readonly<Record<string, { readonly section: string; readonly status: number | "dropped" }>> = {
  wsinv: { section: "3.1.1.1: it names a dialog that is not here", status: 481 },
  intmeth: { section: "3.1.1.2", status: 501 },
  esc01: { section: "3.1.1.3", status: 200 },
  escnull: { section: "3.1.1.4", status: 200 },
  esc02: { section: "3.1.1.5", status: 501 },
  lwsdisp: { section: "3.1.1.6", status: 200 },
  longreq: { section: "3.1.1.7", status: 200 },
  dblreq: { section: "3.1.1.8", status: 200 },
  semiuri: { section: "3.1.1.9", status: 200 },
  transports: { section: "3.1.1.10", status: 200 },
  mpart01: { section: "3.1.1.11", status: 200 },
  unreason: { section: "3.1.1.12: a response to nothing of ours", status: "dropped" },
  noreason: { section: "3.1.1.13: a response to nothing of ours", status: "dropped" },
  badinv01: { section: "3.1.2.1", status: 400 },
  clerr: { section: "3.1.2.2", status: 400 },
  ncl: { section: "3.1.2.3", status: 400 },
  scalar02: { section: "3.1.2.4", status: 400 },
  scalarlg: { section: "3.1.2.5: a response that cannot be read", status: "dropped" },
  quotbal: { section: "3.1.2.6", status: 400 },
  ltgtruri: { section: "3.1.2.7", status: 400 },
  lwsruri: { section: "3.1.2.8", status: 400 },
  lwsstart: { section: "3.1.2.9", status: 400 },
  trws: { section: "3.1.2.10", status: 400 },
  escruri: { section: "3.1.2.11: may be let through, its headers ignored", status: 200 },
  baddate: { section: "3.1.2.12: may be let through, as Date decides nothing", status: 200 },
  regbadct: { section: "3.1.2.13", status: 400 },
  badaspec: { section: "3.1.2.14", status: 400 },
  baddn: { section: "3.1.2.15", status: 400 },
  badvers: { section: "3.1.2.16", status: 505 },
  mismatch01: { section: "3.1.2.17", status: 400 },
  mismatch02: { section: "3.1.2.18", status: 501 },
  bigcode: { section: "3.1.2.19: a response that cannot be read", status: "dropped" },
  badbranch: { section: "3.2.1", status: 200 },
  insuf: { section: "3.3.1", status: 400 },
  unkscm: { section: "3.3.2", status: 416 },
  novelsc: { section: "3.3.3", status: 416 },
  unksm2: { section: "3.3.4: the registrar decides on its Contact", status: 200 },
  bext01: { section: "3.3.5", status: 420 },
  invut: { section: "3.3.6", status: 415 },
  regaut01: { section: "3.3.7: the registrar decides on its credentials", status: 200 },
  multi01: { section: "3.3.8", status: 400 },
  mcl01: { section: "3.3.9", status: 400 },
  bcast: { section: "3.3.10: a response to nothing of ours", status: "dropped" },
  zeromf: { section: "3.3.11", status: 483 },
  cparam01: { section: "3.3.12", status: 200 },
  cparam02: { section: "3.3.13", status: 200 },
  regescrt: { section: "3.3.14", status: 200 },
  sdp01: { section: "3.3.15", status: 406 },
  inv2543: { section: "3.4.1", status: 200 },
  test: { section: "not in the RFC: no version, no Via to answer to", status: "dropped" },
};

const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".dat")) : [];
const read = (name: string): Uint8Array => readFileSync(`${folder}${name}.dat`);

/** The final status that a message gets from an agent that takes whatever it lets through. */
async function statusOf(world: World, bytes: Uint8Array): Promise<number | "dropped"> {
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

describe("the torture messages of RFC 4475", () => {
  if (files.length === 0) leaveOut(`there are no vectors at ${folder}`);

  test("are all in the table", () => {
    expect(files.map((name) => name.slice(0, -4)).sort()).toEqual(Object.keys(expected).sort());
  });

  test.each(Object.entries(expected))("%s is answered as its section says", async (name, { status }) => {
    const world = makeWorld();
    expect(await statusOf(world, read(name))).toBe(status);
    expect(world.faults).toEqual([]);
  });

  test("are printed so that they read the same again, those that are accepted", () => {
    for (const name of Object.keys(expected)) {
      const parsed = parseMessage(read(name));
      if (!parsed.ok || checkMessage(parsed.value) !== undefined) continue;
      const again = parseMessage(printMessage(parsed.value));
      expect(
        again.ok && again.value.headers.fields().filter(([key]) => !/^(l|content-length)$/i.test(key)),
        name,
      ).toEqual(parsed.value.headers.fields().filter(([key]) => !/^(l|content-length)$/i.test(key)));
    }
  });
});
