import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Phone, PhoneOptions } from "@cordboard/phone";
import { createPhone } from "@cordboard/phone";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startBaresip } from "./baresip.ts";
import type { Child } from "./child.ts";
import { startChild } from "./child.ts";
import { freePorts } from "./free-ports.ts";
import { peer } from "./peers.ts";
import { startSipp } from "./sipp.ts";

const EXAMPLES = fileURLToPath(new URL("../examples/", import.meta.url));
const PASSWORD = "secret";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Runs an example as its reader would; it is asked to end after the test, and must do so by itself. */
function example(name: string, ...args: readonly string[]): Child {
  const child = startChild(process.execPath, [join(EXAMPLES, name), ...args]);
  open.push(async () => expect(await child.stop()).toMatchObject({ code: 0 }));
  return child;
}

/** Where an example that serves listens, as in `127.0.0.1:5060`. */
async function serving(name: string): Promise<string> {
  const line = await example(name, "127.0.0.1", "0").line(/^listening: udp /);
  return line.slice("listening: udp ".length);
}

async function scripted(server: string, user: string, options: Partial<PhoneOptions> = {}): Promise<Phone> {
  const port = Number(server.slice(server.lastIndexOf(":") + 1));
  const phone = await createPhone({
    ...machine,
    server: { address: "127.0.0.1", port, transport: "udp" },
    ...{ user, password: PASSWORD, domain: "127.0.0.1" },
    ...options,
  });
  open.push(() => phone.close());
  await phone.register();
  return phone;
}

describe("the example of a server that answers and plays", () => {
  test("lets a phone register, and is heard by it", async () => {
    const ann = await scripted(await serving("02-server-that-answers-and-plays.ts"), "ann");
    const call = ann.call("1234");
    await call.answered();
    await call.hears(1000);
    expect(await call.hangUp()).toMatchObject({});
  });

  test("serves the example of a phone, which registers, calls, listens for a second, and leaves", async () => {
    const server = await serving("02-server-that-answers-and-plays.ts");
    const phone = example("01-phone-that-registers.ts", `sip:ann@${server}`, PASSWORD, `sip:1234@${server}`);
    await phone.line(/^ended: bye after \d+ packets$/);
    expect(await phone.ended).toMatchObject({ code: 0 });
  });

  test("tells a phone with a wrong password that it is not let in", async () => {
    const server = await serving("02-server-that-answers-and-plays.ts");
    const phone = example("01-phone-that-registers.ts", `sip:ann@${server}`, "guess");
    await phone.line(/^not registered: 401/);
    expect(await phone.ended).toMatchObject({ code: 0 });
  });
});

describe("the example of a proxy", () => {
  test("rings all phones of a user; the first that answers has the call, and either side ends it", async () => {
    const server = await serving("03-proxy.ts");
    const other = example("01-phone-that-registers.ts", `sip:bob@${server}`, PASSWORD);
    await other.line(/^registered: sip:bob@/);
    const ann = await scripted(server, "ann", { sound: { frequencyHz: 500 } });
    const bob = await scripted(server, "bob", { answer: "ring", sound: { frequencyHz: 800 } });
    for (const ender of ["caller", "callee"]) {
      const ours = ann.call("bob");
      const theirs = await bob.nextCall();
      await other.line(/^ringing: sip:ann@127.0.0.1$/);
      await theirs.answer();
      await ours.answered();
      await Promise.all([ours.hears(800), theirs.hears(500)]);
      await (ender === "caller" ? ours : theirs).hangUp();
      await Promise.all([ours.ended(), theirs.ended()]);
    }
    await other.line(/^stopped ringing: SIP;cause=200;text="Call completed elsewhere"$/);
  });

  test("is no relay, and knows nobody but its users", async () => {
    const server = await serving("03-proxy.ts");
    const ann = await scripted(server, "ann");
    for (const [number, status] of [
      ["nobody", 404],
      ["carol", 480],
      ["sip:bob@192.0.2.1", 403],
    ] as const) {
      await expect(ann.call(number).answered()).rejects.toThrow(String(status));
    }
  });
});

describe("the example of a proxy between phones of others", () => {
  const sipp = peer("sipp");
  const baresip = peer("baresip");
  let folder: TestFolder;
  beforeAll(async () => {
    folder = await makeTestFolder();
  });
  afterAll(() => folder.remove());

  test("carries 50 calls of sipp to sipp without a failure", async () => {
    const server = await serving("03-proxy.ts");
    const [annPort, bobPort] = [await freePorts(3), await freePorts(3)];
    const start = (scenario: "register" | "caller" | "called", user: string, port: number, calls: number) =>
      startSipp({
        ...{ program: sipp, folder: folder.path, scenario, server, transport: "udp", port, calls },
        keys: { domain: server, contact: `127.0.0.1:${port}`, caller: user },
        words: ["-s", scenario === "caller" ? "bob" : user, "-au", user, "-ap", PASSWORD, "-d", "200", "-r", "20"],
      });
    const passes = async ({ child, errors }: ReturnType<typeof startSipp>): Promise<void> =>
      expect(await child.ended, await errors()).toMatchObject({ code: 0 });
    await passes(start("register", "bob", bobPort, 1));
    const called = start("called", "bob", bobPort, 50);
    const caller = start("caller", "ann", annPort, 50);
    await Promise.all([passes(called), passes(caller)]);
    expect(await caller.figures()).toMatchObject({ successful: 50, failed: 0 });
  });

  // Baresip names the machine's own address in SDP, which phones on loopback do not listen to; sound is left to the tests above.
  test("lets baresip register, be called and call, and end calls of either direction", async () => {
    const server = await serving("03-proxy.ts");
    const ann = await scripted(server, "ann", { answer: "auto" });
    const account = { user: "bob", password: PASSWORD, domain: "127.0.0.1", server, toneHz: 800 };
    const bob = await startBaresip({ program: baresip, folder: join(folder.path, "bob"), ...account });
    open.push(() => bob.quit());
    const call = ann.call("bob");
    await bob.event("CALL_INCOMING");
    await bob.command("accept");
    await call.answered();
    await bob.command("hangup");
    expect(await call.ended()).toMatchObject({ by: "remote" });
    await bob.command("dial", "sip:ann@127.0.0.1");
    const back = await ann.nextCall();
    await back.answered();
    const since = bob.events.length;
    await back.hangUp();
    await bob.event("CALL_CLOSED", { after: since });
  });
});
