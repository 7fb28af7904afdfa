import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CallView } from "@cordboard/core";
import type { Phone } from "@cordboard/phone";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import type { TestDatabase } from "@cordboard/testkit/database";
import { startTestDatabase } from "@cordboard/testkit/database";
import { afterEach, beforeEach, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { cordboard } from "./command.ts";
import { scriptedPhone } from "./company.ts";
import { lastRecording, recordingsOf } from "./recorded-call.ts";
import type { Server } from "./server.ts";
import { startServer } from "./server.ts";
import { until } from "./until.ts";

const PASSWORD = "one-two-three";

let folder: TestFolder;
let database: TestDatabase;
let server: Server;
let phones: readonly Phone[] = [];

const start = (): Promise<Server> =>
  startServer({ data: join(folder.path, "data"), settings: { CORDBOARD_DATABASE_URL: database.url } });

beforeEach(async () => {
  folder = await makeTestFolder();
  database = await startTestDatabase();
  server = await start();
}, 90_000);
afterEach(async () => {
  for (const phone of phones) await phone.close();
  await server.stop();
  await database.stop();
  await folder.remove();
}, 60_000);

test("recordings go with their files when they are older than they are to be kept, and no others", async () => {
  for (const extension of ["201", "202"])
    await administer(server.data, "user-add", { extension, name: `User ${extension}`, sipPassword: PASSWORD });
  await administer(server.data, "recording-rule", { extension: "201", isAlways: true });
  const account = { password: PASSWORD, domain: "localhost", answer: "auto", sound: { frequencyHz: 660 } } as const;
  phones = [await scriptedPhone(server, "201", account), await scriptedPhone(server, "202", account)];
  const recorded = async (): Promise<string> => {
    await administer(server.data, "call-place", { extension: "201", number: "202" });
    const leg = await until("a talk that is recorded", async () => {
      const [call] = await administer<readonly CallView[]>(server.data, "call-list");
      return call?.legs.find(({ isRecorded }) => isRecorded)?.id;
    });
    await administer(server.data, "call-control", { leg, order: { type: "hang-up" } });
    await server.backToZero();
    return (await lastRecording(server)).id;
  };
  const old = await recorded();
  const young = await recorded();
  const sql = "update recordings set started_at = started_at - interval '25 hours' where recording_id = $1";
  await database.database.pool.query(sql, [old]);
  expect((await cordboard(server.data, ["recordings", "keep", "1"])).text).toBe("recordings are deleted after 1 day");
  expect((await recordingsOf(server)).map(({ id }) => id)).toEqual([young, old]);

  for (const phone of phones) await phone.close();
  phones = [];
  await server.stop();
  server = await start();
  const left = await until("the old recording to go", async () => {
    const all = await recordingsOf(server);
    return all.length === 1 && all;
  });
  expect(left).toMatchObject([{ id: young, by: "rule" }]);
  await access(left[0]?.file ?? "");
  const files = await readdir(join(server.data, "recordings"), { recursive: true });
  expect(files.filter((name) => name.endsWith(".wav"))).toHaveLength(1);
}, 120_000);
