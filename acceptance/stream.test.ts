import type { SeededRandom } from "@cordboard/testkit";
import { isSoak, makeTestFolder, seededRandom, tell } from "@cordboard/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import type { Server } from "./server.ts";
import { startServer } from "./server.ts";
import type { CallLoad, LoadPhones } from "./stream-load.ts";
import { keepingUp, openLoadPhones, startLoad } from "./stream-load.ts";
import type { Position, Sight } from "./stream-viewer.ts";
import { differences, StreamViewer } from "./stream-viewer.ts";
import { within } from "./until.ts";

const SEED = 20_260;
const CUTS = isSoak ? 10_000 : 1000;
/** One connection in so many asks for a place of an earlier run of the server. */
const OLD_PLACES = 1 / 6;
const WANTED_GAPS = CUTS / 20;
const WANTED_CALLS_A_SECOND = 20;
/** Text that the slow reader lets pass unread: more than the two socket buffers and the server's queue of 1 MiB hold. */
const PAUSE_CHARACTERS = 6_000_000;
const DEADLINE_MS = isSoak ? 600_000 : 100_000;

const PAIRS = [
  ["101", "102"],
  ["103", "104"],
  ["105", "106"],
  ["106", "101"],
] as const;

const administrator: Sight = { name: "unlimited key", headers: { "x-api-key": "demo-key" } };
const user: Sight = { name: "user 101", headers: { authorization: `Basic ${btoa("101:demo-101")}` } };

let server: Server;
let phones: LoadPhones;
let limited: Sight;
let earlier: Position;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const folder = await makeTestFolder();
  closing.push(() => folder.remove());
  const data = `${folder.path}/data`;
  earlier = await placeInAnEarlierRun(data);
  server = await startServer({ as: "demo", data });
  closing.push(() => server.stop());
  const key = await administer<{ readonly key: string }>(data, "key-create", { name: "103 only", extensions: ["103"] });
  limited = { name: "key of 103", headers: { "x-api-key": key.key } };
  phones = await openLoadPhones(server, {
    domain: "demo.localhost",
    extensions: [...new Set(PAIRS.flat())],
    passwordOf: (extension) => `demo-${extension}`,
  });
  closing.push(() => phones.bank.close());
}, 120_000);

afterAll(async () => {
  for (const close of closing.reverse()) await close();
}, 60_000);

/** A position that the server of this folder gave before it was restarted. */
async function placeInAnEarlierRun(data: string): Promise<Position> {
  const first = await startServer({ as: "demo", data });
  try {
    const viewer = new StreamViewer(first.addresses.http, administrator);
    const client = viewer.open();
    await within(
      "a first snapshot",
      10_000,
      viewer.until(() => viewer.position !== undefined),
    );
    await client.close();
    return viewer.position ?? "nowhere:0";
  } finally {
    await first.stop();
  }
}

test(
  `${CUTS} cuts anywhere, also inside frames, leave three sights with the server's state and no event lost or doubled`,
  async () => {
    const { http } = server.addresses;
    const sights = [administrator, user, limited];
    const whole = sights.map((sight) => new StreamViewer(http, sight));
    const uncut = whole.map((viewer) => viewer.open());
    await withinTime("first snapshots", Promise.all(whole.map((one) => one.until(() => one.position !== undefined))));
    const load = startLoad(phones, PAIRS);
    closing.push(() => load.stop());
    const random = seededRandom(SEED);
    const [reference] = whole;
    if (reference === undefined) throw new Error("no viewer");
    const slow = new StreamViewer(http, administrator);
    const cut = sights.map((sight) => new StreamViewer(http, sight));
    const shares = cut.map((_, index) => Math.ceil((CUTS - index) / cut.length));
    const [counts] = await withinTime(
      "all cuts, and a gap of the slow reader",
      Promise.all([
        Promise.all(
          cut.map((viewer, index) => cutAgainAndAgain(viewer, shares[index] ?? 0, seededRandom(SEED + index))),
        ),
        readSlowly(slow, reference),
      ]),
    );
    const callsASecond = load.rate();
    const last = await comeToRest(load, reference, random);
    const late = [...cut, slow].map((viewer) => ({ viewer, client: viewer.open() }));
    await withinTime(
      `event ${last} at all viewers`,
      Promise.all([...cut, slow, ...whole].map((one) => one.until(() => one.seq >= last))),
    );
    const fresh = await snapshots(sights);
    await Promise.all([...late.map(({ client }) => client), ...uncut].map((client) => client.close()));

    const gaps = cut.reduce((sum, viewer) => sum + viewer.gapsAtStart, 0);
    const inside = counts.reduce((sum, count) => sum + count, 0);
    tell("stream", {
      seed: SEED,
      cuts: CUTS,
      inside,
      gaps,
      slowGaps: slow.gapsWithin,
      callsASecond: Math.round(callsASecond),
      calls: load.completed,
      failed: load.failed,
      events: reference.events.size,
    });

    expect([...cut, ...whole, slow].flatMap(({ faults }) => faults)).toEqual([]);
    for (const [index, viewer] of cut.entries()) {
      expect({ of: viewer.sight.name, state: viewer.state }).toEqual({ of: viewer.sight.name, state: fresh[index] });
      const twin = whole[index];
      expect(twin?.state).toEqual(fresh[index]);
      expect(twin === undefined ? [] : differences(viewer, twin)).toEqual([]);
    }
    expect(slow.state).toEqual(fresh[0]);
    expect(differences(slow, reference)).toEqual([]);
    expect(Object.keys(fresh[0]?.calls ?? {})).not.toHaveLength(0);
    expect(inside).toBeGreaterThan(CUTS / 4);
    expect(gaps).toBeGreaterThanOrEqual(WANTED_GAPS);
    expect(slow.gapsWithin).toBeGreaterThanOrEqual(1);
    expect(callsASecond).toBeGreaterThanOrEqual(WANTED_CALLS_A_SECOND);
    // A machine that is busy with other things may be refused calls for some seconds, and nothing else.
    expect(Object.keys(load.failed).filter((why) => why !== "503")).toEqual([]);
  },
  DEADLINE_MS + 20_000,
);

