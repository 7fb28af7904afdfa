import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { IncomingSubscribe, NotifierLimits, SipRequest } from "../src/index.ts";
import { bodyText } from "../src/index.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

/** An agent that serves the package `mood`, and a watcher without a stack that answers every NOTIFY with 200. */
async function watching(limits: Partial<NotifierLimits> = {}) {
  const world = makeWorld();
  const agent = await world.agent(SERVER);
  const phone = await world.puppet("10.0.0.2");
  const asked: IncomingSubscribe[] = [];
  const moods = new Map([["bob", "calm"]]);
  /** From whom moods are kept. */
  const strangers = new Set<string>();
  const notifier = agent.notifier({
    event: "mood",
    contentType: "text/mood",
    onSubscribe: (incoming) => {
      asked.push(incoming);
      incoming.accept("bob", incoming.request.headers.get("Subject"));
    },
    state: (resource, version, watcher) =>
      strangers.has(watcher) ? undefined : `${version}:${moods.get(resource) ?? "unknown"}`,
    limits,
  });
  const notifies = (): readonly SipRequest[] => phone.requests("NOTIFY");
  let answered = 0;
  const run = async (time = 5): Promise<void> => {
    await world.clock.run(ms(Math.min(time, 5)));
    for (const each of notifies().slice(answered)) phone.respond(each, 200);
    answered = notifies().length;
    await world.clock.run(ms(Math.max(0, time - 5)));
  };
  const told = () => notifies().map((each) => [each.headers.get("Subscription-State"), bodyText(each)]);
  const subscribe = async (fields: Readonly<Record<string, string | null>> = {}): Promise<SipRequest | undefined> => {
    phone.request("SUBSCRIBE", { Event: "mood", Expires: "600", ...fields });
    await run();
    return notifies().at(-1);
  };
  /** The dialog of a subscription, as the watcher writes it. */
  const within = (number: number, fields: Readonly<Record<string, string>> = {}) => ({
    To:
      phone
        .responses()
        .find(({ status }) => status === 200)
        ?.headers.get("To") ?? "",
    CSeq: `${number} SUBSCRIBE`,
    ...fields,
  });
  const status = (): number | undefined => phone.statuses().at(-1);
  return { world, agent, phone, asked, moods, strangers, notifier, notifies, run, told, subscribe, within, status };
}

