import { joined, ms } from "@cordboard/kernel";
import { manualClock, mutated, seededRandom } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AgreedKeys, DtlsParts, DtlsSnapshot, DtlsTerms } from "./association.ts";
import { DtlsAssociation } from "./association.ts";
import { number } from "./bytes.ts";
import type { DtlsCrypto } from "./crypto.ts";
import { parseRecords, printRecord } from "./record.ts";
import { nodeDtlsCrypto } from "./transport/dtls-crypto.ts";
import type { DtlsIdentity } from "./transport/identity.ts";
import { fingerprintOf, makeDtlsIdentity } from "./transport/identity.ts";

const profiles = [
  { number: 7, keyBytes: 16, saltBytes: 12 },
  { number: 1, keyBytes: 16, saltBytes: 14 },
];
const identities = { client: makeDtlsIdentity(0), server: makeDtlsIdentity(0), stranger: makeDtlsIdentity(0) };

const named = ({ certificate }: DtlsIdentity): DtlsTerms["fingerprints"] => [
  { hash: "sha-256", value: fingerprintOf("sha-256", certificate).toLowerCase() },
];

type Side = "client" | "server";
const other = (side: Side): Side => (side === "client" ? "server" : "client");

interface Wishes {
  readonly terms?: Partial<Record<Side, Partial<DtlsTerms>>>;
  readonly crypto?: Partial<Record<Side, DtlsCrypto>>;
  /** What becomes of the n-th datagram of a side on its way: all of it, or what is returned. */
  readonly onWay?: (from: Side, n: number, datagram: Uint8Array) => readonly Uint8Array[];
}

/** Two sides with a network between them that delivers when it is told to. */
function twoSides({ terms = {}, crypto = {}, onWay = (_from, _n, datagram) => [datagram] }: Wishes = {}) {
  const clock = manualClock();
  const queue: { readonly to: Side; readonly datagram: Uint8Array }[] = [];
  const keys: Partial<Record<Side, AgreedKeys>> = {};
  const ends: Partial<Record<Side, string>> = {};
  const sent = { client: 0, server: 0 };
  const make = (side: Side, snapshot?: DtlsSnapshot): DtlsAssociation => {
    const parts: DtlsParts = {
      clock,
      random: seededRandom(side === "client" ? 1 : 2),
      crypto: crypto[side] ?? nodeDtlsCrypto(identities[side]),
      send: (datagram) => {
        for (const piece of onWay(side, sent[side]++, datagram)) queue.push({ to: other(side), datagram: piece });
      },
      onKeys: (agreed) => {
        keys[side] = agreed;
      },
      onEnd: (why) => {
        ends[side] = why;
      },
    };
    const agreed = { role: side, profiles, fingerprints: named(identities[other(side)]), ...terms[side] };
    return new DtlsAssociation(parts, agreed, snapshot);
  };
  const sides = { client: make("client"), server: make("server") };
  const deliver = (): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) sides[next.to].take(next.datagram);
  };
  return {
    get client() {
      return sides.client;
    },
    get server() {
      return sides.server;
    },
    /** Takes a side to another worker. */
    move(side: Side): void {
      sides[side] = make(side, structuredClone(sides[side].release()));
    },
    clock,
    keys,
    ends,
    sent,
    deliver,
    run(): void {
      sides.client.begin();
      deliver();
    },
    /** Lets time pass in small steps, as long as it may take. */
    wait(forMs: number): void {
      for (let passed = 0; passed < forMs; passed += 50) {
        clock.advance(ms(50));
        deliver();
      }
    },
  };
}

function expectKeys({ keys }: ReturnType<typeof twoSides>): void {
  expect(keys.client?.profile).toBe(7);
  expect(keys.client?.send.length).toBe(28);
  expect(keys.client?.send).toEqual(keys.server?.receive);
  expect(keys.client?.receive).toEqual(keys.server?.send);
  expect(keys.client?.send).not.toEqual(keys.client?.receive);
}

