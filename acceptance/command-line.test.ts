import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "./ask.ts";
import { cordboard, cordboardJson } from "./command.ts";
import { scriptedPhone } from "./company.ts";
import type { Server } from "./server.ts";
import { launchServer, startServer } from "./server.ts";
import { within } from "./until.ts";
import { withServer } from "./with-server.ts";

interface User {
  readonly extension: string;
}
interface Key {
  readonly id: string;
  readonly key?: string;
}

const extensions = async (data: string): Promise<readonly string[]> =>
  (await cordboardJson<readonly User[]>(data, ["user", "list"])).map(({ extension }) => extension);
const keys = async (data: string): Promise<readonly string[]> =>
  (await cordboardJson<readonly Key[]>(data, ["key", "list"])).map(({ id }) => id);

describe("while a server runs", () => {
  const server = withServer();
  const dial = async (key: string, extension: string): Promise<string> => {
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const body = JSON.stringify({ extension, phonenumber: extension });
    const { status, text } = await ask(`${server().addresses.http}/dialer/call`, { headers, body });
    return `${status} ${text}`;
  };

  /** Gives the number to somebody else, whose phone registers, and calls it: how many phones ring. */
  async function phonesOfNextOwner(data: string, extension: string): Promise<number> {
    const words = ["user", "add", extension, "--name", "Next"];
    const { sipPassword } = await cordboardJson<{ readonly sipPassword: string }>(data, words);
    const { key = "" } = await cordboardJson<Key>(data, ["key", "create"]);
    const phone = await scriptedPhone(server(), extension, { password: sipPassword, domain: "localhost" });
    try {
      expect(await dial(key, extension)).toContain("200");
      await phone.nextCall();
      return (await server().health()).legs;
    } finally {
      await phone.close();
    }
  }

  test("a user is there at once, with passwords shown once, and gone at once, with its phone", async () => {
    const { data } = server();
    const made = await cordboardJson<{ readonly sipPassword: string; readonly webPassword: string }>(data, [
      ...["user", "add", "201", "--name", "Ada Lindqvist"],
    ]);
    expect(made).toMatchObject({ user: { extension: "201", name: "Ada Lindqvist", role: "user", mobile: null } });
    const phone = await scriptedPhone(server(), "201", { password: made.sipPassword, domain: "localhost" });
    try {
      expect((await server().health()).registrations).toBe(1);
      expect(await extensions(data)).toEqual(["201", "admin"]);
      const again = await cordboard(data, ["user", "add", "201", "--name", "Another"]);
      expect(again).toEqual({
        code: 1,
        text: "cordboard: 201 is taken; choose another number, or remove who has it first",
      });
      expect(await cordboard(data, ["user", "remove", "201"])).toEqual({ code: 0, text: "user 201 removed" });
      expect(await extensions(data)).toEqual(["admin"]);
      expect((await server().health()).registrations).toBe(0);
      expect(await phonesOfNextOwner(data, "201")).toBe(1);
      await cordboard(data, ["user", "remove", "201"]);
      const gone = await cordboard(data, ["user", "remove", "201"]);
      expect(gone).toEqual({ code: 1, text: "cordboard: there is no user 201" });
    } finally {
      await phone.close();
    }
  });

  test("a key is good at once and ends at once, and its text is kept nowhere", async () => {
    const { data } = server();
    await cordboardJson(data, ["user", "add", "202", "--name", "Bruno Conti"]);
    const { id, key = "" } = await cordboardJson<Key>(data, ["key", "create", "--name", "crm"]);
    expect(key).toMatch(/^cb_\w{32}$/);
    expect(await dial(key, "202")).toBe('400 {"message":"no devices"}');
    const listed = await cordboard(data, ["key", "list"]);
    expect(listed.text).toContain(id);
    expect(listed.text).not.toContain(key);
    expect(await cordboard(data, ["key", "revoke", id])).toEqual({ code: 0, text: `key ${id} revoked` });
    expect(await dial(key, "202")).toContain("403");
    expect(await keys(data)).not.toContain(id);
  });

  test("calls can be listed, newest first, as rows", async () => {
    const { data } = server();
    const options = ["--sip-password", "one-two-three"];
    for (const extension of ["203", "204"])
      await cordboard(data, ["user", "add", extension, "--name", "X", ...options]);
    const account = { password: "one-two-three", domain: "localhost" };
    const callee = await scriptedPhone(server(), "204", { ...account, answer: "auto" });
    const caller = await scriptedPhone(server(), "203", account);
    try {
      for (const number of ["204", "999"]) {
        const call = caller.call(number);
        if (number === "204") {
          await call.answered();
          await call.hangUp();
        }
        await call.ended();
      }
      await server().backToZero();
      const rows = await cordboardJson<readonly object[]>(data, ["history", "--extension", "203"]);
      expect(rows).toMatchObject([
        { src: "203", dst: "999", disposition: "FAILED", billsec: 0, lastapp: "dial" },
        { src: "203", dst: "204", disposition: "ANSWERED", ended_by: "caller", cause: 16, lastapp: "dial" },
      ]);
      expect(await cordboardJson(data, ["history", "--extension", "204"])).toHaveLength(1);
      expect(await cordboardJson(data, ["history", "--count", "1"])).toHaveLength(1);
    } finally {
      await caller.close();
      await callee.close();
    }
  });

  test("cert shows what the server shows", async () => {
    const { data, ready } = server();
    const shown = await cordboardJson<{ readonly fingerprint: string; readonly authority: string }>(data, ["cert"]);
    expect(shown.fingerprint).toBe(ready["fingerprint"]);
    expect(await readFile(shown.authority, "utf8")).toBe((await ask(`${server().addresses.http}/ca.pem`)).text);
  });

  test("check says who holds the ports", async () => {
    const { code, text } = await cordboard(server().data, ["check"]);
    expect(text).toContain("a server runs on this data folder and holds them");
    expect(code).toBe(0);
  });

  test("the way to it is open to its owner alone", async () => {
    expect((await stat(join(server().data, "admin.sock"))).mode & 0o777).toBe(0o600);
  });

  test("a second start on its folder is refused by name, and does not disturb it", async () => {
    const second = launchServer(server().data);
    expect(await within("the end of the second start", 30_000, second.ended)).toMatchObject({ code: 1 });
    expect(second.said.join("\n")).toMatch(
      new RegExp(`not started: .*${server().child.pid}.*\\(data-folder-locked\\)`),
    );
    expect((await server().health()).status).toBe("ok");
  });
});

