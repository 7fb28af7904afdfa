import { isToneHeard } from "@cordboard/sound";
import { beforeAll, describe, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { scriptedPhone, withoutVoicemail } from "./company.ts";
import { withEnsemble } from "./ensemble.ts";
import { peer } from "./peers.ts";
import { withServer } from "./with-server.ts";

/** What the one who waits hears while the next phone rings. */
const RINGBACK_HZ = 425;

describe("a talk is sent on to a number", () => {
  const program = peer("baresip");
  const server = withServer({ as: "demo" });
  const all = withEnsemble(program, server, { ada: "101", bruno: "102", chiara: "103" });
  beforeAll(() => withoutVoicemail(server(), "102", "103", "104"));

  const byPhone = (name: string, number: string): Promise<unknown> =>
    all.phone(name).command("transfer", `sip:${number}@demo.localhost`);
  const byCommand = (name: string, number: string): Promise<unknown> => all.tell(name, { type: "transfer", number });
  const ways = { "by its phone": byPhone, "by command": byCommand } as const;
  const each = Object.entries(ways);
  const talk = async (): Promise<void> => {
    await all.calls("ada", "bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
  };
  /** Whom a phone showed when it last rang. */
  const shownAt = (name: string) => all.phone(name).events.findLast(({ type }) => type === "CALL_INCOMING");
  const adaCalls = { peeruri: "sip:101@demo.localhost", peerdisplayname: "Ada Lindqvist" };

  test.each(each)(
    "%s, by who was called: the caller's name rings there, and whoever takes it talks with the caller",
    async (_way, send) => {
      await talk();
      const ear = await all.phone("ada").listen();
      await all.isLeft("bruno", () => all.rings("chiara", () => send("bruno", "103")));
      expect(shownAt("chiara")).toMatchObject(adaCalls);
      expect(isToneHeard(await ear.heard(300), RINGBACK_HZ), "what Ada hears meanwhile").toBe(true);
      await all.takes("chiara");
      await all.hear({ ada: ["chiara"], chiara: ["ada"] });
      expect(await all.call("ada")).toMatchObject({ from: { number: "101" }, to: { number: "103" } });
      await all.isLeft("chiara", () => all.hangsUp("ada"));
    },
  );

  test.each(each)("%s, by who called: whom it called goes on to talk with another", async (_way, send) => {
    await talk();
    await all.isLeft("ada", () => all.rings("chiara", () => send("ada", "103")));
    expect(shownAt("chiara")).toMatchObject({ peeruri: "sip:102@demo.localhost", peerdisplayname: "Bruno Conti" });
    await all.takes("chiara");
    await all.hear({ bruno: ["chiara"], chiara: ["bruno"] });
    await all.isLeft("bruno", () => all.hangsUp("chiara"));
  });

  test.each(each)("%s, while it holds the talk: the hold is over with that", async (_way, send) => {
    await talk();
    await all.phone("bruno").command("hold");
    await all.hear({ ada: "music" });
    await all.rings("chiara", () => send("bruno", "103"));
    await all.takes("chiara");
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    await all.isLeft("chiara", () => all.hangsUp("ada"));
  });

  test.each(each)("%s, to what the server itself says there, and to a carrier", async (_way, send) => {
    await talk();
    await all.isLeft("bruno", () => send("bruno", "9001"));
    await all.hear({ ada: "music" });
    await all.hangsUp("ada");
    await talk();
    await all.isLeft("bruno", () => send("bruno", "0039055123456"));
    await all.hear({ ada: ["ada"] });
    await all.hangsUp("ada");
  });

  test.each(each)("%s, where nobody wants it: it rings again at who sent it on", async (_way, send) => {
    await talk();
    await all.isLeft("bruno", () => all.rings("chiara", () => send("bruno", "103")));
    await all.rings("bruno", () => all.hangsUp("chiara"));
    expect(shownAt("bruno")).toMatchObject(adaCalls);
    await all.takes("bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });

  test("where nobody wants it, and who sent it on wants it no more either: the one who waits hears that, and is let go", async () => {
    await talk();
    await all.isLeft("bruno", () => all.rings("chiara", () => byCommand("bruno", "103")));
    await all.rings("bruno", () => all.hangsUp("chiara"));
    const ear = await all.phone("ada").listen();
    await all.isLeft("ada", () => all.hangsUp("bruno"));
    expect(isToneHeard(await ear.soFar(), RINGBACK_HZ, { minShare: 0.4 }), "the tone before the end").toBe(true);
  });

  test("where it rings too long: it rings again at who sent it on", async () => {
    await administer(server().data, "user-reach", { extension: "103", ringSeconds: 5 });
    await talk();
    await all.isLeft("bruno", () => all.rings("chiara", () => byCommand("bruno", "103")));
    await all.rings("bruno", () => all.isLeft("chiara", async () => {}));
    await all.takes("bruno");
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });

  test.each(each)("%s, and the one who waits hangs up: it rings no more there", async (_way, send) => {
    await talk();
    await all.isLeft("bruno", () => all.rings("chiara", () => send("bruno", "103")));
    await all.isLeft("chiara", () => all.hangsUp("ada"));
  });

  test.each(each)("%s, where nobody is: the talk is given back", async (way, send) => {
    await talk();
    if (way === "by command") await expect(send("bruno", "104")).rejects.toMatchObject({ cause: { code: "not-now" } });
    // This phone hangs up when it hears that a transfer of its own has failed: the call comes back to it.
    else await all.takes("bruno", () => send("bruno", "104"));
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });

  test.each(each)("%s, where somebody is busy: the talk is given back", async (way, send) => {
    const daniel = await scriptedPhone(server(), "104", { answer: { does: "reject", status: 486 } });
    await talk();
    if (way === "by command") await send("bruno", "104");
    else await all.takes("bruno", () => send("bruno", "104"));
    await (await daniel.nextCall()).ended();
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    await daniel.close();
    await all.isLeft("ada", () => all.hangsUp("bruno"));
  });

  test("twice with the same order: once; and to no number at all: not", async () => {
    await talk();
    await expect(byCommand("bruno", "7777")).rejects.toMatchObject({ cause: { code: "invalid-number" } });
    await all.hear({ ada: ["bruno"], bruno: ["ada"] });
    const since = all.phone("chiara").events.length;
    const [leg] = await all.legs("bruno");
    await Promise.all([byCommand("bruno", "103"), byCommand("bruno", "103")]);
    await all.phone("chiara").event("CALL_INCOMING", { after: since });
    await all.takes("chiara");
    await all.hear({ ada: ["chiara"], chiara: ["ada"] });
    const rung = all
      .phone("chiara")
      .events.slice(since)
      .filter(({ type }) => type === "CALL_INCOMING");
    expect(rung, `once for ${leg}`).toHaveLength(1);
    await all.isLeft("chiara", () => all.hangsUp("ada"));
  });
});
