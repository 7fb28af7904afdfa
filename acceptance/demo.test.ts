import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createPhone } from "@cordboard/phone";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask } from "./ask.ts";
import { cordboard } from "./command.ts";
import { demo, portOf } from "./company.ts";
import { nothing, possessionsOf, remainsOf } from "./remains.ts";
import type { Server } from "./server.ts";
import { fieldsOf, launchServer, startServer } from "./server.ts";
import { within } from "./until.ts";

const SELF_CHECK_MS = 60_000;

let folder: TestFolder;
let data: string;
beforeEach(async () => {
  folder = await makeTestFolder();
  data = join(folder.path, "data");
});
afterEach(() => folder.remove());

describe("on an empty folder", () => {
  test("the first call passes within a minute, and shows how", async () => {
    const child = launchServer(data, { as: "demo", words: ["--exit"] });
    expect(await within("the self-check", SELF_CHECK_MS, child.ended)).toEqual({ code: 0, signal: null });
    const said = child.said.join("\n");
    expect(said).toContain('POST /dialer/call {"extension":"109","phonenumber":"110"} → 200 {"status":"200",');
    expect(said).toContain("109 hears 660 Hz, 110 hears 440 Hz: both sides have sound");
    expect(said).toMatch(/^in the history: 109 → 110, ANSWERED, \d+ s, /m);
    expect(child.said.map((line) => fieldsOf(line)?.["msg"])).toContain("self-check passed");
    const events = child.said.flatMap((line) => /^event +(\d+) (\S+)/.exec(line)?.slice(1, 3) ?? []);
    const [numbers, names] = [
      events.filter((_, at) => at % 2 === 0).map(Number),
      events.filter((_, at) => at % 2 === 1),
    ];
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(names.filter((name) => name === "leg.answered.v1")).toHaveLength(2);
    expect(new Set(names)).toEqual(
      new Set([
        ...["device.registered.v1", "call.started.v1", "leg.placed.v1", "leg.ringing.v1", "leg.answered.v1"],
        ...["call.answered.v1", "leg.ended.v1", "call.ended.v1", "history.recorded.v1", "presence.changed.v1"],
      ]),
    );
  });
});

describe("a demo that serves", () => {
  /** Node keeps what it has compiled there, for the next start. */
  const ours = async (temporary: string): Promise<readonly string[]> =>
    (await readdir(temporary)).filter((name) => name !== "node-compile-cache");

  test("ends at Ctrl-C and leaves no process, no port and no temporary file", async () => {
    const temporary = join(folder.path, "temporary");
    await mkdir(temporary, { mode: 0o711 });
    // So deep that the database's socket is reached by a link in the folder for temporary files.
    const deep = join(folder.path, "d".repeat(100), "data");
    const server = await startServer({ as: "demo", data: deep, environment: { TMPDIR: temporary }, isGroup: true });
    expect(await server.health()).toMatchObject({ status: "ok", selfCheck: "passed" });
    const has = await possessionsOf(server);
    expect(has.processes.length).toBeGreaterThan(1);
    expect(await remainsOf(has)).toEqual(has);
    expect(await ours(temporary)).not.toEqual([]);
    server.child.interrupt();
    expect(await within("the end after Ctrl-C", SELF_CHECK_MS, server.child.ended)).toEqual({ code: 0, signal: null });
    expect(await remainsOf(has)).toEqual(nothing);
    expect(await ours(temporary)).toEqual([]);
    expect(await readdir(deep)).not.toContain("admin.sock");
  });
});

describe("a data folder is either the demo's or a company's", () => {
  const ending = async (as: "start" | "demo"): Promise<string> => {
    const child = launchServer(data, { as });
    const { code } = await within("a refused start", SELF_CHECK_MS, child.ended);
    return `${code} ${child.said.map((line) => fieldsOf(line)?.["msg"]).at(-1)}`;
  };

  test("start refuses the demo's", async () => {
    await (await startServer({ as: "demo", data })).stop();
    expect(await ending("start")).toMatch(/^1 not started: .* holds the demo company .*\(data-folder-is-demo\)$/);
  });

  test("the demo refuses a company's", async () => {
    await (await startServer({ as: "start", data })).stop();
    expect(await ending("demo")).toMatch(/^1 not started: .* holds a real company.*\(data-folder-is-demo\)$/);
  });
});

describe("where others can reach it", () => {
  const everywhere = { CORDBOARD_BIND: "0.0.0.0" };
  const randomly = { ...everywhere, CORDBOARD_DEMO_PUBLIC: "1" };

  test("the demo does not start with passwords that everybody knows", async () => {
    const { code, text } = await cordboard(data, ["demo"], everywhere);
    expect(code).toBe(1);
    expect(text).toContain("CORDBOARD_DEMO_PUBLIC=1");
  });

  test("it makes and shows its own, and the known ones open nothing", async () => {
    const server = await startServer({ as: "demo", data, settings: randomly });
    try {
      const shown = (words: RegExp): string => words.exec(server.child.said.join("\n"))?.[1] ?? "";
      const [key, password] = [shown(/^API key (\S+)$/m), shown(/^user 101, password (\S+)$/m)];
      const admin = shown(/^administrator admin, password (\S+)$/m);
      expect(await dial(server, demo.key)).toContain("403");
      expect(await dial(server, key)).toBe('400 {"message":"no devices"}');
      expect(await registers(server, demo.passwordOf("101"))).toBe(false);
      expect(await registers(server, password)).toBe(true);
      expect(await followsEvents(server, "demo-admin")).toBe(401);
      expect(await followsEvents(server, admin)).toBe(200);
    } finally {
      expect((await server.stop()).code).toBe(0);
    }
    const known = await cordboard(data, ["demo"]);
    expect(known.code).toBe(1);
    expect(known.text).toContain("has random secrets; remove that folder first");
  });

  async function dial({ addresses }: Server, key: string): Promise<string> {
    const order = { headers: { "x-api-key": key }, body: '{"extension":"101","phonenumber":"102"}' };
    const { status, text } = await ask(`${addresses.http}/dialer/call`, order);
    return `${status} ${text}`;
  }

  async function registers({ addresses }: Server, password: string): Promise<boolean> {
    const phone = await createPhone({
      ...machine,
      server: { address: "127.0.0.1", port: portOf(addresses.sipUdp), transport: "udp" },
      user: "101",
      domain: demo.domain,
      password,
    });
    try {
      await phone.register();
      return true;
    } catch {
      return false;
    } finally {
      await phone.close();
    }
  }

  async function followsEvents({ addresses }: Server, password: string): Promise<number> {
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
    const answer = await fetch(`${addresses.http}/events`, { headers: { authorization, accept: "text/event-stream" } });
    await answer.body?.cancel();
    return answer.status;
  }
});
