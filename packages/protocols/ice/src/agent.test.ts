import { ms } from "@cordboard/kernel";
import { seededRandom } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { host, nameOf, place, twoAgents } from "../test/two-agents.ts";
import { IceAgent } from "./agent.ts";
import { makeIceCredentials } from "./credentials.ts";
import { attributeType, parseStun, printStun } from "./stun/message.ts";
import { errorAttribute, textAttribute } from "./stun/values.ts";
import { nodeStunCrypto as crypto } from "./transport/stun-crypto.ts";

/** What B said long ago when it chose its way, and anybody can say again. */
const choiceOfB = ({ a, b }: ReturnType<typeof twoAgents>["credentials"]): Uint8Array =>
  printStun(
    {
      class: "request",
      transaction: new Uint8Array(12),
      attributes: [
        textAttribute(attributeType.username, `${a.usernameFragment}:${b.usernameFragment}`),
        { type: attributeType.useCandidate, value: new Uint8Array(0) },
      ],
    },
    { key: Buffer.from(a.password), crypto },
  );

describe("finding a way", () => {
  test.each([
    { name: "the other side chooses", controlling: { a: false, b: true } },
    { name: "we choose", controlling: { a: true, b: false } },
    { name: "both want to choose", controlling: { a: true, b: true } },
    { name: "neither wants to", controlling: { a: false, b: false } },
  ])("both find it when $name", ({ controlling }) => {
    const net = twoAgents({ controlling });
    net.run(600);
    expect([net.a.path, net.b.path]).toEqual([place("b"), place("a")]);
    expect(net.a.isPeer(place("b"))).toBe(true);
    expect(net.a.isPeer(place("x"))).toBe(false);
  });

  test("a browser that hides its address is found by the checks that come from there", () => {
    const net = twoAgents();
    net.source.b = "z";
    net.run(600);
    expect(net.paths.a).toEqual(["z"]);
  });

  test("the best of several ways that work is taken, and a better one that is cut is waited for only briefly", () => {
    const net = twoAgents({ b: "bcd", controlling: { a: true, b: false } });
    net.cut.add("b");
    net.source.b = "c";
    net.run(2_000);
    expect(net.a.path).toEqual(place("c"));
  });

  test("checks are paced: one new one in 50 ms", () => {
    const net = twoAgents({ b: "bcdefgh" });
    net.clock.advance(ms(100));
    expect(net.queue.filter(({ from }) => nameOf(from) === "a").length).toBeLessThanOrEqual(3);
  });
});

