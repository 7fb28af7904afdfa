// Who may import what: the table of ARCHITECTURE.md, one rule a room. Everything that a room does not list is
// forbidden, so an unlisted npm package is found without a rule of its own. A package needs a room to be in.
// Rules go by path: dependency-cruiser does not know the kind of an edge between workspaces.
// scripts/prove-architecture.mjs plants violations of each rule and expects them to be found.
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const TESTS = "(?:\\.test\\.ts$|^(?:packages|apps)/.+/test/)";
const NPM = "node_modules/";
const KERNEL = "^packages/kernel/";
const CORE = "^packages/core/";
const SOUND = "^packages/protocols/sound/";
const PROTOCOLS = "^packages/protocols/";

/**
 * A room's name, its own paths, the paths that it may import besides, and whether it may use Node's built-in modules
 * (or the one folder in which it may). `$1` is what the brackets in `at` matched: one engine, one face, one protocol.
 */
const rooms = [
  { room: "kernel", at: KERNEL, own: KERNEL, may: [], node: false },
  {
    room: "sip",
    at: "^packages/protocols/sip/",
    own: "^packages/protocols/sip/",
    may: [KERNEL, SOUND],
    node: "transport",
  },
  {
    room: "rtp",
    at: "^packages/protocols/rtp/",
    own: "^packages/protocols/rtp/",
    may: [KERNEL, SOUND],
    node: "transport",
  },
  {
    room: "protocol",
    at: "^packages/protocols/(?!sip/|rtp/)([^/]+)/",
    own: "^packages/protocols/$1/",
    may: [KERNEL],
    node: "transport",
  },
  {
    room: "core",
    at: CORE,
    own: CORE,
    may: [KERNEL, "node_modules/(?:zod|temporal-polyfill|libphonenumber-js)/"],
    node: false,
  },
  {
    room: "engine",
    at: "^packages/engines/([^/]+)/",
    own: "^packages/engines/$1/",
    may: [KERNEL, CORE, PROTOCOLS, NPM],
    node: true,
  },
  {
    room: "face",
    at: "^packages/faces/([^/]+)/",
    own: "^packages/faces/$1/",
    may: [KERNEL, CORE, "^packages/faces/http/", NPM],
    node: true,
  },
  {
    room: "example",
    at: "^examples/",
    own: "^examples/",
    // What a page of somebody else is made of.
    may: [PROTOCOLS, "node_modules/(?:jssip|rolldown)/"],
    node: true,
  },
  { room: "phone", at: "^packages/phone/", own: "^packages/phone/", may: [KERNEL, PROTOCOLS], node: true },
  { room: "testkit", at: "^packages/testkit/", own: "^packages/testkit/", may: ["^packages/", NPM], node: true },
  { room: "server", at: "^apps/server/", own: "^apps/server/", may: ["^packages/", NPM], node: true },
];

const roomRules = rooms.map(({ room, at, own, may }) => ({
  name: `${room}-imports`,
  comment: `${room}: only its own files${may.map((path) => `, ${path}`).join("")}`,
  severity: "error",
  from: { path: at, pathNot: TESTS },
  to: { pathNot: [own, ...may], dependencyTypesNot: ["core"] },
}));

const nodeRules = rooms
  .filter(({ node }) => node !== true)
  .map(({ room, at, node }) => ({
    name: `${room}-node`,
    comment: `${room}: none of Node's own modules${node === false ? "" : ` outside a folder named ${node}`}`,
    severity: "error",
    from: { path: at, pathNot: node === false ? TESTS : [TESTS, `/${node}/`] },
    to: { dependencyTypes: ["core"] },
  }));

/** The files that packages show to others, as their `exports` name them. */
const publicFiles = globSync(["packages/*/package.json", "packages/*/*/package.json"]).flatMap((path) => {
  const { exports } = JSON.parse(readFileSync(path, "utf8"));
  return Object.values(exports ?? {}).map((file) => `^${join(dirname(path), file).replaceAll(".", "\\.")}$`);
});

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    ...nodeRules,
    {
      name: "package-by-its-exports",
      comment: "a package is known only by the files that its package.json exports",
      severity: "error",
      from: { path: "^((?:packages|apps)/(?:(?:protocols|engines|faces)/)?[^/]+|examples)/", pathNot: TESTS },
      to: { path: "^packages/", pathNot: ["^$1/", ...publicFiles] },
    },
    {
      name: "subject-by-its-index",
      comment: "a subject of core knows another only by its index.ts",
      severity: "error",
      from: { path: "^packages/core/src/([^/]+)/" },
      to: {
        path: "^packages/core/src/[^/]+/",
        pathNot: ["^packages/core/src/$1/", "^packages/core/src/[^/]+/index\\.ts$"],
      },
    },
    {
      name: "shipped-without-tests",
      comment: "what we ship needs nothing that only tests need",
      severity: "error",
      from: { path: "^(?:packages|apps)/", pathNot: [TESTS, "^packages/testkit/"] },
      to: { path: [TESTS, "^packages/testkit/", "^(?:acceptance|bench)/", "node_modules/(?:vitest|fast-check)/"] },
    },
    {
      name: "no-circle",
      comment: "files that need each other are one thing, or miss a third",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "known-target",
      comment: "an import that leads nowhere is checked by nothing",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(?:^|/)dist/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs"],
    },
  },
};
