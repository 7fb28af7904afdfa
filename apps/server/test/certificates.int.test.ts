import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clockOf, instant, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { certificateNames, localCertificates } from "../src/tls/authority.ts";
import { watchedCertificate } from "../src/tls/certificate.ts";

let folder: string;
const clock = clockOf(globalThis);
const names = certificateNames(["demo.localhost"], ["127.0.0.1"]);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cordboard-tls-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a client that trusts the authority trusts the server, by name and by address", async () => {
  const { authority, server } = await localCertificates(folder, names, clock);
  const listening = createServer(server, (_request, answer) => answer.end("hello")).listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  try {
    for (const servername of ["localhost", "demo.localhost", ""]) {
      const asked = request({ host: "127.0.0.1", port, ca: authority, servername, agent: false }).end();
      const [answer] = (await once(asked, "response")) as [NodeJS.ReadableStream & { statusCode: number }];
      answer.resume();
      expect(answer.statusCode).toBe(200);
    }
    const untrusting = request({ host: "127.0.0.1", port, agent: false }).end();
    const [fault] = await once(untrusting, "error");
    expect(String(fault)).toMatch(/self-signed|unable to verify|issuer/);
  } finally {
    listening.closeAllConnections();
    listening.close();
  }
});

test("keys are for their owner alone, and a second start makes nothing new", async () => {
  const first = await localCertificates(folder, names, clock);
  for (const key of ["ca.key", "server.key"]) expect((await stat(join(folder, "tls", key))).mode & 0o777).toBe(0o600);
  expect(await localCertificates(folder, names, clock)).toMatchObject(first);
});

test("a certificate that runs out, or lacks a name, is signed anew by the same authority", async () => {
  const first = await localCertificates(folder, names, clock);
  const nextYear = manualClock(instant(clock.now() + 380 * 86_400_000));
  const renewed = await localCertificates(folder, names, nextYear);
  const renamed = await localCertificates(folder, [...names, "phones.example.com"], nextYear);
  expect(renewed.authority).toBe(first.authority);
  expect(renewed.server.cert).not.toBe(first.server.cert);
  expect(new X509Certificate(renamed.server.cert).checkHost("phones.example.com")).toBe("phones.example.com");
  expect(new X509Certificate(renamed.server.cert).verify(new X509Certificate(first.authority).publicKey)).toBe(true);
});

test("a changed certificate is taken; one that cannot be used is not", async () => {
  const pairs = [
    await localCertificates(folder, names, clock),
    await localCertificates(join(folder, "b"), names, clock),
  ];
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const write = async (cert: string, key: string): Promise<void> => {
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
  };
  await write(pairs[0]?.server.cert ?? "", pairs[0]?.server.key ?? "");
  const refusals: string[] = [];
  const refused = Promise.withResolvers<void>();
  const log = {
    ...silentLog,
    warn: (message: string) => {
      refusals.push(message);
      refused.resolve();
    },
  };
  const watched = await watchedCertificate(files, { clock, log });
  try {
    const before = watched.fingerprint();
    await write(pairs[0]?.server.cert ?? "", "no key");
    await refused.promise;
    expect([watched.fingerprint(), refusals.length]).toEqual([before, 1]);
    const changed = new Promise((resolve) => watched.onChange(resolve));
    await write(pairs[1]?.server.cert ?? "", pairs[1]?.server.key ?? "");
    await changed;
    expect(watched.fingerprint()).not.toBe(before);
    expect(watched.pair().cert).toBe(await readFile(files.cert, "utf8"));
  } finally {
    watched.close();
  }
});
