import { expect, test } from "vitest";
import { createLog } from "./log.ts";

/** The fields of each line that was logged. */
function logged(happen: (log: ReturnType<typeof createLog>) => void): readonly Readonly<Record<string, unknown>>[] {
  const lines: string[] = [];
  happen(createLog({ logLevel: "info", logFormat: "json" }, { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

test("a line has its level by name, its time, its message and its fields", () => {
  const [line] = logged((log) => log.info("a call has ended", { call: "call_1" }));
  expect(line).toEqual({ level: "info", time: expect.stringMatching(/Z$/), msg: "a call has ended", call: "call_1" });
});

test("what is below the level is left out", () => {
  expect(logged((log) => log.debug("details"))).toEqual([]);
});

test("passwords, tokens and credentials are hidden, also one step inside", () => {
  const secrets = { password: "hunter2", token: "cb_abc" };
  const lines = logged((log) => log.warn("odd", { ...secrets, authorization: "Bearer cb_abc", login: secrets }));
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toMatch(/hunter2|cb_abc/);
  expect(lines[0]).toMatchObject({ password: "(hidden)", login: { token: "(hidden)" } });
});

test("and those deeper inside, in lists and in faults", () => {
  const fault = Object.assign(new Error("refused"), { password: "hunter2", client: { token: "cb_abc" } });
  const fields = { tried: [{ account: { password: "hunter2" } }, "text"], fault };
  const [line] = logged((log) => log.error("odd", fields));
  expect(JSON.stringify(line)).not.toMatch(/hunter2|cb_abc/);
  expect(line).toMatchObject({ tried: [{ account: { password: "(hidden)" } }, "text"], fault: { message: "refused" } });
  expect(fields.tried).toEqual([{ account: { password: "hunter2" } }, "text"]);
});

test("a fault is told with its causes", () => {
  const fault = new Error("not started", { cause: new Error("no port") });
  const [line] = logged((log) => log.error("a fault", { fault }));
  expect(line).toMatchObject({ fault: { message: "not started", cause: { message: "no port" } } });
});
