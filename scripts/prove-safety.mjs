// `npm run prove-safety`: shows that the tests would notice if a safety rule were gone. In a copy of the tree each rule of
// scripts/safety-rules.mjs is turned off in turn by its edit, and a test must fail for it. One line a rule;
// `npm run prove-safety -- origin digest` tries only those rules whose names hold one of the words.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createVitest } from "vitest/node";
import { safetyRules } from "./safety-rules.mjs";
import { addToTally, tallyText } from "./tally.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Our packages below `node_modules`, which link into the tree. */
const SCOPE = "@cordboard";
/** A test that waits for what an edit took away need not wait long… */
const TEST_MS = 3_000;
/** …and if it takes longer than this without any edit, that it was late proves nothing. */
const SLOW_MS = 1_000;
/** Longest run of one rule's tests; an edit that makes them hang proves nothing. */
const RULE_MS = 60_000;
/** Longest run of all of them, unchanged. */
const ALL_MS = 180_000;

/** Copies what git knows or would add. Packages of others are linked, and ours link into the copy. */
function copyTree(place) {
  const options = { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 };
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], options);
  for (const path of new Set(listed.split("\0").filter((path) => path !== "" && existsSync(join(ROOT, path))))) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    cpSync(join(ROOT, path), join(place, path), { verbatimSymlinks: true });
  }
  const [from, to] = [join(ROOT, "node_modules"), join(place, "node_modules")];
  mkdirSync(join(to, SCOPE), { recursive: true });
  for (const name of readdirSync(from)) {
    if (!name.startsWith(".") && name !== SCOPE) symlinkSync(join(from, name), join(to, name));
  }
  for (const name of readdirSync(join(from, SCOPE))) {
    const link = join(from, SCOPE, name);
    // Anything but a link within the tree would let a test run the code that is not edited.
    if (!lstatSync(link).isSymbolicLink() || !readlinkSync(link).startsWith("../../")) {
      throw new Error(`${link} is no link into this tree; run: npm ci`);
    }
    symlinkSync(readlinkSync(link), join(to, SCOPE, name));
  }
}

/** The file's text with the rule turned off; throws when the text to be replaced is not there exactly once. */
function textWithout({ file, find, replace }, text) {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`the rule has moved: its text is ${places} times in ${file}`);
  return text.replace(find, () => replace);
}

/** What failed in a run, and what was wrong with the run itself. Vitest also tells of files that ran earlier. */
function outcomeOf({ testModules: known, unhandledErrors }, files) {
  const testModules = known.filter(({ moduleId }) => files.includes(moduleId));
  const tests = testModules.flatMap((module) => [...module.children.allTests()]);
  const suites = testModules.flatMap((module) => [...module.children.allSuites()]);
  const failed = tests.filter((test) => test.result().state === "failed");
  const errors = failed.flatMap((test) => test.result().errors);
  const broken = [
    ...testModules.flatMap((module) => module.errors()),
    ...suites.flatMap((suite) => suite.errors()),
    ...unhandledErrors,
    // Code that cannot run at all makes every test fail, whatever it is about.
    ...errors.filter(({ name }) => name === "ReferenceError"),
  ];
  return { passed: tests.filter((test) => test.result().state === "passed"), failed, broken };
}

const isLate = (test) => test.result().errors.every(({ message }) => message.startsWith("Test timed out"));

/** Runs the copy's tests in one vitest, so that the database is started and the packages are read once. */
class Proof {
  #place;
  #vitest;
  /** Tests that took long even with every rule in place. */
  #slow = new Set();

  constructor(place, vitest) {
    this.#place = place;
    this.#vitest = vitest;
  }

  static async open(place) {
    const vitest = await createVitest("test", {
      root: place,
      config: join(place, "vitest.config.ts"),
      watch: false,
      maxWorkers: 2,
      bail: 1,
      reporters: [{}],
    });
    await vitest.standalone();
    return new Proof(place, vitest);
  }

