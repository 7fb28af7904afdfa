import { join } from "node:path";
import { dominantFrequency } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Baresip } from "./baresip.ts";
import { startBaresip } from "./baresip.ts";
import { demo } from "./company.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

const ADA_HZ = 500;
const BRUNO_HZ = 800;
const BOTH_HZ = [ADA_HZ, BRUNO_HZ];

describe("SRTP with keys in the description", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const open: Baresip[] = [];
  let folder: TestFolder;
  let ada: Baresip;
  let bruno: Baresip;
  beforeAll(async () => {
    folder = await makeTestFolder();
    const { sipTls, sipUdp } = server().addresses;
    const account = (user: string) => ({
      program,
      folder: join(folder.path, user),
      user,
      password: demo.passwordOf(user),
      domain: demo.domain,
    });
    const authority = join(server().data, "tls", "ca.pem");
    ada = await startBaresip({
      ...account("101"),
      server: sipTls,
      transport: "tls",
      authority,
      encryption: "srtp-mand",
      toneHz: ADA_HZ,
    });
    open.push(ada);
    bruno = await startBaresip({ ...account("102"), server: sipUdp, toneHz: BRUNO_HZ });
    open.push(bruno);
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.command("hangup").catch(() => {})));
    await Promise.all(open.map((one) => one.forget()));
    await server().backToZero();
  });
  afterAll(async () => {
    await Promise.all(open.map((one) => one.quit()));
    await folder.remove();
  });

  test("a phone over TLS hears itself at the echo", async () => {
    await ada.command("dial", `sip:9000@${demo.domain}`);
    await ada.event("CALL_ESTABLISHED");
    expect(dominantFrequency(await ada.hears(), BOTH_HZ)).toBe(ADA_HZ);
  });

  test.each(["calls", "is called by"])("it %s a plain phone, and both hear each other", async (way) => {
    const [caller, callee, to] = way === "calls" ? [ada, bruno, "102"] : [bruno, ada, "101"];
    const since = callee.events.length;
    await caller.command("dial", `sip:${to}@${demo.domain}`);
    await callee.event("CALL_INCOMING", { after: since });
    await callee.command("accept");
    await callee.event("CALL_ESTABLISHED", { after: since });
    const [atAda, atBruno] = await Promise.all([ada.hears(), bruno.hears()]);
    expect(dominantFrequency(atAda, BOTH_HZ)).toBe(BRUNO_HZ);
    expect(dominantFrequency(atBruno, BOTH_HZ)).toBe(ADA_HZ);
    // Who calls names one suite of baresip's; who is called chooses the strongest of ours.
    const suite = way === "calls" ? "AES_CM_128_HMAC_SHA1_80" : "AEAD_AES_256_GCM";
    await ada.child.line((line) => line.includes(`SRTP is Enabled (cryptosuite=${suite})`));
  });
});

describe("SRTP that is required", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo", settings: { CORDBOARD_SRTP: "required" } });

  test.each([
    { encryption: undefined, becomes: "CALL_CLOSED" },
    { encryption: "srtp", becomes: "CALL_ESTABLISHED" },
  ] as const)("a phone over TLS with $encryption: $becomes", async ({ encryption, becomes }) => {
    const folder = await makeTestFolder();
    const phone = await startBaresip({
      program,
      folder: join(folder.path, "phone"),
      user: "101",
      password: demo.passwordOf("101"),
      domain: demo.domain,
      server: server().addresses.sipTls,
      transport: "tls",
      authority: join(server().data, "tls", "ca.pem"),
      toneHz: ADA_HZ,
      ...(encryption === undefined ? {} : { encryption }),
    });
    try {
      await phone.command("dial", `sip:9000@${demo.domain}`);
      const event = await phone.event(becomes);
      if (becomes === "CALL_CLOSED") expect(event.param).toContain("488");
      else expect(dominantFrequency(await phone.hears(), BOTH_HZ)).toBe(ADA_HZ);
    } finally {
      await phone.command("hangup").catch(() => {});
      await phone.quit();
      await folder.remove();
    }
    await server().backToZero();
  });
});