const withinTime = <Value>(what: string, work: Promise<Value>): Promise<Value> => within(what, DEADLINE_MS, work);

/** Connects and is cut, `times` times; returns how many cuts fell inside a frame. */
async function cutAgainAndAgain(viewer: StreamViewer, times: number, random: SeededRandom): Promise<number> {
  // A viewer that sees little is cut after little.
  const most = viewer.sight === limited ? 6000 : 24_000;
  let inside = 0;
  for (let cuts = 0; cuts < times; ) {
    const place = random.chance(OLD_PLACES) ? { since: earlier } : {};
    const end = await viewer.open({ cutAfter: random.between(1, most), ...place }).ended;
    if (end.kind === "cut") cuts++;
    else if (end.kind === "refused" && end.answer.startsWith("HTTP/1.1 503 ")) await keepingUp(server);
    else throw new Error(`${viewer.sight.name}: the server ended the stream: ${JSON.stringify(end)}`);
    if (end.kind === "cut" && end.isInsideFrame) inside++;
  }
  return inside;
}

/** Stops reading until the other has heard much more, then catches up: until the server has once thrown the queue away. */
async function readSlowly(slow: StreamViewer, other: StreamViewer): Promise<void> {
  while (slow.gapsWithin === 0) {
    const client = slow.open();
    await slow.until(() => slow.position !== undefined);
    client.pause();
    const heard = other.heard + PAUSE_CHARACTERS;
    await other.until(() => other.heard >= heard);
    client.resume();
    const { seq } = other;
    await slow.until(() => slow.seq >= seq);
    await client.close();
  }
}

/** Ends the load but for calls that stay up, and returns the number of the last event of all. */
async function comeToRest(load: CallLoad, viewer: StreamViewer, random: SeededRandom): Promise<number> {
  await withinTime("the load's last calls", load.stop());
  const standing = PAIRS.filter(() => random.chance(0.7)).map(([from, to]) => phones.phone(from).call(to));
  await withinTime("standing calls", Promise.all(standing.map((call) => call.answered())));
  const last = phones.phone("103").call("101");
  let seqOfEnd: number | undefined;
  viewer.onEvent = (seq, text) => {
    if (text.includes('"call.ended.v1"') && text.includes(last.callId)) seqOfEnd = seq;
  };
  await last.answered();
  await last.hangUp();
  await withinTime(
    "the last call's end",
    viewer.until(() => seqOfEnd !== undefined),
  );
  return seqOfEnd ?? 0;
}

/** The state as the server shows it to newcomers of each sight. */
async function snapshots(sights: readonly Sight[]): Promise<readonly StreamViewer["state"][]> {
  return Promise.all(
    sights.map(async (sight) => {
      const viewer = new StreamViewer(server.addresses.http, sight);
      const client = viewer.open();
      await within(
        "a snapshot",
        10_000,
        viewer.until(() => viewer.position !== undefined),
      );
      await client.close();
      return viewer.state;
    }),
  );
}
