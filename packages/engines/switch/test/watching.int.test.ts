import { instant, seconds } from "@cordboard/kernel";
import type { WatchedSubscription } from "@cordboard/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { home, other, userAt } from "./house.ts";
import type { Phone } from "./phone.ts";
import { WatchedOffice } from "./watched-office.ts";

let office: WatchedOffice;
beforeEach(async () => {
  office = await WatchedOffice.open();
});
afterEach(() => office.close());

const phone = async (extension: string): Promise<Phone> => (await office.scene.registered(extension)).phone;
const last = ({ notices }: WatchedSubscription): string => notices.at(-1)?.body ?? "";
const statusOf = ({ answer }: WatchedSubscription): number => answer.status;

/** What a dialog document says: direction, state, and the other side. */
const lamps = ({ notices }: WatchedSubscription): readonly string[] =>
  notices.map(({ body }) => {
    const direction = /direction="(\w+)"/.exec(body)?.[1];
    const state = /<state>(\w+)<\/state>/.exec(body)?.[1];
    const remote = /<remote><identity[^>]*>sip:([^@<]+)@/.exec(body)?.[1];
    return state === "terminated" ? "idle" : [direction, state, remote].filter(Boolean).join(" ");
  });

describe("the lamp of a colleague (RFC 4235)", () => {
  test("follows its calls from ringing over talking and hold to idle, with rising versions", async () => {
    const [ann, bob] = [await phone("101"), await phone("102")];
    const [callee, caller] = [await office.watch("dialog", "102"), await office.watch("dialog", "101")];
    const call = ann.dial("102");
    await office.pass(1000);
    bob.incoming.at(-1)?.progress(180);
    await office.pass(1000);
    bob.pickUp();
    await office.pass(2000);
    await call.dialog?.reinvite({ body: ann.offer("sendonly") });
    await office.pass(2000);
    expect(last(caller)).toContain('<param pname="+sip.rendering" pval="no"/>');
    await call.dialog?.bye();
    await office.pass(2000);
    expect(lamps(callee)).toEqual(["idle", "recipient early 101", "recipient confirmed 101", "idle"]);
    expect(lamps(caller)).toEqual([
      "idle",
      // Where a call goes is shown to colleagues once it is clear that it stays in the house.
      "initiator trying",
      "initiator early 102",
      "initiator confirmed 102",
      "initiator confirmed 102",
      "idle",
    ]);
    const versions = caller.notices.map(({ body }) => /version="(\d+)" state="full"/.exec(body)?.[1]);
    expect(versions).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(last(callee)).toContain(`entity="sip:102@${home.domain}"`);
  });

  test("shows nobody outside to colleagues, and all to who is watched", async () => {
    office.scene.house.addTrunk("10.9.9.9:5060");
    const ann = await phone("101");
    const [colleague, own] = [await office.watch("dialog", "101"), await office.watch("dialog", "101", "101")];
    ann.dial("0039045555");
    await office.pass(2000);
    expect([lamps(colleague).at(-1), lamps(own).at(-1)]).toEqual(["initiator trying", "initiator trying 0039045555"]);
  });

  test("of a place where calls wait is on as long as one waits there", async () => {
    office.scene.house.served.push({ tenant: home.id, number: "9011", kind: "park" });
    const place = await office.watch("dialog", "9011");
    const [ann, bob] = [await phone("101"), await phone("102")];
    const call = ann.dial("102");
    await office.pass(100);
    bob.pickUp();
    await office.pass(100);
    await office.office.command(office.office.leg("102"), { type: "park", number: "9011" });
    await office.pass(1000);
    await call.dialog?.bye();
    await office.pass(1000);
    expect(lamps(place)).toEqual(["idle", "recipient confirmed", "idle"]);
  });

  test("of a conference room is on as long as somebody is in it", async () => {
    office.scene.house.served.push({ tenant: home.id, number: "9002", kind: "conference" });
    const room = await office.watch("dialog", "9002");
    const call = (await phone("101")).dial("9002");
    await office.pass(1000);
    await call.dialog?.bye();
    await office.pass(1000);
    expect(lamps(room)).toEqual(["idle", "recipient confirmed", "idle"]);
  });

  test("tells of many changes in a second as one, the last", async () => {
    const ann = await phone("101");
    const watch = await office.watch("dialog", "101");
    for (let round = 0; round < 5; round++) {
      const call = ann.dial("9000");
      await office.pass(50);
      call.call.cancel();
      await office.pass(50);
    }
    await office.pass(3000);
    expect(watch.notices.length).toBeLessThanOrEqual(3);
    expect(lamps(watch).at(-1)).toBe("idle");
  });
});

