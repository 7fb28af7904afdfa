import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { leaveOut } from "@cordboard/testkit/left-out";
import { describe, expect, test } from "vitest";
import { nothing, possessionsOf, remainsOf } from "./remains.ts";
import { startServer } from "./server.ts";
import { until } from "./until.ts";

const NEEDED_MAJOR = 24;

/** A Node of this machine that is too old to run the server, as many have it. */
function olderNode(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  const programs = folders.map((folder) => join(folder, "node")).filter((program) => existsSync(program));
  return programs.find((program) => {
    const version = execFileSync(program, ["--version"], { encoding: "utf8" });
    return Number.parseInt(version.slice(1), 10) < NEEDED_MAJOR;
  });
}

describe("a server that an older Node is asked for", () => {
  const node = olderNode() ?? "";
  if (node === "") leaveOut(`there is no Node before ${NEEDED_MAJOR} on this machine`);

  test("runs under the Node that came with it, and stops when it is told", async () => {
    const server = await startServer({ node });
    const had = await possessionsOf(server);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await remainsOf(had)).toEqual(nothing);
  });

  test("ends with its launcher when that is killed", async () => {
    const server = await startServer({ node });
    const had = await possessionsOf(server);
    await server.kill();
    await until("everything of it to be gone", async () => (await remainsOf(had)).processes.length === 0);
    expect(await remainsOf(had)).toEqual(nothing);
    await server.stop();
  });
});
