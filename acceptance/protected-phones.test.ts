import { join } from "node:path";
import type { SoundProtection } from "@cordboard/core";
import { dominantFrequency } from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { authorityOf } from "./bare-agent.ts";
import type { Baresip, BaresipOptions } from "./baresip.ts";
import { startBaresip } from "./baresip.ts";
import { cordboard } from "./command.ts";
import { demo, scriptedPhone, withoutVoicemail } from "./company.ts";
import { freePorts } from "./free-ports.ts";
import { openLine } from "./line.ts";
import { peer } from "./peers.ts";
import { passed, startSipp } from "./sipp.ts";
import type { SippStep } from "./sipp-scenario.ts";
import { acknowledgeRefusal, calling, dialAndTalk, hangUp, hear, offerAgain, request } from "./sipp-scenario.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const ADA_HZ = 500;
const BRUNO_HZ = 800;
const BOTH_HZ = [ADA_HZ, BRUNO_HZ];

interface ListedDevice {
  readonly id: string;
  readonly extension: string;
  readonly soundProtection: SoundProtection;
}

describe("phones of which something else is said than of all", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const open: { close(): Promise<void> }[] = [];
  let folder: TestFolder;
  beforeEach(async () => {
    folder = await makeTestFolder();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await folder.remove();
    for (const extension of ["101", "102"]) await say(extension, "as-server");
    await server().backToZero();
  });

  const say = (extension: string, protection: SoundProtection, device: string | null = null) =>
    administer(server().data, "user-protect", { extension, protection, device });

  /** The same of one phone, by the command line. */
  const sayOf = (extension: string, protection: SoundProtection, device: string) =>
    cordboard(server().data, ["user", "protect", extension, protection, "--device", device]);

  /** A phone over TLS unless said otherwise. */
  async function phone(user: string, options: Partial<BaresipOptions> = {}): Promise<Baresip> {
    const { sipTls, sipUdp } = server().addresses;
    const baresip = await startBaresip({
      ...{ program, folder: join(folder.path, `${user}-${open.length}`), user, password: demo.passwordOf(user) },
      ...{ domain: demo.domain, toneHz: user === "101" ? ADA_HZ : BRUNO_HZ, transport: "tls" },
      server: options.transport === "udp" ? sipUdp : sipTls,
      authority: join(server().data, "tls", "ca.pem"),
      ...options,
    });
    open.push({
      close: async () => {
        await baresip.command("hangup").catch(() => {});
        await baresip.quit();
      },
    });
    return baresip;
  }

  /** What becomes of a call to the echo. */
  async function echo(baresip: Baresip): Promise<string> {
    const since = baresip.events.length;
    await baresip.command("dial", `sip:9000@${demo.domain}`);
    const outcome = await until("the call to be answered or refused", () =>
      baresip.events.slice(since).find(({ type }) => type === "CALL_ESTABLISHED" || type === "CALL_CLOSED"),
    );
    if (outcome.type === "CALL_CLOSED") return outcome.param ?? "";
    const heard = dominantFrequency(await baresip.hears(), BOTH_HZ);
    await baresip.command("hangup");
    await server().backToZero();
    return `hears ${heard} Hz`;
  }

  test("one must protect its sound, another may not, in the same server", async () => {
    await say("101", "required");
    await say("102", "off");
    const [ada, bruno] = await Promise.all([phone("101"), phone("102")]);
    expect(await echo(ada)).toContain("488");
    expect(await echo(bruno)).toBe(`hears ${BRUNO_HZ} Hz`);
    const keen = await phone("102", { encryption: "srtp-mand" });
    expect(await echo(keen)).toContain("488");
    await say("101", "off");
    expect(await echo(ada)).toBe(`hears ${ADA_HZ} Hz`);
  });

  test("it can be said of one phone of a user, which is known again when it comes back", async () => {
    const first = await phone("101", { hasInstance: true });
    const [desk] = await administer<readonly ListedDevice[]>(server().data, "device-list");
    const said = await sayOf("101", "required", desk?.id ?? "");
    expect(said.text).toMatch(/^<urn:uuid:[0-9a-f-]+> +required$/m);
    expect(await echo(first)).toContain("488");
    const other = await phone("101");
    expect(await echo(other)).toBe(`hears ${ADA_HZ} Hz`);
    const listed = await administer<readonly ListedDevice[]>(server().data, "device-list");
    expect(listed.map(({ soundProtection }) => soundProtection).toSorted()).toEqual(["as-server", "required"]);
    const nameless = listed.find(({ soundProtection }) => soundProtection === "as-server")?.id ?? "";
    await expect(say("101", "off", nameless)).rejects.toThrow("tells no instance");

    await first.quit();
    const again = await phone("101", { hasInstance: true, folder: join(folder.path, "101-0") });
    expect(await echo(again)).toContain("488");
    const instance = /<urn:uuid:[0-9a-f-]+>/.exec(said.text)?.[0] ?? "";
    await say("101", "as-server", instance);
    expect(await echo(again)).toBe(`hears ${ADA_HZ} Hz`);
  });

  test("phones that must, and over TLS can, call each other under keys; nobody reaches them in plain", async () => {
    await withoutVoicemail(server(), "101", "102");
    await say("101", "required");
    await say("102", "required");
    const ada = await phone("101", { encryption: "srtp-mand" });
    const bruno = await phone("102", { encryption: "srtp" });
    const since = bruno.events.length;
    await ada.command("dial", `sip:102@${demo.domain}`);
    await bruno.event("CALL_INCOMING", { after: since });
    await bruno.command("accept");
    await bruno.event("CALL_ESTABLISHED", { after: since });
    expect(dominantFrequency(await ada.hears(), BOTH_HZ)).toBe(BRUNO_HZ);
    expect(dominantFrequency(await bruno.hears(), BOTH_HZ)).toBe(ADA_HZ);
    await ada.command("hangup");
    await server().backToZero();

    const bare = await scriptedPhone(server(), "102", { sound: { frequencyHz: BRUNO_HZ } });
    open.push(bare);
    expect(await bare.call("9000").ended()).toMatchObject({ status: 488 });
  });

  test("a phone that must and is registered over UDP is not called, and its caller is told so", async () => {
    await withoutVoicemail(server(), "102");
    await say("102", "required");
    const [ada, bruno] = await Promise.all(["101", "102"].map((user) => scriptedPhone(server(), user)));
    if (ada === undefined || bruno === undefined) throw new Error("no phones");
    open.push(ada, bruno);
    expect(await ada.call("102").ended()).toMatchObject({ status: 488 });
    expect(bruno.describe().calls).toEqual([]);
  });

  test("keys are neither taken nor told where everybody could read them", async () => {
    await withoutVoicemail(server(), "102");
    const keen = await phone("101", { transport: "udp", encryption: "srtp-mand" });
    expect(await echo(keen)).toContain("488");
    const bruno = await scriptedPhone(server(), "102");
    const ada = await scriptedPhone(server(), "103");
    open.push(ada, bruno);
    const call = ada.call("102");
    const taken = await bruno.nextCall();
    const offer = new TextDecoder().decode(taken.invite?.body);
    expect(offer).toContain("RTP/AVP");
    expect(offer).not.toContain("a=crypto");
    await call.hangUp();
  });
});