describe("how a colleague is (RFC 3856)", () => {
  const shown = (watch: WatchedSubscription): string =>
    `${/<basic>(\w+)/.exec(last(watch))?.[1]} ${/<rpid:activities><rpid:([\w-]+)/.exec(last(watch))?.[1] ?? ""}`.trim();

  test("is told from registration to call, word and time, as the live stream has it", async () => {
    const watch = await office.watch("presence", "101");
    expect(shown(watch)).toBe("closed");
    const ann = await phone("101");
    await office.pass(1000);
    expect(shown(watch)).toBe("open");
    const until = instant(office.scene.clock.now() + 5_000);
    await office.statuses.say(home.id, userAt("101").id, { status: "away", text: "lunch & rest", until });
    await office.pass(1100);
    expect(shown(watch)).toBe("open away");
    expect(last(watch)).toContain("<note>lunch &amp; rest</note>");
    await office.pass(6000);
    expect(shown(watch)).toBe("open");
    await office.statuses.say(home.id, userAt("101").id, { status: "do-not-disturb", text: "", until: null });
    await office.pass(1100);
    expect(shown(watch)).toBe("closed busy");
    await ann.registration?.unregister();
    await office.pass(1100);
    await office.statuses.say(home.id, userAt("101").id, null);
    await office.pass(1100);
    expect(shown(watch)).toBe("closed");
  });

  test("is open and on the phone while it talks", async () => {
    office.scene.house.served.push({ tenant: home.id, number: "9000", kind: "echo" });
    const ann = await phone("101");
    const watch = await office.watch("presence", "101");
    const call = ann.dial("9000");
    await office.pass(1100);
    expect(shown(watch)).toBe("open on-the-phone");
    await call.dialog?.bye();
    await office.pass(1100);
    expect(shown(watch)).toBe("open");
  });
});

describe("a mailbox (RFC 3842)", () => {
  test("is told to its owner, also at the number where messages are heard, and to nobody else", async () => {
    office.scene.house.served.push({ tenant: home.id, number: "9003", kind: "voicemail" });
    const [own, byService] = [
      await office.watch("message-summary", "101", "101"),
      await office.watch("message-summary", "9003", "101"),
    ];
    const account = `Message-Account: sip:9003@${home.domain}\r\n`;
    expect(last(own)).toBe(`Messages-Waiting: no\r\n${account}Voice-Message: 0/0 (0/0)\r\n`);
    office.fill("101", 2, 1);
    await office.pass(1100);
    for (const each of [own, byService])
      expect(last(each)).toBe(`Messages-Waiting: yes\r\n${account}Voice-Message: 2/1 (0/0)\r\n`);
    expect(statusOf(await office.watch("message-summary", "101", "102"))).toBe(404);
  });
});

describe("where a user is registered (RFC 3680)", () => {
  test("is told to that user alone", async () => {
    const own = await office.watch("reg", "101", "101");
    expect(last(own)).toContain('state="init"');
    const ann = await phone("101");
    await office.pass(1100);
    expect(last(own)).toContain("<uri>sip:101@10.0.1.1:6000");
    expect(last(own)).toContain('state="active"');
    await ann.registration?.unregister();
    await office.pass(1100);
    expect(last(own)).not.toContain("<contact");
    expect(statusOf(await office.watch("reg", "101", "102"))).toBe(404);
  });
});

describe("who asks", () => {
  test.each([
    ["a number that nobody has", `sip:199@${home.domain}`],
    ["a number of another tenant", `sip:201@${home.domain}`],
    ["another tenant by its domain", `sip:101@${other.domain}`],
    ["no number", `sip:${home.domain}`],
  ])("for %s hears 404, for each package", async (_what, uri) => {
    const watcher = await office.watcher("101");
    for (const event of ["dialog", "presence", "message-summary", "reg"])
      expect(statusOf(await watcher.subscribe(event, uri))).toBe(404);
  });

  test("without a proof is challenged, and with a wrong one again; nothing is told", async () => {
    const uri = `sip:102@${home.domain}`;
    const watcher = await office.watcher("101", { password: "wrong" });
    for (const isUnproven of [true, false]) {
      const refused = await watcher.subscribe("dialog", uri, { isUnproven });
      expect(refused.answer.headers.get("WWW-Authenticate")).toContain(`realm="${home.realm}"`);
      expect([statusOf(refused), refused.notices.length]).toEqual([401, 0]);
    }
    expect(office.scene.sip.describe().sip.subscriptions).toBe(0);
  });

  test("with credentials of another tenant is somebody with a wrong password", async () => {
    const watcher = await office.watcher("201", { domain: home.domain });
    expect(statusOf(await watcher.subscribe("dialog", `sip:102@${home.domain}`))).toBe(401);
  });

  test.each([
    ["another package", { Event: "conference" }, 489, ["Allow-Events", "dialog, presence, message-summary, reg"]],
    ["too short a time", { Expires: "59" }, 423, ["Min-Expires", "60"]],
    ["other bodies", { Accept: "text/html" }, 406, ["Expires", undefined]],
    ["a very long time", { Expires: "999999" }, 200, ["Expires", "3600"]],
  ] as const)("for %s", async (_what, headers, status, [name, value]) => {
    const { answer } = await office.watch("dialog", "102", "101", headers);
    expect([answer.status, answer.headers.get(name)]).toEqual([status, value]);
  });

  test("once hears once, prolongs, and ends it", async () => {
    const once = await office.watch("dialog", "102", "101", { Expires: "0" });
    expect(once.notices.map(({ state }) => state)).toEqual(["terminated timeout"]);
    const watch = await office.watch("dialog", "102");
    expect((await watch.prolong(600)).status).toBe(200);
    await office.pass(1100);
    expect((await watch.prolong(0)).status).toBe(200);
    await office.pass(1100);
    expect(watch.notices.map(({ state }) => state)).toEqual(["active", "active", "terminated timeout"]);
    expect(office.scene.sip.describe().sip.subscriptions).toBe(0);
  });
});

