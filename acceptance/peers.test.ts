import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findPeer, peer } from "./peers.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cordboard-peers-"));
  vi.stubEnv("PATH", folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a peer is found where PATH leads", () => {
  writeFileSync(join(folder, "sipp"), "#!/bin/sh\n");
  chmodSync(join(folder, "sipp"), 0o755);
  expect(findPeer("sipp")).toEqual({ path: join(folder, "sipp") });
  expect(peer("sipp")).toBe(join(folder, "sipp"));
});

test("a file that nobody may run is no peer, and the reason says what to install", () => {
  writeFileSync(join(folder, "sipp"), "", { mode: 0o644 });
  expect(findPeer("sipp")).toEqual({ missing: "sipp is not installed; on Debian: apt-get install sip-tester" });
});

test("in CI a missing peer is an error", () => {
  vi.stubEnv("CI", "true");
  expect(() => peer("baresip")).toThrow("missing: baresip is not installed");
});