describe("a handshake", () => {
  test("gives both sides the same keys, in three flights", () => {
    const net = twoSides();
    net.run();
    expectKeys(net);
    expect(net.client.isConnected && net.server.isConnected).toBe(true);
    expect(net.clock.pending).toBe(0);
  });

  test("takes the profile that the server wants most of what the client has", () => {
    const net = twoSides({ terms: { client: { profiles: profiles.slice(1) } } });
    net.run();
    expect([net.keys.client?.profile, net.keys.server?.send.length]).toEqual([1, 30]);
  });

  test.each([
    { lost: "the client's hello", from: "client", n: 0 },
    { lost: "the server's flight", from: "server", n: 0 },
    { lost: "the client's keys", from: "client", n: 1 },
    { lost: "the server's last word", from: "server", n: 1 },
  ] as const)("survives the loss of $lost", ({ from, n }) => {
    const net = twoSides({ onWay: (side, i, datagram) => (side === from && i === n ? [] : [datagram]) });
    net.run();
    net.wait(2_000);
    expectKeys(net);
    expect(net.clock.pending).toBe(0);
  });

  test("survives any loss that is not all, and datagrams that come twice", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const onWay: Wishes["onWay"] = (_from, n, datagram) =>
          n > 12 ? [datagram] : random.chance(0.3) ? [] : random.chance(0.2) ? [datagram, datagram] : [datagram];
        const net = twoSides({ onWay });
        net.run();
        net.wait(40_000);
        expectKeys(net);
      }),
      { numRuns: 25 },
    );
  });

  test("gives up when nobody answers, and says so once", () => {
    const net = twoSides({ onWay: () => [] });
    net.run();
    net.wait(60_000);
    expect(net.ends).toEqual({ client: "the peer does not answer" });
    expect(net.clock.pending).toBe(0);
  });

  test("any bytes change nothing, before, in between and after", () => {
    const net = twoSides();
    const random = seededRandom(9);
    const disturb = (): void => {
      for (const type of [20, 21, 22, 23, 25]) {
        const junk = random.bytes(60);
        junk.set([type, 0xfe, 0xfd, 0, random.between(0, 1)]);
        junk.set([0, 47], 11);
        // An alert that would be one is another test.
        if (type === 21) junk[13] = 1;
        net.server.take(junk);
        net.server.take(random.bytes(random.between(0, 90)));
      }
    };
    disturb();
    net.client.begin();
    net.deliver();
    expectKeys(net);
    disturb();
    expect(net.ends).toEqual({});
  });

  test("whatever its datagrams are changed to on their way, nothing is thrown, and both have the same keys or none", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const heard: Uint8Array[] = [];
        const onWay: Wishes["onWay"] = (_from, n, datagram) => {
          heard.push(datagram);
          const mutants = Array.from({ length: random.between(0, 3) }, () => mutated(datagram, random, heard));
          // What is changed too much ends a handshake, as it must: here it comes only after the genuine one, or in its place.
          return random.chance(0.1) ? mutants : n > 40 ? [] : [datagram, ...mutants];
        };
        const net = twoSides({ onWay });
        net.run();
        net.wait(5_000);
        if (net.keys.client !== undefined && net.keys.server !== undefined) expectKeys(net);
        expect(net.clock.pending).toBeLessThanOrEqual(2);
      }),
      { numRuns: 15 },
    );
  });

  test("says goodbye, which the other side hears", () => {
    const net = twoSides();
    net.run();
    net.client.close();
    net.deliver();
    expect(net.ends).toEqual({ server: "the peer has closed it" });
  });

  test("an alert in the clear ends nothing once there are keys", () => {
    const net = twoSides();
    net.run();
    net.server.take(Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40));
    expect(net.ends).toEqual({});
  });
});

describe("the last word", () => {
  /** All that each side sends, by its order. */
  const recording = () => {
    const said: Record<Side, Uint8Array[]> = { client: [], server: [] };
    const net = twoSides({
      onWay: (from, _n, datagram) => {
        said[from].push(datagram);
        return [datagram];
      },
    });
    net.run();
    return { net, said };
  };

  test("is said again to who has missed it, but not for ever", () => {
    const { net, said } = recording();
    const [, keys = new Uint8Array(0)] = said.client;
    for (let times = 0; times < 40; times++) {
      net.clock.advance(ms(150));
      net.server.take(keys);
    }
    expect(said.server.length).toBe(2 + 16);
    net.clock.advance(ms(1));
    net.server.take(keys);
    expect(said.server.length).toBe(2 + 16);
  });

  test("that is heard twice is not answered: both would go on for ever", () => {
    const { net, said } = recording();
    net.clock.advance(ms(150));
    net.client.take(said.server[1] ?? new Uint8Array(0));
    expect(said.client.length).toBe(2);
  });

  test("is not said again to a stranger, who has nothing that is under the keys", () => {
    const { net, said } = recording();
    const inTheClear = parseRecords(said.client[1] ?? new Uint8Array(0)).filter(({ epoch }) => epoch === 0);
    net.clock.advance(ms(150));
    net.server.take(joined(...inTheClear.map(printRecord)));
    expect(said.server.length).toBe(2);
  });
});