describe("what is believed", () => {
  const check = (username: string, password: string): Uint8Array =>
    printStun(
      {
        class: "request",
        transaction: new Uint8Array(12),
        attributes: [
          textAttribute(attributeType.username, username),
          { type: attributeType.useCandidate, value: new Uint8Array(0) },
        ],
      },
      { key: Buffer.from(password), crypto },
    );

  test.each([
    { name: "another password", change: (_ufrag: string, _password: string) => ["", "x".repeat(24)] as const },
    { name: "another name", change: (_ufrag: string, password: string) => ["nobody", password] as const },
  ])("a check with $name is not answered and opens no way", ({ change }) => {
    const net = twoAgents();
    const { a, b } = net.credentials;
    const [ufrag, password] = change(a.usernameFragment, a.password);
    net.queue.length = 0;
    expect(net.a.take(check(`${ufrag || a.usernameFragment}:${b.usernameFragment}`, password), place("x"))).toBe(false);
    expect(net.queue).toEqual([]);
    expect(net.a.isPeer(place("x"))).toBe(false);
  });

  test("a genuine check makes a place the peer's only once our own check came back from it", () => {
    const net = twoAgents();
    const { a, b } = net.credentials;
    net.queue.length = 0;
    expect(net.a.take(check(`${a.usernameFragment}:${b.usernameFragment}`, a.password), place("x"))).toBe(true);
    expect(net.queue.map(({ to, bytes }) => [nameOf(to), parseStun(bytes).ok])).toEqual([
      ["x", true],
      ["x", true],
    ]);
    expect(net.a.isPeer(place("x"))).toBe(false);
  });

  test("an answer that is not signed with the peer's password proves nothing", () => {
    const net = twoAgents();
    net.clock.advance(ms(50));
    const asked = net.queue
      .map(({ bytes }) => parseStun(bytes))
      .find((parsed) => parsed.ok && parsed.value.class === "request");
    if (asked?.ok !== true) throw new Error("nothing was asked");
    const answer = (password: string): Uint8Array =>
      printStun(
        { class: "success", transaction: asked.value.transaction, attributes: [] },
        { key: Buffer.from(password), crypto },
      );
    expect(net.a.take(answer("x".repeat(24)), place("b"))).toBe(false);
    expect(net.a.take(answer(net.credentials.b.password), place("x"))).toBe(false);
    expect(net.a.path).toBeUndefined();
  });

  test("several refusals of one part make us give it up once", () => {
    const net = twoAgents({ b: "bc", controlling: { a: true, b: false } });
    const asked = () =>
      net.queue.splice(0).flatMap(({ from, to, bytes }) => {
        const parsed = parseStun(bytes);
        return nameOf(from) === "a" && parsed.ok && parsed.value.class === "request"
          ? [{ to, check: parsed.value }]
          : [];
      });
    net.clock.advance(ms(100));
    const refused = asked();
    expect(refused.map(({ to }) => nameOf(to))).toEqual(["b", "c"]);
    for (const {
      to,
      check: { transaction },
    } of refused) {
      const error = { class: "error", transaction, attributes: [errorAttribute(487)] } as const;
      net.a.take(printStun(error, { key: Buffer.from(net.credentials.b.password), crypto }), to);
    }
    expect(asked()).toEqual([]);
    net.clock.advance(ms(200));
    const parts = asked().map(({ check: { attributes } }) => attributes.map(({ type }) => type));
    expect(parts.length).toBe(2);
    for (const part of parts) expect(part).toContain(attributeType.iceControlled);
  });

  test("an attribute that must be understood and is not is refused", () => {
    const net = twoAgents();
    const { a, b } = net.credentials;
    net.queue.length = 0;
    const attributes = [
      textAttribute(attributeType.username, `${a.usernameFragment}:${b.usernameFragment}`),
      textAttribute(0x7777, "?"),
    ];
    const bytes = printStun(
      { class: "request", transaction: new Uint8Array(12), attributes },
      { key: Buffer.from(a.password), crypto },
    );
    net.a.take(bytes, place("b"));
    const answer = parseStun(net.queue[0]?.bytes ?? new Uint8Array(0));
    expect(answer.ok && answer.value.class).toBe("error");
  });

  test("any number of genuine checks from anywhere keep the table bounded", () => {
    const net = twoAgents();
    const { a, b } = net.credentials;
    const bytes = check(`${a.usernameFragment}:${b.usernameFragment}`, a.password);
    for (let port = 1; port <= 500; port++) net.a.take(bytes, { address: "10.9.9.9", port });
    net.queue.length = 0;
    net.clock.advance(ms(600));
    expect(net.queue.length).toBeLessThanOrEqual(60);
  });
});

