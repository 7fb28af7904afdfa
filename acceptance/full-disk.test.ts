import { join } from "node:path";
import type { EventData } from "@cordboard/core";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { demo } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { lastRecording, recordingsOf, storyOf, tracksOf } from "./recorded-call.ts";
import type { StreamClient } from "./stream-client.ts";
import { openStream } from "./stream-client.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

type Ended = EventData["recording.ended.v1"];

/** Seven seconds of a recording in stereo, and the little that a disk keeps free. */
const DISK = "size=128k";

/** Runs a program in a mount namespace of its own, where a small disk lies at a folder. */
const withSmallDisk = (unshare: string, folder: string): readonly string[] => [
  ...[unshare, "--mount", "sh", "-c"],
  `mkdir -p "$0" && mount -t tmpfs -o ${DISK} tmpfs "$0" && exec "$@"`,
  folder,
];

describe("a full disk", () => {
  const program = peer("baresip");
  const unshare = peer("unshare");
  let folder: TestFolder;
  // Said first, so that it is done last.
  afterAll(() => folder.remove());
  const server = withServer(async () => {
    folder = await makeTestFolder();
    const data = join(folder.path, "data");
    return { as: "demo", data, inside: withSmallDisk(unshare, join(data, "recordings")) };
  });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102" });

  let stream: StreamClient;
  let ended: Ended[] = [];
  beforeEach(() => {
    ended = [];
    const onText = (text: string): void => {
      const frame = JSON.parse(text) as { readonly event?: string; readonly data?: Ended };
      if (frame.event === "recording.ended.v1" && frame.data !== undefined) ended.push(frame.data);
    };
    const headers = { "x-api-key": demo.key };
    stream = openStream({ origin: server().addresses.http, path: "/events", headers, onText });
  });
  afterEach(() => stream.close());

  /** How the recordings ended, once so many have. */
  const ends = async (count: number): Promise<readonly string[]> => {
    await until(`${count} recordings to end`, () => ended.length >= count, { withinMs: 30_000 });
    return ended.map(({ why }) => why);
  };
  /** A file as the server sees it. */
  const seenByServer = (file: string): string => join("/proc", `${server().child.pid}`, "root", file);

  test("ends a recording with an event and keeps what was said; the talk goes on, and so does recording when there is room", async () => {
    const record = (isOn: boolean) => all.tell("ada", { type: "record", isOn });
    const talkOn = () => all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.calls("ada", "bruno");
    await record(true);
    await talkOn();
    expect(await ends(1)).toEqual(["disk-full"]);
    await talkOn();
    expect((await all.call("ada")).legs.map(({ isRecorded }) => isRecorded)).toEqual([false, false]);
    const { id, file, lasted } = await lastRecording(server());
    const { said, heard } = await tracksOf(seenByServer(file));
    expect([said, heard].map((track) => storyOf(track, (half) => String(all.heardIn(half))))).toEqual([
      ["ada"],
      ["bruno"],
    ]);
    expect(lasted).toBeGreaterThan(4);
    expect(ended[0]?.lastedSeconds).toBe(lasted);

    await record(true);
    expect(await ends(2)).toEqual(["disk-full", "disk-full"]);
    await talkOn();
    for (const each of await recordingsOf(server())) await administer(server().data, "recording-delete", each);
    expect(await recordingsOf(server())).toEqual([]);

    await record(true);
    await talkOn();
    await record(false);
    expect(await ends(3)).toEqual(["disk-full", "disk-full", "stopped"]);
    expect((await lastRecording(server())).id).not.toBe(id);
    await talkOn();
    await all.isLeft("bruno", () => all.hangsUp("ada"));
  }, 90_000);

  test("takes no message, and lets its caller go", async () => {
    await all.calls("ada", "bruno");
    await all.tell("ada", { type: "record", isOn: true });
    expect(await ends(1)).toEqual(["disk-full"]);
    await all.isLeft("bruno", () => all.hangsUp("ada"));
    // Nobody is there as Chiara: her messages are taken.
    await all.isLeft("ada", () => all.reaches("ada", "103"));
    expect(await administer(server().data, "voicemail-list", { extension: "103" })).toEqual([]);
    await server().backToZero();
    for (const each of await recordingsOf(server())) await administer(server().data, "recording-delete", each);
  }, 90_000);
});
