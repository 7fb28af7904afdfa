import { ms } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AgreedKeys, DtlsParts, DtlsTerms } from "./association.ts";
import { DtlsAssociation } from "./association.ts";
import type { DtlsCrypto } from "./crypto.ts";
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
  const make = (side: Side): DtlsAssociation => {
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
    return new DtlsAssociation(parts, {
      role: side,
      profiles,
      fingerprints: named(identities[other(side)]),
      ...terms[side],
    });
  };
  const sides = { client: make("client"), server: make("server") };
  const deliver = (): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) sides[next.to].take(next.datagram);
  };
  return {
    ...sides,
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
