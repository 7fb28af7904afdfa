import { join } from "node:path";
import type { HistoryView } from "@cordboard/core";
import { ms } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import type { RtpPeer, TestFolder } from "@cordboard/testkit";
import { makeTestFolder, pcma, pcmu, rtpPeer } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openBareAgent } from "./bare-agent.ts";
import type { Baresip } from "./baresip.ts";
import { startBaresip } from "./baresip.ts";
import { cordboardJson } from "./command.ts";
import { demo, scriptedPhone } from "./company.ts";
import { counted } from "./counted.ts";
import { peer } from "./peers.ts";
import type { ProtectedCall } from "./protected-call.ts";
import { callProtected } from "./protected-call.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const FOREIGN = "cordboard_sound_foreign_packets_total";
const [ADA_HZ, BRUNO_HZ, STRANGER_HZ] = [500, 800, 1500];

/** The last row, when the call that it is about is over. */
const lastRow = (server: Server): Promise<HistoryView> =>
  until("the history's row", async () => {
    const [row] = await cordboardJson<readonly HistoryView[]>(server.data, ["history", "--count", "1"]);
    return row?.end === null ? undefined : row;
  });

describe("a stranger who knows the ports of a talk", () => {
  const server = withServer({ as: "demo" });
  const open: (Phone | RtpPeer)[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await server().backToZero();
  });

  test("is neither heard nor sent anything, and counted; the ports rest before they are anybody's", async () => {
    const [ada, bruno] = await Promise.all([
      scriptedPhone(server(), "101", { sound: { frequencyHz: ADA_HZ } }),
      scriptedPhone(server(), "102", { sound: { frequencyHz: BRUNO_HZ }, answer: "auto" }),
    ]);
    open.push(ada, bruno);
    const call = ada.call("102");
    const taken = await bruno.nextCall();
    await Promise.all([call.hears(BRUNO_HZ), taken.hears(ADA_HZ)]);
    const strangers = await Promise.all([
      rtpPeer({ frequencyHz: STRANGER_HZ, codec: pcmu }),
      rtpPeer({ frequencyHz: STRANGER_HZ, codec: pcma, address: "127.0.0.7" }),
    ]);
    open.push(...strangers);
    const places = [call.soundGoesTo, taken.soundGoesTo].flatMap((place) => place ?? []);
    for (const { address, port } of places)
      for (const stranger of strangers) stranger.sendTo({ address, port, rtcpPort: port + 1 });
    const heard = call.rtp().received;
    await until("two seconds more of sound", () => call.rtp().received > heard + 100);
    await Promise.all([call.hears(BRUNO_HZ, { forMs: ms(600) }), taken.hears(ADA_HZ, { forMs: ms(600) })]);
    expect(strangers.flatMap(({ packets }) => packets)).toEqual([]);
    await call.hangUp();
    await server().backToZero();

    expect((await server().health()).portsDraining).toBeGreaterThanOrEqual(4);
    const again = ada.call("9000");
    await again.answered();
    expect(places).not.toContainEqual(again.soundGoesTo);
    await again.hangUp();
    expect(await counted(server(), FOREIGN)).toBeGreaterThan(100);
  });
});

describe.each(["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"])("a talk under keys of %s", (suite) => {
  const server = withServer({ as: "demo" });
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await server().backToZero();
  });

  test.each<{ what: string; slip: (call: ProtectedCall, old: readonly Uint8Array[]) => void | Promise<void> }>([
    {
      what: "its own packets, sent once more from where they came from",
      slip: (call, old) => {
        let next = 0;
        call.slipIn(() => old[next++ % old.length]);
      },
    },
    {
      what: "packets that were changed on their way",
      slip: (call) => call.slipIn(() => call.sent.at(-1)?.map((byte, at) => (at === 20 ? byte ^ 1 : byte))),
    },
    {
      what: "packets in plain from where its own come from",
      slip: (call) => call.slipIn(() => call.sent.at(-1)?.map((byte, at) => (at < 12 ? byte : 0x55))),
    },
    {
      what: "packets in plain from elsewhere",
      slip: async ({ goesTo: { address, port } }) => {
        const stranger = await rtpPeer({ frequencyHz: STRANGER_HZ, codec: pcma, address: "127.0.0.7" });
        open.push(stranger);
        stranger.sendTo({ address, port, rtcpPort: port });
      },
    },
  ])("$what: nobody hears them, and all are counted", async ({ slip }) => {
    const agent = await openBareAgent(server(), { transport: "tls" });
    const bruno = await scriptedPhone(server(), "102", { sound: { frequencyHz: BRUNO_HZ }, answer: "auto" });
    const [earlier, ada] = await Promise.all([STRANGER_HZ, ADA_HZ].map((frequencyHz) => rtpPeer({ frequencyHz })));
    if (earlier === undefined || ada === undefined) throw new Error("no peers");
    open.push(agent, bruno, earlier, ada);
    const call = await callProtected(agent, { user: "101", number: "102", suite });
    const taken = await bruno.nextCall();
    call.speak(earlier);
    await Promise.all([taken.hears(STRANGER_HZ), earlier.heard(BRUNO_HZ)]);
    const old = [...call.sent];
    call.speak(ada);
    await taken.hears(ADA_HZ);

    const before = await counted(server(), FOREIGN);
    await slip(call, old);
    const heard = taken.rtp().received;
    await until("two seconds more of sound", () => taken.rtp().received > heard + 100);
    await Promise.all([taken.hears(ADA_HZ, { forMs: ms(600) }), ada.heard(BRUNO_HZ)]);
    await call.hangUp();
    await taken.ended();
    await server().backToZero();
    expect((await counted(server(), FOREIGN)) - before).toBeGreaterThan(90);
  });
});

describe("a phone that hangs in the middle of a talk", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo", settings: { CORDBOARD_ONE_WAY_CALL_SECONDS: "1" } });
  let folder: TestFolder;
  let bruno: Baresip;
  let ada: Phone;
  beforeAll(async () => {
    folder = await makeTestFolder();
    ada = await scriptedPhone(server(), "101", { sound: { frequencyHz: ADA_HZ } });
    bruno = await startBaresip({
      ...{ program, folder: join(folder.path, "102"), user: "102", password: demo.passwordOf("102") },
      ...{ domain: demo.domain, server: server().addresses.sipUdp, toneHz: BRUNO_HZ, answersItself: true },
    });
  });
  afterAll(async () => {
    bruno?.child.signal("SIGCONT");
    await ada?.close();
    await bruno?.quit();
    await folder?.remove();
  });

  test("is noticed after ten seconds and told of as one-way sound, and its call ends after the time that is set", async () => {
    const call = ada.call("102");
    await call.hears(BRUNO_HZ);
    bruno.child.signal("SIGSTOP");
    await server().child.line((line) => line.includes("no sound comes from a leg") && line.includes("one-way"), 20_000);
    await call.ended({ within: ms(10_000) });
    bruno.child.signal("SIGCONT");
    await server().backToZero();
    const { quality, cause } = await lastRow(server());
    expect(cause).toBe(41);
    const [ofAda, ofBruno] = Object.values(quality);
    expect(ofAda?.silentSeconds).toBeUndefined();
    expect(ofBruno?.silentSeconds).toBeGreaterThanOrEqual(10);
    expect(await counted(server(), 'cordboard_silent_legs_total{what="one-way"}')).toBe(1);
  });
});