describe("a subscription (RFC 6665)", () => {
  test("is told the whole state at once, in a dialog of its own", async () => {
    const { subscribe, told, phone, notifies, agent, asked } = await watching();
    await subscribe();
    expect(asked[0]?.expiresSeconds).toBe(600);
    const [accepted] = phone.responses();
    expect([accepted?.status, accepted?.headers.get("Expires"), accepted?.headers.get("Allow-Events")]).toEqual([
      200,
      "600",
      "mood",
    ]);
    expect(accepted?.headers.get("Contact")).toBe(`<sip:${SERVER}:5060>`);
    expect(told()).toEqual([["active;expires=600", "0:calm"]]);
    const { uri, headers } = notifies()[0] ?? expect.fail();
    expect(uri).toBe("sip:ann@10.0.0.2:5060");
    expect([headers.get("Event"), headers.get("Content-Type"), headers.toTag]).toEqual(["mood", "text/mood", "ann"]);
    expect(headers.fromTag).toBe(accepted?.headers.toTag);
    expect(agent.describe().subscriptions).toBe(1);
    expect(agent.describe().dialogs).toBe(0);
  });

  test("hears of a change at once, and of many in a second as one, the last", async () => {
    const { subscribe, told, moods, notifier, run } = await watching();
    await subscribe();
    await run(1000);
    for (const mood of ["glad", "sad", "mad"]) {
      moods.set("bob", mood);
      notifier.changed("bob");
      await run(10);
    }
    expect(told().at(-1)?.[1]).toBe("1:glad");
    await run(1000);
    expect(told().map(([, body]) => body)).toEqual(["0:calm", "1:glad", "2:mad"]);
    notifier.changed("ann");
    await run(5000);
    expect(told()).toHaveLength(3);
  });

  test("hears nothing of a change that leaves its state as it was told, but whenever it asks", async () => {
    const { subscribe, told, moods, notifier, run, within } = await watching();
    await subscribe();
    moods.set("bob", "mad");
    notifier.changed("bob");
    moods.set("bob", "calm");
    await run(1000);
    notifier.changed("bob");
    await run(1000);
    expect(told()).toHaveLength(1);
    await subscribe(within(2));
    expect(told().at(-1)).toEqual(["active;expires=600", "1:calm"]);
  });

  test("numbers its NOTIFYs one after the other, and sends none before the last is answered", async () => {
    const { subscribe, notifies, notifier, run, world, phone, moods } = await watching();
    await subscribe();
    await run(1000);
    moods.set("bob", "glad");
    notifier.changed("bob");
    await world.clock.run(ms(5));
    moods.set("bob", "sad");
    notifier.changed("bob");
    await world.clock.run(ms(3000));
    const ids = new Set(notifies().map(({ headers }) => headers.cseq?.number));
    expect(ids).toEqual(new Set([1, 2]));
    phone.respond(notifies().at(-1) ?? expect.fail(), 200);
    await run(100);
    expect(notifies().at(-1)?.headers.cseq?.number).toBe(3);
  });

  test("is prolonged in its dialog, and told the state again", async () => {
    const { subscribe, within, told, phone, run, agent } = await watching();
    await subscribe();
    await run(500_000);
    await subscribe(within(2));
    expect(phone.responses().at(-1)?.headers.get("Expires")).toBe("600");
    await run(500_000);
    expect(told().at(-1)?.[0]).toBe("active;expires=600");
    expect(agent.describe().subscriptions).toBe(1);
    await run(200_000);
    expect(told().at(-1)?.[0]).toBe("terminated;reason=timeout");
    await run();
    expect(agent.describe().subscriptions).toBe(0);
  });

  test("moves with its watcher", async () => {
    const { subscribe, within, world, run, notifier, moods } = await watching();
    const elsewhere = await world.puppet("10.0.0.3");
    await subscribe();
    await run(1000);
    await subscribe(within(2, { Contact: "<sip:ann@10.0.0.3:5060>" }));
    await run(1000);
    moods.set("bob", "glad");
    notifier.changed("bob");
    await run();
    expect(elsewhere.requests("NOTIFY")[0]?.uri).toBe("sip:ann@10.0.0.3:5060");
  });

  test("ends by Expires: 0 with a last NOTIFY, and is unknown after that", async () => {
    const { subscribe, within, told, run, status, agent } = await watching();
    await subscribe();
    await run(1000);
    await subscribe(within(2, { Expires: "0" }));
    expect([status(), told().at(-1)]).toEqual([200, ["terminated;reason=timeout", "1:calm"]]);
    await run(100);
    await subscribe(within(3));
    expect(status()).toBe(481);
    expect(agent.describe().subscriptions).toBe(0);
  });

  test("asked for once is told once", async () => {
    const { subscribe, told, run, agent, asked } = await watching();
    await subscribe({ Expires: "0" });
    expect(asked[0]?.expiresSeconds).toBe(0);
    expect(told()).toEqual([["terminated;reason=timeout", "0:calm"]]);
    await run(64_000);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test.each([
    { name: "another package", fields: { Event: "gossip" }, status: 489, header: ["Allow-Events", "mood"] },
    { name: "no package", fields: { Event: null }, status: 489, header: ["Allow-Events", "mood"] },
    { name: "less than the least", fields: { Expires: "59" }, status: 423, header: ["Min-Expires", "60"] },
    {
      name: "bodies of another type",
      fields: { Accept: "text/html, image/*" },
      status: 406,
      header: ["Expires", undefined],
    },
    { name: "bodies of any type", fields: { Accept: "*/*;q=0.1" }, status: 200, header: ["Expires", "600"] },
    { name: "bodies of its kind", fields: { Accept: "Text/*" }, status: 200, header: ["Expires", "600"] },
    { name: "the package in capitals", fields: { Event: "MOOD" }, status: 200, header: ["Expires", "600"] },
    { name: "no time", fields: { Expires: null }, status: 200, header: ["Expires", "3600"] },
    { name: "ever", fields: { Expires: "99999999" }, status: 200, header: ["Expires", "3600"] },
  ] as const)("for $name gets $status", async ({ fields, status, header: [name, value] }) => {
    const { subscribe, phone } = await watching();
    await subscribe(fields);
    const [response] = phone.responses();
    expect([response?.status, response?.headers.get(name)]).toEqual([status, value]);
  });

  test.each([
    { name: "another package", fields: { Event: "gossip" }, status: 481 },
    { name: "another id", fields: { Event: "mood;id=2" }, status: 481 },
    { name: "less than the least", fields: { Expires: "30" }, status: 423 },
    { name: "an old number", fields: { CSeq: "0 SUBSCRIBE" }, status: 500 },
  ])("asked in its dialog for $name says $status, and goes on", async ({ fields, status }) => {
    const { subscribe, within, phone, agent } = await watching();
    await subscribe();
    await subscribe(within(2, fields));
    expect(phone.statuses().at(-1)).toBe(status);
    expect(agent.describe().subscriptions).toBe(1);
  });

  test.each([481, 404, 500])("whose NOTIFY gets %i is over", async (status) => {
    const { phone, agent, world, notifies, run } = await watching();
    phone.request("SUBSCRIBE", { Event: "mood", Expires: "600" });
    await world.clock.run(ms(5));
    phone.respond(notifies()[0] ?? expect.fail(), status);
    await run(64_000);
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("whose watcher is gone is over after the NOTIFY that nobody answers", async () => {
    const { phone, agent, world } = await watching();
    phone.request("SUBSCRIBE", { Event: "mood", Expires: "600" });
    await world.clock.run(ms(64_000));
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("ends with its resource and its notifier, with the reason", async () => {
    const { subscribe, notifier, told, run, status } = await watching();
    await subscribe();
    await run(1000);
    notifier.end("bob", "rejected");
    await run(100);
    expect(told().at(-1)?.[0]).toBe("terminated;reason=rejected");
    await subscribe({ "Call-ID": "another" });
    await run(1000);
    notifier.close();
    await run(100);
    expect(told().at(-1)?.[0]).toBe("terminated;reason=deactivated");
    await subscribe({ "Call-ID": "late" });
    expect(status()).toBe(503);
  });

  test("finds no room beyond what a notifier holds, in all and of one resource", async () => {
    for (const limits of [{ most: 2 }, { mostOfResource: 2 }]) {
      const { subscribe, phone, notifier } = await watching(limits);
      for (const each of ["a", "b", "c"]) await subscribe({ "Call-ID": each });
      expect(phone.statuses()).toEqual([200, 200, 503]);
      expect(phone.responses()[2]?.headers.get("Retry-After")).toBe("60");
      expect(notifier.describe()).toMatchObject({ event: "mood", subscriptions: 2 });
    }
  });

  test("finds no room beyond what one watcher may have, until one of them ends", async () => {
    const { subscribe, phone, run, within } = await watching({ mostOfWatcher: 2 });
    const ann = { Subject: "ann" };
    for (const each of ["a", "b", "c"]) await subscribe({ "Call-ID": each, ...ann });
    await subscribe({ "Call-ID": "d", Subject: "carl" });
    expect(phone.statuses()).toEqual([200, 200, 403, 200]);
    await run(1000);
    await subscribe({ "Call-ID": "a", ...within(2, { Expires: "0" }) });
    await run(1000);
    await subscribe({ "Call-ID": "e", ...ann });
    expect(phone.statuses().at(-1)).toBe(200);
  });

  test("ends when there is nothing for its watcher any more, with a last word that says nothing", async () => {
    const { subscribe, strangers, notifier, told, run, agent } = await watching();
    await subscribe({ Subject: "ann" });
    await subscribe({ Subject: "carl", "Call-ID": "another" });
    await run(1000);
    strangers.add("ann");
    notifier.reconsider("ann");
    await run(100);
    expect(told().at(-1)).toEqual(["terminated;reason=noresource", ""]);
    expect([notifier.watchers("bob").length, agent.describe().subscriptions]).toEqual([1, 1]);
    notifier.reconsider("ann");
    await run(5000);
    expect(told()).toHaveLength(3);
  });

  test("is shown with who watches what, and for how long", async () => {
    const { subscribe, notifier, run } = await watching();
    await subscribe();
    await run(10_000);
    expect(notifier.describe()).toMatchObject({
      subscriptions: 1,
      list: [
        { resource: "bob", watcher: "<sip:ann@example.org>;tag=ann", secondsLeft: 590, peer: { address: "10.0.0.2" } },
      ],
    });
    expect(notifier.describe(0)).toMatchObject({ subscriptions: 1, list: [] });
  });

  test("survives an owner who throws", async () => {
    const world = makeWorld();
    const agent = await world.agent(SERVER);
    const phone = await world.puppet("10.0.0.2");
    agent.notifier({
      event: "mood",
      contentType: "text/mood",
      onSubscribe: (incoming) => void incoming.accept("bob"),
      state: () => {
        throw new Error("no mood");
      },
    });
    phone.request("SUBSCRIBE", { Event: "mood" });
    await world.clock.run(ms(5));
    expect(phone.requests("NOTIFY")[0]?.body.length).toBe(0);
    expect(world.faults).toHaveLength(1);
    await agent.close();
    expect(agent.describe()).toMatchObject(nothingAlive);
  });

  test("is answered once: what an owner says later counts for nothing", async () => {
    const { subscribe, asked, agent } = await watching();
    await subscribe();
    expect([asked[0]?.accept("bob"), asked[0]?.reject(403)]).toEqual([false, false]);
    expect(agent.describe().subscriptions).toBe(1);
  });
});

describe("a text message (RFC 3428)", () => {
  test("goes from one agent to another outside any dialog, with its body and its outcome", async () => {
    const world = makeWorld();
    const ann = await world.agent("10.0.0.2");
    const bob = await world.agent(SERVER);
    const heard: string[] = [];
    bob.handle("MESSAGE", (incoming) => {
      const { headers } = incoming.request;
      heard.push(`${headers.contentType} ${bodyText(incoming.request)} ${headers.has("Contact")}`);
      incoming.respond(202);
    });
    const content = { body: "Grüß dich, 😀", contentType: "text/plain;charset=utf-8" };
    const outcome = ann.send({ method: "MESSAGE", uri: `sip:bob@${SERVER}`, from: "sip:ann@x", ...content });
    await world.clock.run(ms(50));
    expect(await outcome).toMatchObject({ ok: true, status: 202 });
    expect(heard).toEqual(["text/plain Grüß dich, 😀 false"]);
    await world.clock.run(ms(64_000));
    expect([ann.describe(), bob.describe()]).toMatchObject([nothingAlive, nothingAlive]);
  });
});
