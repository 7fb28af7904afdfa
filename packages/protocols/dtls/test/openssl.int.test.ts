import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { machine } from "@cordboard/testkit";
import { leaveOut } from "@cordboard/testkit/left-out";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AgreedKeys } from "../src/association.ts";
import { DtlsAssociation } from "../src/association.ts";
import { nodeDtlsCrypto } from "../src/transport/dtls-crypto.ts";
import type { DtlsIdentity } from "../src/transport/identity.ts";
import { fingerprintOf, makeDtlsIdentity } from "../src/transport/identity.ts";

const profiles = [{ number: 7, keyBytes: 16, saltBytes: 12 }];
const KEY_BYTES = 2 * (16 + 12);

const isThere = (folder: string): boolean => {
  try {
    accessSync(join(folder, "openssl"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const pem = (name: string, der: Uint8Array): string =>
  `-----BEGIN ${name}-----\n${Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END ${name}-----\n`;

describe("OpenSSL", () => {
  if (!(process.env["PATH"] ?? "").split(delimiter).some(isThere))
    leaveOut("openssl is not installed; on Debian: apt-get install openssl");
  const ours = makeDtlsIdentity(machine.clock.now());
  const theirs = makeDtlsIdentity(machine.clock.now());
  let folder = "";
  let socket: Socket;
  let child: ChildProcess | undefined;
  let said = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cordboard-dtls-"));
    await writeFile(join(folder, "cert.pem"), pem("CERTIFICATE", theirs.certificate));
    await writeFile(join(folder, "ours.pem"), pem("CERTIFICATE", ours.certificate));
    await writeFile(join(folder, "key.pem"), pem("PRIVATE KEY", theirs.privateKey));
    socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    said = "";
  });
  afterEach(async () => {
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    if (child?.exitCode === null && child.kill("SIGKILL")) await ended;
    child = undefined;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    await rm(folder, { recursive: true });
  });

  /** Runs OpenSSL with its own certificate, exporting SRTP's keys. */
  const run = (words: readonly string[]): void => {
    const keys = ["-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", String(KEY_BYTES)];
    const own = ["-cert", join(folder, "cert.pem"), "-key", join(folder, "key.pem")];
    child = spawn("openssl", [...words, "-dtls1_2", "-use_srtp", "SRTP_AEAD_AES_128_GCM", ...own, ...keys]);
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (said += String(text)));
  };

  /** Our side on the socket; settles with the keys, rejects with why there are none. */
  const connect = (role: "client" | "server", named: DtlsIdentity, to?: number): Promise<AgreedKeys> => {
    let peer = to;
    const { promise, resolve, reject } = Promise.withResolvers<AgreedKeys>();
    const association = new DtlsAssociation(
      {
        ...machine,
        crypto: nodeDtlsCrypto(ours),
        send: (datagram) => peer !== undefined && socket.send(datagram, peer, "127.0.0.1"),
        onKeys: resolve,
        onEnd: (why) => reject(new Error(`${why}\n${said}`)),
      },
      { role, profiles, fingerprints: [{ hash: "sha-256", value: fingerprintOf("sha-256", named.certificate) }] },
    );
    socket.on("message", (datagram, from) => {
      peer = from.port;
      association.take(datagram);
    });
    association.begin();
    return promise.finally(() => association.close());
  };

  /** The keys as OpenSSL exports them: both keys, then both salts, the client's first. */
  const exported = async (): Promise<string> => {
    await expect.poll(() => said).toMatch(/Keying material: [0-9A-F]+/i);
    return (/Keying material: ([0-9A-F]+)/i.exec(said)?.[1] ?? "").toLowerCase();
  };
  const asExported = (client: Uint8Array, server: Uint8Array): string =>
    Buffer.concat([client.subarray(0, 16), server.subarray(0, 16), client.subarray(16), server.subarray(16)]).toString(
      "hex",
    );

  test("calls us, and has the same keys", async () => {
    const keys = connect("server", theirs);
    run(["s_client", "-connect", `127.0.0.1:${socket.address().port}`]);
    const { send, receive, profile } = await keys;
    expect(profile).toBe(7);
    expect(await exported()).toBe(asExported(receive, send));
  });

  test("is called by us, cookie and all, and has the same keys", async () => {
    const free = createSocket("udp4");
    await new Promise<void>((resolve) => free.bind(0, "127.0.0.1", resolve));
    const { port } = free.address();
    await new Promise<void>((resolve) => free.close(() => resolve()));
    run([
      "s_server",
      "-accept",
      `127.0.0.1:${port}`,
      "-Verify",
      "1",
      "-verify_return_error",
      "-CAfile",
      join(folder, "ours.pem"),
    ]);
    await expect.poll(() => said).toContain("ACCEPT");
    const { send, receive } = await connect("client", theirs, port);
    expect(await exported()).toBe(asExported(send, receive));
  });

  test("is refused when it shows another certificate than was announced", async () => {
    const keys = connect("server", ours);
    run(["s_client", "-connect", `127.0.0.1:${socket.address().port}`]);
    await expect(keys).rejects.toThrow("the certificate is not the one that was announced");
    await expect.poll(() => said).toMatch(/alert bad certificate/i);
  });
});