describe("a phone that would go on in plain in the middle of a protected call", () => {
  const program = peer("sipp");
  const server = withServer({ as: "demo" });

  test("is refused with the reason, by re-INVITE and by UPDATE, and the call goes on under keys", async () => {
    const folder = await makeTestFolder();
    const line = await openLine({ server: server().addresses.sipTls, authority: await authorityOf(server()) });
    const me = calling();
    const laidBare = request("INVITE", me, 3, { sound: { version: 2 } });
    const refused = { wants: ["Warning: 399 cordboard .The sound must be protected by SRTP."] };
    const steps: readonly SippStep[] = [
      ...dialAndTalk("9000", me, { sound: { isProtected: true } }),
      laidBare,
      hear(100, { may: "be" }),
      hear(488, refused),
      acknowledgeRefusal(me, 3, laidBare),
      request("UPDATE", me, 4, { sound: { version: 3 } }),
      hear(488, refused),
      ...offerAgain(me, 5, { version: 4, isProtected: true }, { wants: ["RTP/SAVP", "a=crypto:1 AES_CM_128"] }),
      ...hangUp(me, 6),
    ];
    const user = "101";
    const sipp = startSipp({
      ...{ program, folder: folder.path, server: line.near, transport: "tcp", over: "tls", port: await freePorts(3) },
      scenario: { name: "downgrade", steps },
      calls: 1,
      keys: { domain: demo.domain, user },
      words: ["-s", user, "-au", user, "-ap", demo.passwordOf(user)],
    });
    try {
      await passed(sipp, 20_000);
    } finally {
      await sipp.child.stop("SIGKILL");
      line.close();
      await folder.remove();
    }
    await server().backToZero();
  });
});