test("a watcher that is gone, or has lost its memory, is forgotten at the first word that it does not take", async () => {
  const [lost, gone] = [await office.watch("dialog", "102"), await office.watch("dialog", "102", "104")];
  lost.answersWith(481);
  gone.answersWith("nothing");
  const ann = await phone("101");
  const bob = await phone("102");
  ann.dial("102");
  await office.pass(100);
  bob.incoming.at(-1)?.progress(180);
  await office.pass(1000);
  expect(office.scene.sip.describe().sip.subscriptions).toBe(1);
  await office.pass(40_000);
  expect(office.scene.sip.describe().sip.subscriptions).toBe(0);
});

test("each user may watch so much, and no more, whoever else watches", async () => {
  const small = await WatchedOffice.open({ subscriptions: { mostOfWatcher: 2, most: 3 } });
  const statuses: number[] = [];
  for (const by of ["103", "103", "103", "104", "104"]) statuses.push(statusOf(await small.watch("dialog", "102", by)));
  expect(statuses).toEqual([200, 200, 403, 200, 503]);
  await small.close();
});

test("when a user goes, who watches it is told so, and what it watched itself ends", async () => {
  const { house } = office.scene;
  const [of, by] = [await office.watch("presence", "104"), await office.watch("dialog", "102", "104")];
  office.office.bus.publish(home.id, "config.changed.v1", { kind: "user", id: house.remove("104") });
  await office.pass(1100);
  expect([of, by].map(({ notices }) => notices.at(-1)?.state)).toEqual([
    "terminated noresource",
    "terminated noresource",
  ]);
});

test("when the switch closes, watchers are told to come again", async () => {
  const watch = await office.watch("dialog", "102");
  await office.close();
  expect(watch.notices.at(-1)?.state).toBe("terminated deactivated");
  office = await WatchedOffice.open();
});

describe("a phone that has not subscribed", () => {
  const told = ({ agent }: Phone): string[] => {
    const heard: string[] = [];
    agent.handle("NOTIFY", (incoming) => {
      heard.push(new TextDecoder().decode(incoming.request.body));
      incoming.respond(200);
    });
    return heard;
  };

  test("is told of its user's mailbox when that changes, the last of many", async () => {
    const heard = told(await phone("101"));
    office.fill("101", 1);
    office.fill("101", 3);
    await office.pass(1100);
    expect(heard).toEqual(["Messages-Waiting: yes\r\nVoice-Message: 3/0 (0/0)\r\n"]);
    office.fill("101", 0, 3);
    await office.pass(1100);
    expect(heard.at(-1)).toContain("Messages-Waiting: no");
  });

  test("is told when it comes and there is something new, and else is not", async () => {
    office.fill("101", 1);
    office.fill("102", 0, 1);
    await office.pass(1100);
    const [ann, bob] = [told(await phone("101")), told(await phone("102"))];
    await office.pass(2000);
    expect([ann.length, bob.length]).toEqual([1, 0]);
  });

  test("and refuses is not asked again until it comes anew", async () => {
    const sent = (): number => office.scene.network.sent.filter((line) => line.startsWith("NOTIFY")).length;
    const ann = await phone("101");
    office.fill("101", 1);
    await office.pass(1100);
    office.fill("101", 2);
    await office.pass(1100);
    expect(sent()).toBe(1);
    await ann.registration?.unregister();
    await office.pass(100);
    expect((await ann.register()).ok).toBe(true);
    await office.pass(1100);
    expect(sent()).toBe(2);
  });

  test("is left alone when one of its address has subscribed", async () => {
    const { network } = office.scene;
    await office.scene.registered("101");
    const watcher = await office.watcher("101", { port: 7777 });
    await watcher.send("REGISTER", `sip:${home.domain}`, { headers: { Expires: "600" } });
    const watch = await watcher.subscribe("message-summary", `sip:101@${home.domain}`);
    await office.pass(seconds(2));
    office.fill("101", 1);
    await office.pass(2000);
    const unasked = network.messages.filter(
      (text) => text.startsWith("NOTIFY") && text.includes("Subscription-State: active\r\n"),
    );
    expect(unasked.map((text) => /^NOTIFY sip:101@([\d.:]+)/.exec(text)?.[1])).toEqual(["10.0.1.1:6000"]);
    expect(last(watch)).toContain("Voice-Message: 1/0");
  });
});
