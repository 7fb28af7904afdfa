import { ms } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import type { Endpoint } from "../src/address.ts";
import { IceAgent } from "../src/agent.ts";
import type { Candidate } from "../src/candidate.ts";
import { candidatePriority } from "../src/candidate.ts";
import type { IceTerms } from "../src/checks.ts";
import { makeIceCredentials } from "../src/credentials.ts";
import { nodeStunCrypto as crypto } from "../src/transport/stun-crypto.ts";

/** A place by one letter. */
export const place = (name: string): Endpoint => ({ address: `10.0.0.${name.charCodeAt(0)}`, port: 4000 });
/** The letter of a place. */
export const nameOf = ({ address }: Endpoint): string => String.fromCharCode(Number(address.split(".")[3]));
/** A candidate of an own address there; the higher `local`, the more it is liked. */
export const host = (name: string, local = 65_535): Candidate => ({
  foundation: name,
  priority: candidatePriority("host", local),
  ...place(name),
  type: "host",
});

interface Wishes {
  /** What each side tells the other of itself; the first letter is where its packets come from. */
  readonly a?: string;
  readonly b?: string;
  readonly controlling?: { readonly a: boolean; readonly b: boolean };
  readonly isLite?: boolean;
}

/** Two agents, A at `a` and B at one of several places, and a network between them in which ways can be cut. */
export function twoAgents({
  a: atA = "a",
  b: atB = "b",
  controlling = { a: false, b: true },
  isLite = false,
}: Wishes = {}) {
  const clock = manualClock();
  const random = { a: seededRandom(1), b: seededRandom(2) };
  const credentials = { a: makeIceCredentials(random.a), b: makeIceCredentials(random.b) };
  const queue: { readonly from: Endpoint; readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];
  const cut = new Set<string>();
  const paths = { a: [] as (string | undefined)[], b: [] as (string | undefined)[] };
  const source = { a: atA.charAt(0), b: atB.charAt(0) };
  const candidates = (names: string): readonly Candidate[] => [...names].map((name, i) => host(name, 65_535 - i));
  const terms = (side: "a" | "b"): IceTerms => ({
    local: credentials[side],
    remote: credentials[side === "a" ? "b" : "a"],
    candidates: candidates(side === "a" ? atB : atA),
    isControlling: controlling[side],
    isRemoteLite: side === "a" && isLite,
  });
  const make = (side: "a" | "b"): IceAgent =>
    new IceAgent(
      {
        clock,
        random: random[side],
        crypto,
        send: (bytes, to) => void queue.push({ from: place(source[side]), to, bytes }),
        onPath: (path) => void paths[side].push(path && nameOf(path)),
      },
      { terms: terms(side), path: undefined },
    );
  const agents = { a: make("a"), b: make("b") };
  const deliver = (): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (cut.has(nameOf(next.to)) || cut.has(nameOf(next.from)) || net.loses()) continue;
      const to = nameOf(next.to) === source.a ? agents.a : nameOf(next.to) === source.b ? agents.b : undefined;
      to?.take(next.bytes, next.from);
    }
  };
  const net = {
    ...agents,
    clock,
    /** Whether the next packet gets lost. */
    loses: (): boolean => false,
    cut,
    paths,
    source,
    credentials,
    random,
    terms,
    queue,
    run(forMs: number): void {
      for (let passed = 0; passed < forMs; passed += 25) {
        clock.advance(ms(25));
        deliver();
      }
    },
  };
  return net;
}