describe("a way that changes", () => {
  test("the peer moves to another network without a word: its checks from there take the way along", () => {
    const net = twoAgents();
    net.run(600);
    net.cut.add("b");
    net.source.b = "m";
    // What a browser does as soon as its address has changed.
    net.b.agree({ ...net.terms("b"), candidates: [host("a")] });
    net.run(7_000);
    expect(net.a.path).toEqual(place("m"));
  });

  test("a restart looks for a way anew; the old one carries on until there is a new one", () => {
    const net = twoAgents();
    net.run(600);
    const fresh = { a: makeIceCredentials(net.random.a), b: makeIceCredentials(net.random.b) };
    net.source.b = "n";
    const again = { isControlling: false, isRemoteLite: false };
    net.a.agree({ ...again, local: fresh.a, remote: fresh.b, candidates: [host("n")] });
    expect(net.a.path).toEqual(place("b"));
    expect(net.a.isPeer(place("b"))).toBe(true);
    net.b.agree({ ...again, local: fresh.b, remote: fresh.a, candidates: [host("a")], isControlling: true });
    net.run(600);
    expect(net.a.path).toEqual(place("n"));
    expect(net.a.isPeer(place("b"))).toBe(false);
  });

  test("the same description again starts nothing anew", () => {
    const net = twoAgents();
    net.run(600);
    net.a.agree(net.terms("a"));
    net.run(600);
    expect(net.paths.a).toEqual(["b"]);
  });

  test("consent is asked for again and again, and 30 s without it end all sending", () => {
    const net = twoAgents();
    net.run(600);
    net.run(40_000);
    expect(net.paths.a).toEqual(["b"]);
    net.cut.add("b");
    net.run(23_000);
    expect(net.paths.a).toEqual(["b"]);
    net.run(9_000);
    expect(net.paths.a).toEqual(["b", undefined]);
    net.queue.length = 0;
  });

  test("a way that was lost is taken again only once the peer has answered anew", () => {
    const net = twoAgents();
    net.run(600);
    net.cut.add("b");
    net.run(33_000);
    expect(net.paths.a).toEqual(["b", undefined]);
    const old = choiceOfB(net.credentials);
    net.a.take(old, place("b"));
    net.run(1_000);
    expect(net.a.path).toBeUndefined();
    net.cut.clear();
    net.b.agree(net.terms("b"));
    net.a.take(old, place("b"));
    net.run(1_000);
    expect(net.a.path).toEqual(place("b"));
  });

  test("a machine that has slept for longer than consent lasts takes its way again only once the peer has answered anew", () => {
    const net = twoAgents();
    let sleptMs = 0;
    const clock = { ...net.clock, monotonic: () => ms(net.clock.monotonic() + sleptMs) };
    const agent = new IceAgent(
      { clock, random: net.random.a, crypto, send: () => undefined, onPath: () => undefined },
      { terms: net.terms("a"), path: place("b") },
    );
    sleptMs = 40_000;
    net.clock.advance(ms(6_000));
    expect(agent.path).toBeUndefined();
    agent.take(choiceOfB(net.credentials), place("b"));
    expect(agent.path).toBeUndefined();
    agent.close();
  });

  test("when it is for us to choose, a peer that turns up elsewhere is followed once the old way is dead", () => {
    const net = twoAgents({ controlling: { a: true, b: false } });
    net.run(600);
    net.cut.add("b");
    net.source.b = "m";
    const from = net.clock.monotonic();
    // Its first check from there.
    net.b.agree({ ...net.terms("b"), remote: net.credentials.a, candidates: [host("a")] });
    const { a, b } = net.credentials;
    const attributes = [textAttribute(attributeType.username, `${a.usernameFragment}:${b.usernameFragment}`)];
    const check = printStun(
      { class: "request", transaction: new Uint8Array(12), attributes },
      { key: Buffer.from(a.password), crypto },
    );
    net.a.take(check, place("m"));
    while (net.a.path?.address !== place("m").address && net.clock.monotonic() - from < 3_000) net.run(25);
    expect(net.a.path).toEqual(place("m"));
  });

  test("when it is for us to choose, a peer that can be reached in two ways stays where it is", () => {
    const net = twoAgents({ controlling: { a: true, b: false } });
    net.run(600);
    const { a, b } = net.credentials;
    const attributes = [textAttribute(attributeType.username, `${a.usernameFragment}:${b.usernameFragment}`)];
    const check = printStun(
      { class: "request", transaction: new Uint8Array(12), attributes },
      { key: Buffer.from(a.password), crypto },
    );
    net.a.take(check, place("m"));
    net.run(5_000);
    expect(net.paths.a).toEqual(["b"]);
  });

  test("another worker goes on with the same way", () => {
    const net = twoAgents();
    net.run(600);
    const { terms, path } = structuredClone(net.a.snapshot());
    net.a.close();
    const moved = new IceAgent(
      { clock: net.clock, random: net.random.a, crypto, send: () => {}, onPath: () => {} },
      { terms, path },
    );
    expect(moved.path).toEqual(place("b"));
    expect(moved.isPeer(place("b"))).toBe(true);
    moved.close();
  });
});

test("nothing runs once both are closed", () => {
  const net = twoAgents();
  net.run(600);
  net.a.close();
  net.b.close();
  expect(net.clock.pending).toBe(0);
});

describe("in any weather", () => {
  test("two agents find a way although a quarter of what they send gets lost", () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, isOurs) => {
        const net = twoAgents({ controlling: { a: isOurs, b: !isOurs }, b: "bc" });
        const dice = seededRandom(seed);
        net.loses = () => (dice.bytes(1)[0] ?? 0) < 64;
        net.cut.add("c");
        net.run(7_000);
        expect([net.a.path, net.b.path]).toEqual([place("b"), place("a")]);
        net.a.close();
        net.b.close();
        expect(net.clock.pending).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test("whatever comes from whoever changes nothing", () => {
    const genuine = twoAgents();
    genuine.clock.advance(ms(100));
    const messages = genuine.queue.map(({ bytes }) => bytes);
    const strange = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(), fc.nat(), fc.nat(255)).map(([which, at, by]) => {
        const bytes = Uint8Array.from(messages[which % messages.length] ?? []);
        // What follows the signature, a checksum of eight bytes, proves nothing, and may say what it likes.
        const signed = bytes.length - 8;
        bytes[at % signed] = (bytes[at % signed] ?? 0) ^ (by || 1);
        return bytes;
      }),
    );
    const net = twoAgents();
    net.run(600);
    net.queue.length = 0;
    fc.assert(
      fc.property(strange, (bytes) => {
        expect(net.a.take(bytes, place("x"))).toBe(false);
        expect([net.a.path, net.a.isPeer(place("x")), net.queue.length]).toEqual([place("b"), false, 0]);
      }),
      { numRuns: 500 },
    );
  });
});