describe("an association that goes on at another worker", () => {
  test("says its last word again to who has missed it, and hears the goodbye", () => {
    const net = twoSides({ onWay: (side, i, datagram) => (side === "server" && i === 1 ? [] : [datagram]) });
    net.run();
    expect([net.keys.server === undefined, net.keys.client]).toEqual([false, undefined]);
    net.move("server");
    expect(net.server.isConnected).toBe(true);
    net.wait(2_000);
    expectKeys(net);
    net.client.close();
    net.deliver();
    expect(net.ends).toEqual({ server: "the peer has closed it" });
  });

  test.each(["client", "server"] as const)("says goodbye under the keys of the %s", (side) => {
    const net = twoSides();
    net.run();
    net.move(side);
    net[side].close();
    net.deliver();
    expect(net.ends).toEqual({ [other(side)]: "the peer has closed it" });
  });

  test("is not one before the handshake is done, nor after the end", () => {
    const net = twoSides();
    net.client.begin();
    expect(net.client.release()).toBeUndefined();
    const done = twoSides();
    done.run();
    done.client.close();
    expect(done.client.release()).toBeUndefined();
  });
});

describe("whoever is not who was announced", () => {
  test.each(["client", "server"] as const)("a %s with another certificate is refused", (side) => {
    const net = twoSides({ crypto: { [side]: nodeDtlsCrypto(identities.stranger) } });
    net.run();
    expect(net.keys).toEqual({});
    expect(net.ends[other(side)]).toBe("the certificate is not the one that was announced");
    expect(net.ends[side]).toBe("the peer refuses it with alert 42");
  });

  test.each(["client", "server"] as const)(
    "a %s that shows the right certificate without its key is refused",
    (side) => {
      const thief = { ...nodeDtlsCrypto(identities.stranger), certificate: identities[side].certificate };
      const net = twoSides({ crypto: { [side]: thief } });
      net.run();
      expect(net.keys[other(side)]).toBeUndefined();
      expect(net.ends[other(side)]).toBe("the certificate is not the peer's own");
    },
  );

  test("who changes a hello on its way is found out at the end", () => {
    const changed = (datagram: Uint8Array): Uint8Array => {
      const copy = Uint8Array.from(datagram);
      // The last byte of the client's random number: both sides go on with different ones.
      copy[13 + 12 + 2 + 31] = (copy[13 + 12 + 2 + 31] ?? 0) ^ 1;
      return copy;
    };
    const net = twoSides({
      onWay: (from, n, datagram) => (from === "client" && n === 0 ? [changed(datagram)] : [datagram]),
    });
    net.run();
    expect(net.keys).toEqual({});
    expect(net.ends.client).toBe("the certificate is not the peer's own");
  });

  test.each(["client", "server"] as const)("a %s that has not seen what we have seen is found out", (side) => {
    const own = nodeDtlsCrypto(identities[side]);
    const blind: DtlsCrypto = {
      ...own,
      hmacSha256: (key, bytes) =>
        own.hmacSha256(key, Buffer.from(bytes).includes(`${side} finished`) ? Buffer.alloc(9) : bytes),
    };
    const net = twoSides({ crypto: { [side]: blind } });
    net.run();
    expect(net.keys[other(side)]).toBeUndefined();
    expect(net.ends[other(side)]).toBe("the handshake was tampered with");
  });

  test("a server that wants keys to be named, which nobody offered, is refused", () => {
    const useSrtp = [0, 14, 0, 5, 0, 2, 0, 7, 0];
    const withName = (datagram: Uint8Array): Uint8Array => {
      const [hello, ...rest] = parseRecords(datagram);
      const text = Buffer.from(hello?.body ?? []);
      const at = text.indexOf(Uint8Array.from(useSrtp));
      const body = joined(text.subarray(0, at), Uint8Array.of(0, 14, 0, 6, 0, 2, 0, 7, 1, 42), text.subarray(at + 9));
      const grown = number(body.length - 12, 3);
      body.set(grown, 1);
      body.set(grown, 9);
      // The length of all extensions: behind version, random number, session, suite and compression.
      body.set(number(body.length - 12 - 40, 2), 12 + 38);
      return joined(...[{ ...hello, type: 22, epoch: 0, sequence: 0, body }, ...rest].map(printRecord));
    };
    const net = twoSides({
      onWay: (from, n, datagram) => [from === "server" && n === 0 ? withName(datagram) : datagram],
    });
    net.run();
    expect(net.keys).toEqual({});
    expect(net.ends.client).toBe("the peer wants to name keys");
  });

  test.each([
    { name: "no profile in common", terms: { client: { profiles: [{ number: 99, keyBytes: 1, saltBytes: 1 }] } } },
    { name: "no fingerprint", terms: { server: { fingerprints: [] } } },
  ])("$name makes no keys", ({ terms }) => {
    const net = twoSides({ terms });
    net.run();
    expect(net.keys).toEqual({});
    expect(net.ends.server).toBeDefined();
  });
});
