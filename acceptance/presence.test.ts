import type { Shown } from "@cordboard/core";
import type { SipWatcher, WatchedSubscription } from "@cordboard/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { cordboard, cordboardJson } from "./command.ts";
import { scriptedPhone } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { newRecording, recordedFiles } from "./recorded-files.ts";
import { until } from "./until.ts";
import type { OnLooker } from "./watchers.ts";
import { lampOf, lookOn, numberUri, presenceIn, sightOf, watcherOf } from "./watchers.ts";
import { withServer } from "./with-server.ts";

/** How somebody is, as all who look on show it. */
interface Look {
  /** The lamp of a key: `idle`, `early` (it blinks) or `confirmed`. */
  readonly lamp: string;
  /** What a presence document says. */
  readonly presence: string;
  /** What the live stream says. */
  readonly shown: Shown;
  /** What a phone of somebody else says. */
  readonly contact: string;
}

const atRest: Look = { lamp: "idle", presence: "open", shown: "offline", contact: "Online" };

describe("a colleague, watched by a key, by a client, by baresip and on the live stream", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", carla: "104" }, { watches: ["102"] });
  let watcher: SipWatcher;
  let own: SipWatcher;
  let lamp: WatchedSubscription;
  let presence: WatchedSubscription;
  let looker: OnLooker;

  beforeAll(async () => {
    watcher = await watcherOf(server(), "103");
    own = await watcherOf(server(), "102");
    lamp = await watcher.subscribe("dialog", numberUri("102"));
    presence = await watcher.subscribe("presence", numberUri("102"));
    looker = await lookOn(server(), sightOf("103"));
  });
  afterEach(async () => {
    await administer(server().data, "user-status", { extension: "102", status: "available" });
    await server().backToZero();
    await everywhere(atRest);
  });
  afterAll(async () => {
    await Promise.all([looker?.leave(), watcher?.close(), own?.close()]);
  });

  const shownOnStream = (extension: string) => looker.stream.state.presences[extension];
  async function everywhere(wanted: Look): Promise<void> {
    let seen: Look | undefined;
    await until(
      () => `${JSON.stringify(wanted)} to be shown; seen: ${JSON.stringify(seen)}`,
      async () => {
        seen = {
          lamp: lampOf(lamp),
          presence: presenceIn(presence),
          shown: shownOnStream("102")?.shown ?? "offline",
          contact: await all.phone("carla").shows("102"),
        };
        return JSON.stringify(seen) === JSON.stringify(wanted);
      },
    );
  }
  const shows = (what: WatchedSubscription, wanted: string, look = lampOf): Promise<true> =>
    until(
      () => `${wanted} to be shown in place of ${look(what)}`,
      () => look(what) === wanted,
    );

  test("goes from idle over ringing and talking back to idle", async () => {
    await everywhere(atRest);
    await all.rings("bruno", () => all.dials("ada", "102"));
    await everywhere({ lamp: "early", presence: "open busy", shown: "ringing", contact: "Busy" });
    await all.takes("bruno");
    await everywhere({ lamp: "confirmed", presence: "open on-the-phone", shown: "talking", contact: "Busy" });
    await all.hangsUp("bruno");
    await everywhere(atRest);
    const versions = lamp.notices.map(({ body }) => Number(/ version="(\d+)"/.exec(body)?.[1]));
    expect(versions).toEqual(versions.map((_version, i) => i));
  });

  test("says that it is away, and is shown so with its text until it is back", async () => {
    const { data } = server();
    const said = await cordboard(data, ["user", "status", "102", "away", "--text", "at lunch"]);
    expect(said).toEqual({ code: 0, text: "102 Bruno Conti\nstatus  away\ntext    at lunch\nshown   away" });
    await everywhere({ lamp: "idle", presence: "open away", shown: "away", contact: "Offline" });
    expect(presence.notices.at(-1)?.body).toContain("<note>at lunch</note>");
    expect(await cordboardJson(data, ["user", "status", "102"])).toMatchObject({ status: "away", text: "at lunch" });
    expect((await cordboard(data, ["user", "status", "102", "away", "--until", "2020-01-01T00:00:00Z"])).text).toBe(
      "cordboard: that time is over already",
    );
    await cordboard(data, ["user", "status", "102", "available"]);
    await everywhere(atRest);
  });

  test("is available while a program that shows it the live state is connected", async () => {
    const page = await lookOn(server(), sightOf("102"));
    await everywhere({ ...atRest, shown: "available" });
    await page.leave();
    // A page that is loaded again has not been away: that takes some seconds.
    await until("it to be offline", () => shownOnStream("102")?.shown === "offline", { withinMs: 20_000 });
  }, 30_000);

  test("whose last phone goes is closed, and open again when it comes back", async () => {
    const watched = await watcher.subscribe("presence", numberUri("105"));
    await shows(watched, "closed", presenceIn);
    const phone = await scriptedPhone(server(), "105");
    await shows(watched, "open", presenceIn);
    expect(shownOnStream("105")?.isRegistered).toBe(true);
    await phone.close();
    await shows(watched, "closed", presenceIn);
    expect(shownOnStream("105")?.isRegistered).toBe(false);
    await watched.prolong(0);
  });

  test("a place where a call waits, and a room where somebody is, have their lamps on", async () => {
    const [place, room] = await Promise.all(
      ["9011", "9002"].map((number) => watcher.subscribe("dialog", numberUri(number))),
    );
    if (place === undefined || room === undefined) throw new Error("nothing is watched");
    await all.calls("ada", "bruno");
    await all.tell("bruno", { type: "park", number: "9011" });
    await shows(place, "confirmed");
    await all.hangsUp("ada");
    await shows(place, "idle");
    await all.reaches("ada", "9002");
    await shows(room, "confirmed");
    await all.hangsUp("ada");
    await shows(room, "idle");
  });

  test("who does not want to be disturbed is not rung, and the lamp of its mailbox is on until the message is heard", async () => {
    const { data } = server();
    const box = await own.subscribe("message-summary", numberUri("102"));
    const counts = ({ notices }: WatchedSubscription): string =>
      /^Messages-Waiting: (\w+)[\s\S]*Voice-Message: (\S+)/
        .exec(notices.at(-1)?.body ?? "")
        ?.slice(1)
        .join(" ") ?? "";
    await shows(box, "no 0/0", counts);
    await cordboard(data, ["user", "status", "102", "do-not-disturb"]);
    await everywhere({ lamp: "idle", presence: "closed busy", shown: "do-not-disturb", contact: "Busy" });
    const since = all.phone("bruno").events.length;
    const known = await recordedFiles(server());
    await all.reaches("ada", "102");
    await newRecording(server(), { seconds: 2, known });
    await all.hangsUp("ada");
    await shows(box, "yes 1/0", counts);
    await all.phone("bruno").child.line(/^Voice-Message: 1\/0 /, 5_000);
    expect(
      all
        .phone("bruno")
        .events.slice(since)
        .map(({ type }) => type),
    ).not.toContain("CALL_INCOMING");
    await all.reaches("bruno", "9003");
    await until("the message to be heard", () => counts(box) === "no 0/1", { withinMs: 30_000 });
    await all.phone("bruno").child.line(/^Voice-Message: 0\/1 /, 5_000);
    await all.hangsUp("bruno");
  }, 60_000);
});
