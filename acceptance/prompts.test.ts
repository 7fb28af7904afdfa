import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ms } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cordboard, cordboardJson } from "./command.ts";
import { scriptedPhone } from "./company.ts";
import { toneFile } from "./own-prompts.ts";
import { withServer } from "./with-server.ts";

interface Prompt {
  readonly prompt: string;
  readonly language: string;
  readonly lasted: number | null;
  readonly file: string | null;
}

const OWN_HZ = 1_900;
/** What is not heard by then is not said. */
const SHORT = ms(4_000);
const server = withServer({ as: "demo" });
let folder: TestFolder;
let phone: Phone;
beforeAll(async () => {
  folder = await makeTestFolder();
  phone = await scriptedPhone(server(), "101");
});
afterAll(async () => {
  await phone.close();
  await folder.remove();
});

const file = async (name: string, bytes: Uint8Array | string): Promise<string> => {
  await writeFile(join(folder.path, name), bytes);
  return join(folder.path, name);
};
const own = async (): Promise<readonly Prompt[]> =>
  (await cordboardJson<readonly Prompt[]>(server().data, ["prompts", "list"])).filter(
    ({ file: path }) => path !== null,
  );

test("a prompt in an own voice is heard from the next call on, also in one that is up, until the house's is back", async () => {
  const { data } = server();
  const tone = await file("tone.wav", toneFile(OWN_HZ, 2_000));
  // Nothing is in the mailbox: first it says so, and then what can be done.
  const menu = phone.call("9003");
  await menu.answered();
  const set = await cordboard(data, ["prompts", "set", "main-menu", tone]);
  expect(set).toEqual({ code: 0, text: "main-menu (en) is an own one now, 2 s" });
  // Any digit has it said again.
  await menu.sendDigits("5");
  await menu.hears(OWN_HZ);
  await menu.hangUp();
  expect(await own()).toMatchObject([{ prompt: "main-menu", language: "en", lasted: 2 }]);
  const list = await cordboard(data, ["prompts", "list"]);
  expect(list.text).toMatch(/^main-menu +en +own +2 +\/.*main-menu\.wav$/m);
  expect(list.text).toMatch(/^goodbye +en +the house's/m);

  const reset = await cordboard(data, ["prompts", "reset", "main-menu"]);
  expect(reset).toEqual({ code: 0, text: "main-menu (en) is the house's" });
  expect(await own()).toEqual([]);
  const again = phone.call("9003");
  await again.answered();
  await again.sendDigits("5");
  await expect(again.hears(OWN_HZ, { within: SHORT })).rejects.toThrow("in vain");
  await again.hangUp();
  await server().backToZero();
});

test("one for another language is kept for that", async () => {
  const { data } = server();
  const tone = await file("tone.wav", toneFile(OWN_HZ, 1_000));
  await cordboardJson(data, ["prompts", "set", "goodbye", tone, "--language", "de"]);
  expect(await own()).toMatchObject([{ prompt: "goodbye", language: "de", lasted: 1 }]);
  await cordboardJson(data, ["prompts", "reset", "goodbye", "--language", "de"]);
});

test("what is no prompt, no sound for a telephone, too long or too large is refused with what to do", async () => {
  const { data } = server();
  const refusal = async (...words: readonly string[]): Promise<string> => {
    const { code, text } = await cordboard(data, ["prompts", "set", ...words]);
    expect(code).not.toBe(0);
    return text;
  };
  const tone = await file("tone.wav", toneFile(OWN_HZ, 1_000));
  expect(await refusal("hello", tone)).toContain("prompts list shows those that there are");
  expect(await refusal("goodbye", tone, "--language", "../en")).toContain("two to eight small letters");
  expect(await refusal("goodbye", await file("notes.txt", "no sound"))).toContain("sox <file> -r 8000");
  expect(await refusal("goodbye", await file("long.wav", toneFile(OWN_HZ, 61_000)))).toContain("60 s are the most");
  expect(await refusal("goodbye", await file("large.wav", new Uint8Array(2 ** 21 + 1)))).toContain("larger than 2 MiB");
  expect(await refusal("goodbye", join(folder.path, "none.wav"))).toContain("It cannot be read");
  expect(await own()).toEqual([]);
});
