import { join } from "node:path";
import { dominantFrequency, isToneHeard, soundLevelDbm0 } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Baresip } from "./baresip.ts";
import { startBaresip } from "./baresip.ts";
import { run } from "./child.ts";
import { cordboardJson } from "./command.ts";
import { demo, scriptedPhone, withoutVoicemail } from "./company.ts";
import { peer } from "./peers.ts";
import type { Server } from "./server.ts";
import { withServer } from "./with-server.ts";

const ADA_HZ = 500;
const BRUNO_HZ = 800;

/** Two phones of somebody else, users 101 and 102, that register before the tests and go after them. */
function withTwoPhones(program: string, server: () => Server, transport: "udp" | "tcp" | "tls") {
  const open: Baresip[] = [];
  let folder: TestFolder;
  const phone = async (user: string, toneHz: number): Promise<Baresip> => {
    const { sipUdp: udp, sipTcp: tcp, sipTls: tls } = server().addresses;
    const account = { user, password: demo.passwordOf(user), domain: demo.domain };
    const authority = join(server().data, "tls", "ca.pem");
    const to = { server: { udp, tcp, tls }[transport], transport, ...(transport === "tls" ? { authority } : {}) };
    const started = await startBaresip({ program, folder: join(folder.path, user), ...account, ...to, toneHz });
    open.push(started);
    return started;
  };
  const phones = {} as { ada: Baresip; bruno: Baresip };
  beforeAll(async () => {
    folder = await makeTestFolder();
    phones.ada = await phone("101", ADA_HZ);
    phones.bruno = await phone("102", BRUNO_HZ);
  });
  beforeEach(() => Promise.all(open.map((one) => one.forget())));
  afterEach(async () => {
    // A test that failed may have left a call up, on which the next would stumble.
    await Promise.all(open.map((one) => one.command("hangup").catch(() => {})));
    await server().backToZero();
  });
  afterAll(async () => {
    await Promise.all(open.map((one) => one.quit()));
    await folder.remove();
  });
  return phones;
}

/** Both hear the other's tone, by frequency, and not their own. */
async function expectToHearEachOther({ ada, bruno }: { readonly ada: Baresip; readonly bruno: Baresip }) {
  const [atAda, atBruno] = await Promise.all([ada.hears(), bruno.hears()]);
  expect(dominantFrequency(atAda, [ADA_HZ, BRUNO_HZ]), "what Ada hears").toBe(BRUNO_HZ);
  expect(dominantFrequency(atBruno, [ADA_HZ, BRUNO_HZ]), "what Bruno hears").toBe(ADA_HZ);
  expect(isToneHeard(atAda, BRUNO_HZ) && isToneHeard(atBruno, ADA_HZ), "loud and clear").toBe(true);
}

/** The next event of a phone's calls. */
const next = (phone: Baresip, type: string, since: number) => phone.event(type, { after: since });

