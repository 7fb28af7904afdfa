import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { leaveOut } from "@cordboard/testkit/left-out";

/** A program of somebody else that a test talks to: how it is called, and which Debian package brings it. */
interface Peer {
  readonly program: string;
  readonly debian: string;
  /** Folders besides PATH in which it may lie, as glob patterns; of several matches the last counts. */
  readonly folders?: string;
  /** Whether the test can use it only as root. */
  readonly asRoot?: boolean;
}

const PEERS = {
  sipp: { program: "sipp", debian: "sip-tester" },
  baresip: { program: "baresip", debian: "baresip-core" },
  postgres: { program: "postgres", debian: "postgresql", folders: "/usr/lib/postgresql/*/bin" },
  sox: { program: "sox", debian: "sox" },
  curl: { program: "curl", debian: "curl" },
  openssl: { program: "openssl", debian: "openssl" },
  coturn: { program: "turnserver", debian: "coturn" },
  chromium: { program: "chromium", debian: "chromium" },
  /** For network namespaces, which only root may make. */
  ip: { program: "ip", debian: "iproute2", folders: "/usr/sbin", asRoot: true },
  /** For mount namespaces, likewise. */
  unshare: { program: "unshare", debian: "util-linux", asRoot: true },
} as const satisfies Readonly<Record<string, Peer>>;

/** Names by which tests ask for a peer. */
export type PeerName = keyof typeof PEERS;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where the peer's program lies on this machine, or why a test cannot have it and what would help. */
export function findPeer(name: PeerName): { readonly path: string } | { readonly missing: string } {
  const { program, debian, folders, asRoot = false }: Peer = PEERS[name];
  const inPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const besides = folders === undefined ? [] : globSync(folders).toSorted().toReversed();
  const path = [...besides, ...inPath].map((folder) => join(folder, program)).find(isProgram);
  if (path === undefined) return { missing: `${program} is not installed; on Debian: apt-get install ${debian}` };
  if (asRoot && process.getuid?.() !== 0)
    return { missing: `${program} is of use to root only; run the tests as root` };
  return { path };
}

/**
 * The path of the peer's program. Called first thing in a `describe`. When the peer is missing, the whole `describe` is
 * left out and the reason is listed at the end of `npm test`; in CI it is an error, so that nothing is left out there unseen.
 */
export function peer(name: PeerName): string {
  const found = findPeer(name);
  if ("path" in found) return found.path;
  leaveOut(found.missing);
  return PEERS[name].program;
}