  /** Runs test files; `named` leaves only those tests whose names it matches. */
  async run(files, named, limitMs = RULE_MS) {
    const wanted = files.map((file) => join(this.#place, file));
    const all = await this.#vitest.globTestSpecifications(wanted);
    const specifications = all.filter(({ moduleId }) => wanted.includes(moduleId));
    if (specifications.length !== wanted.length) throw new Error(`no such test file among ${files.join(", ")}`);
    if (named === undefined) this.#vitest.resetGlobalTestNamePattern();
    else this.#vitest.setGlobalTestNamePattern(named);
    const { promise: late, reject } = Promise.withResolvers();
    const deadline = setTimeout(() => reject(new Error(`no end within ${limitMs / 1000} s`)), limitMs);
    try {
      return outcomeOf(await Promise.race([this.#vitest.runTestSpecifications(specifications), late]), wanted);
    } finally {
      clearTimeout(deadline);
    }
  }

  /** The name of a test that fails without the rule. */
  async nameOfRed(rule) {
    const file = join(this.#place, rule.file);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, textWithout(rule, text));
    this.#vitest.invalidateFile(file);
    try {
      const { failed, broken } = await this.run(rule.tests, rule.named);
      if (broken.length > 0) throw new Error(`the edit breaks the code: ${broken[0].message ?? broken[0]}`);
      if (failed.length === 0) throw new Error("no test failed without it");
      const red = failed.find((test) => !isLate(test) || !this.#slow.has(test.fullName));
      if (red === undefined) throw new Error(`it only took long: ${failed[0].fullName}`);
      return red.name;
    } finally {
      writeFileSync(file, text);
      this.#vitest.invalidateFile(file);
    }
  }

  noteSlow(tests) {
    for (const test of tests) if (test.diagnostic().duration > SLOW_MS) this.#slow.add(test.fullName);
  }

  /** From now on tests fail that take longer than {@link TEST_MS}. */
  limitTests() {
    for (const { config } of this.#vitest.projects)
      Object.assign(config, { testTimeout: TEST_MS, hookTimeout: TEST_MS });
  }

  close() {
    return this.#vitest.close();
  }
}

const seconds = (startedAt) => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`;

/** Runs a step, prints its line, and counts it. */
async function step(totals, name, work) {
  const startedAt = performance.now();
  try {
    const said = await work();
    totals.passed++;
    process.stdout.write(`ok      ${seconds(startedAt)}  ${name} ← ${said}\n`);
  } catch (error) {
    totals.failed++;
    process.stdout.write(`FAILED  ${seconds(startedAt)}  ${name}: ${error.message}\n`);
  }
}

/** The tests as they are must pass, or what fails later says nothing. Those that are chosen by name run by themselves. */
async function unchanged(proof, rules) {
  const named = rules.filter(({ named }) => named !== undefined);
  const whole = rules.filter(({ named }) => named === undefined);
  const names = named.length > 0 ? new RegExp(named.map(({ named }) => named.source).join("|")) : undefined;
  for (const [group, pattern] of [
    [whole, undefined],
    [named, names],
  ]) {
    const files = [...new Set(group.flatMap(({ tests }) => tests))];
    if (files.length === 0) continue;
    const { passed, failed, broken } = await proof.run(files, pattern, ALL_MS);
    const first = broken[0]?.message ?? failed[0]?.fullName;
    if (first !== undefined) throw new Error(`they fail even with every rule in place: ${first}`);
    for (const { rule, named = /^/ } of group) {
      if (!passed.some(({ fullName }) => named.test(fullName.replaceAll(" > ", " "))))
        throw new Error(`${rule}: no test is named ${named}`);
    }
    proof.noteSlow(passed);
  }
  return `${new Set(rules.flatMap(({ tests }) => tests)).size} files`;
}

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const rules = safetyRules.filter(
  ({ rule }) => words.length === 0 || words.some((word) => rule.toLowerCase().includes(word)),
);
if (rules.length === 0) throw new Error(`no rule is named like ${words.join(" or ")}`);

const totals = { passed: 0, failed: 0, skipped: 0 };
const folder = realpathSync(mkdtempSync(join(tmpdir(), "cordboard-safety-")));
const place = join(folder, "tree");
const clear = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
// Tests that fail leave things behind. The database's account must be able to pass through.
chmodSync(folder, 0o711);
process.env.TMPDIR = join(folder, "tmp");
mkdirSync(process.env.TMPDIR, { mode: 0o711 });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    clear();
    process.exit(1);
  });
}
try {
  copyTree(place);
  process.chdir(place);
  const proof = await Proof.open(place);
  await step(totals, "the tests as they are", () => unchanged(proof, rules));
  proof.limitTests();
  if (totals.failed === 0) for (const rule of rules) await step(totals, rule.rule, () => proof.nameOfRed(rule));
  await proof.close();
} finally {
  process.chdir(ROOT);
  clear();
  addToTally("safety rules", totals);
  process.stdout.write(`\nsafety rules: ${tallyText(totals)}\n`);
}
// Workers of a run that was given up would keep the process.
process.exit(totals.failed === 0 ? 0 : 1);