describe("baresip over UDP", () => {
  const program = peer("baresip");
  const curl = peer("curl");
  const server = withServer({ as: "demo" });
  const phones = withTwoPhones(program, server, "udp");

  test("a web request rings the first, its answer calls the second, and a third stops ringing", async () => {
    const { ada, bruno } = phones;
    const third = await scriptedPhone(server(), "102", { answer: "ring" });
    try {
      const order = JSON.stringify({ extension: "101", phonenumber: "102" });
      const headers = ["-H", `x-api-key: ${demo.key}`, "-H", "content-type: application/json"];
      const asking = run(curl, ["-sS", "-d", order, ...headers, `${server().addresses.http}/dialer/call`]);
      await ada.event("CALL_INCOMING");
      expect((await asking).text).toBe('{"status":"200","message":"Success"}');
      expect(bruno.events.map(({ type }) => type)).not.toContain("CALL_INCOMING");
      await ada.command("accept");
      await bruno.event("CALL_INCOMING");
      const ringing = await third.nextCall();
      await ringing.ringing();
      await bruno.command("accept");
      expect(await ringing.ended()).toMatchObject({
        by: "remote",
        reason: 'SIP;cause=200;text="Call completed elsewhere"',
      });
      await expectToHearEachOther(phones);
      await ada.command("hangup");
      await bruno.event("CALL_CLOSED");
    } finally {
      await third.close();
    }
    const [row] = await cordboardJson<readonly object[]>(server().data, ["history", "--count", "1"]);
    expect(row).toMatchObject({ src: "101", dst: "102", disposition: "ANSWERED", lastapp: "dial" });
  });

  test("one calls the other, and the called one hangs up", async () => {
    const { ada, bruno } = phones;
    const [adaSince, brunoSince] = [ada.events.length, bruno.events.length];
    await bruno.command("dial", `sip:101@${demo.domain}`);
    await next(ada, "CALL_INCOMING", adaSince);
    await next(bruno, "CALL_RINGING", brunoSince);
    await ada.command("accept");
    await next(bruno, "CALL_ESTABLISHED", brunoSince);
    await expectToHearEachOther(phones);
    await ada.command("hangup");
    await next(bruno, "CALL_CLOSED", brunoSince);
  });

  test("a call that is refused ends at the caller", async () => {
    const { ada, bruno } = phones;
    await withoutVoicemail(server(), "102");
    const [adaSince, brunoSince] = [ada.events.length, bruno.events.length];
    await ada.command("dial", `sip:102@${demo.domain}`);
    await next(bruno, "CALL_INCOMING", brunoSince);
    await bruno.command("hangup");
    expect((await next(ada, "CALL_CLOSED", adaSince)).param).toMatch(/^(?:486|603) /);
  });

  test.each([
    ["9000 echoes", "9000"],
    ["a number outside leads through the trunk to a carrier that echoes", "0039055123456"],
  ])("%s", async (_name, number) => {
    const { ada } = phones;
    const since = ada.events.length;
    await ada.command("dial", `sip:${number}@${demo.domain}`);
    await next(ada, "CALL_ESTABLISHED", since);
    expect(isToneHeard(await ada.hears(), ADA_HZ)).toBe(true);
    await ada.command("hangup");
    await next(ada, "CALL_CLOSED", since);
  });

  test("9001 plays music", async () => {
    const { ada } = phones;
    const since = ada.events.length;
    await ada.command("dial", `sip:9001@${demo.domain}`);
    await next(ada, "CALL_ESTABLISHED", since);
    const heard = await ada.hears();
    expect(soundLevelDbm0(heard)).toBeGreaterThan(-40);
    expect(isToneHeard(heard, ADA_HZ)).toBe(false);
    await ada.command("hangup");
  });

  test("a number that nobody has is refused", async () => {
    const since = phones.ada.events.length;
    await phones.ada.command("dial", `sip:7777@${demo.domain}`);
    expect((await next(phones.ada, "CALL_CLOSED", since)).param).toMatch(/^404 /);
  });
});

describe.each(["tcp", "tls"] as const)("baresip over %s", (transport) => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const phones = withTwoPhones(program, server, transport);

  test("9000 echoes", async () => {
    const { ada } = phones;
    const since = ada.events.length;
    await ada.command("dial", `sip:9000@${demo.domain}`);
    await next(ada, "CALL_ESTABLISHED", since);
    expect(isToneHeard(await ada.hears(), ADA_HZ)).toBe(true);
    await ada.command("hangup");
    await next(ada, "CALL_CLOSED", since);
  });

  test("one calls the other over the connections on which they registered", async () => {
    const { ada, bruno } = phones;
    const [adaSince, brunoSince] = [ada.events.length, bruno.events.length];
    const { connections } = await server().health();
    await ada.command("dial", `sip:102@${demo.domain}`);
    await next(bruno, "CALL_INCOMING", brunoSince);
    await bruno.command("accept");
    await next(ada, "CALL_ESTABLISHED", adaSince);
    await expectToHearEachOther(phones);
    expect(connections).toBe(2);
    expect((await server().health()).connections).toBe(2);
    await bruno.command("hangup");
    await next(ada, "CALL_CLOSED", adaSince);
  });
});