describe("while none runs", () => {
  let folder: TestFolder;
  let data: string;
  beforeAll(async () => {
    folder = await makeTestFolder();
    data = join(folder.path, "data");
  });
  afterAll(() => folder.remove());

  test("users, keys and the certificate are made on the folder itself, and a server finds them", async () => {
    await cordboardJson(data, ["user", "add", "201", "--name", "Ada Lindqvist"]);
    const { id } = await cordboardJson<Key>(data, ["key", "create", "--extension", "201", "--rate", "10"]);
    expect(await extensions(data)).toContain("201");
    expect(await keys(data)).toEqual([id]);
    expect(await cordboardJson(data, ["history"])).toEqual([]);
    const { fingerprint } = await cordboardJson<{ readonly fingerprint: string }>(data, ["cert"]);
    const server: Server = await startServer({ data });
    try {
      expect(server.ready["fingerprint"]).toBe(fingerprint);
      expect(await extensions(data)).toEqual(["201", "admin"]);
      expect(await keys(data)).toEqual([id]);
    } finally {
      expect(await server.stop()).toEqual({ code: 0, signal: null });
    }
  });

  test("check finds the ports free, or says which is taken", async () => {
    expect((await cordboard(data, ["check"])).code).toBe(0);
    const other = await startServer();
    try {
      const port = new URL(other.addresses.http).port;
      const { code, text } = await cordboard(data, ["check"], { CORDBOARD_HTTP_PORT: port });
      expect(code).toBe(1);
      expect(text).toMatch(new RegExp(`^FAILED +HTTP port ${port} on 127\\.0\\.0\\.1: .*EADDRINUSE`, "m"));
    } finally {
      await other.stop();
    }
  });
});

describe("wrong settings", () => {
  const wrong = {
    CORDBOARD_HTTP_PORT: "70000",
    CORDBOARD_RTP_PORTS: "1-2",
    CORDBOARD_PLAIN_HTTP: "yes",
    CORDBOARD_PUBLIC_URL: "phones.example.com",
    CORDBOARD_HTP_PORT: "8080",
  };

  test.each([["start"], ["demo"], ["check"], ["user list"]])(
    "%s names all of them at once and ends with 2",
    async (words) => {
      const folder = await makeTestFolder();
      try {
        await mkdir(join(folder.path, "data"));
        await writeFile(join(folder.path, "data", "cordboard.json"), '{"CORDBOARD_MEDIA":"magic"}');
        const { code, text } = await cordboard(join(folder.path, "data"), words.split(" "), wrong);
        expect(code).toBe(2);
        expect(text.split("\n")).toHaveLength(6);
        for (const name of [...Object.keys(wrong), "CORDBOARD_MEDIA"]) expect(text).toContain(`cordboard: ${name} `);
        expect(text).toContain("did you mean CORDBOARD_HTTP_PORT?");
      } finally {
        await folder.remove();
      }
    },
  );

  test("an unknown command and a missing word are told, with where to look", async () => {
    const folder = await makeTestFolder();
    try {
      const unknown = await cordboard(folder.path, ["strat"]);
      expect(unknown.code).toBe(1);
      expect(unknown.text).toMatch(/unknown command 'strat'[\s\S]*start/);
      const nameless = await cordboard(folder.path, ["user", "add", "201"]);
      expect(nameless.code).toBe(1);
      expect(nameless.text).toContain("--name");
    } finally {
      await folder.remove();
    }
  });
});
