import { join } from "node:path";
import type { HistoryView } from "@cordboard/core";
import { ms } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import type { RtpPeer, TestFolder } from "@cordboard/testkit";
import { makeTestFolder, pcma, pcmu, rtpPeer } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "./ask.ts";
import type { Baresip } from "./baresip.ts";
import { startBaresip } from "./baresip.ts";
import { cordboardJson } from "./command.ts";
import { demo, scriptedPhone } from "./company.ts";
import { peer } from "./peers.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const [ADA_HZ, BRUNO_HZ, STRANGER_HZ] = [500, 800, 1500];

/** A counter of `/metrics`. */
async function counted({ addresses }: Server, name: string): Promise<number> {
  const { text } = await ask(`${addresses.http}/metrics`);
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

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
    expect(await counted(server(), "cordboard_sound_foreign_packets_total")).toBeGreaterThan(100);
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
