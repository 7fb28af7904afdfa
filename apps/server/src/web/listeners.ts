import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { Duplex } from "node:stream";
import type { Log } from "@cordboard/kernel";
import { PlatformError } from "@cordboard/kernel";
import { addressText } from "../address-text.ts";
import type { PortSetting } from "../port-settings.ts";
import type { ServerCertificate } from "../tls/certificate.ts";

/** What answers at one kind of port. */
export interface Listening {
  readonly name: "http" | "https" | "dialer";
  readonly port: PortSetting;
  readonly isTls: boolean;
  readonly answer: RequestListener;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Which upgrades are handed over at all. */
  readonly wantsUpgrade?: (request: IncomingMessage) => boolean;
}

/** The open web listeners. */
export interface Listeners {
  /** Real addresses, such as `127.0.0.1:8080`. */
  readonly addresses: Readonly<Record<Listening["name"], readonly string[]>>;
  /** The port that is really open, or `undefined` when it is off. */
  port(name: Listening["name"]): number | undefined;
  /** Takes no more connections, and ends idle ones. */
  stopAccepting(): void;
  /** Ends all connections but those that became something else: WebSockets are their owners' to end. */
  close(): void;
  /** Settles when, after `close`, the last connection is gone. */
  gone(): Promise<void>;
}

/** Whoever sends a request so slowly, or so many at once, is no client of ours. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
} as const;
const MOST_CONNECTIONS = 20_000;

/** Opens every port on every address; throws `bind-failed`, and leaves none open, when one cannot be. */
export async function openListeners(
  wanted: readonly Listening[],
  bind: readonly string[],
  parts: { readonly certificate: ServerCertificate; readonly log: Log },
): Promise<Listeners> {
  const open: { readonly name: Listening["name"]; readonly server: Server & Closable }[] = [];
  const closing: Promise<void>[] = [];
  const close = (): void => {
    closing.push(...open.map(({ server }) => closed(server)));
  };
  const gone = async (): Promise<void> => {
    await Promise.all(closing);
  };
  try {
    for (const listening of wanted) {
      if (listening.port === "off") continue;
      let port = listening.port;
      for (const address of bind) {
        const server = makeServer(listening, parts.certificate);
        const opened = await listen(server, address, { name: listening.name, port, log: parts.log });
        if (opened === undefined) continue;
        open.push({ name: listening.name, server });
        port = opened;
      }
    }
  } catch (fault) {
    close();
    await gone();
    throw fault;
  }
  const of = (name: Listening["name"]): readonly AddressInfo[] =>
    open.filter((one) => one.name === name).map(({ server }) => server.address() as AddressInfo);
  const texts = (name: Listening["name"]): readonly string[] => of(name).map(addressText);
  return {
    addresses: { http: texts("http"), https: texts("https"), dialer: texts("dialer") },
    port: (name) => of(name)[0]?.port,
    stopAccepting: () => {
      for (const { server } of open) server.close();
    },
    close,
    gone,
  };
}

interface Closable {
  closeAllConnections(): void;
}

function makeServer(listening: Listening, certificate: ServerCertificate): Server & Closable {
  const { answer, upgrade, wantsUpgrade = () => false } = listening;
  const options = { ...LIMITS, shouldUpgradeCallback: wantsUpgrade };
  if (!listening.isTls) {
    const server = createHttpServer(options, answer);
    if (upgrade !== undefined) server.on("upgrade", upgrade);
    server.maxConnections = MOST_CONNECTIONS;
    return server;
  }
  const server = createHttpsServer({ ...options, ...certificate.pair(), minVersion: "TLSv1.2" }, answer);
  if (upgrade !== undefined) server.on("upgrade", upgrade);
  server.maxConnections = MOST_CONNECTIONS;
  certificate.onChange((pair) => server.setSecureContext({ ...pair, minVersion: "TLSv1.2" }));
  return server;
}

/** The real port; `undefined` where the machine has no such family of addresses and nobody asked for it by name. */
function listen(
  server: Server,
  host: string,
  { name, port, log }: { readonly name: string; readonly port: number; readonly log: Log },
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const isMissingFamily = host === "::" && (cause.code === "EAFNOSUPPORT" || cause.code === "EADDRNOTAVAIL");
      if (!isMissingFamily) return reject(bindFailed(name, `${host}:${port}`, cause));
      log.warn("this machine has no IPv6", { name });
      resolve(undefined);
    });
    server.listen({ host, port, ipv6Only: true }, () => resolve((server.address() as AddressInfo).port));
  });
}

const bindFailed = (name: string, address: string, cause: NodeJS.ErrnoException): PlatformError =>
  new PlatformError(
    "bind-failed",
    cause.code === "EADDRINUSE"
      ? `${address} is in use; choose another port with CORDBOARD_${name.toUpperCase()}_PORT, or off`
      : `${address} cannot be listened on for ${name}`,
    cause,
  );

function closed(server: Server & Closable): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
