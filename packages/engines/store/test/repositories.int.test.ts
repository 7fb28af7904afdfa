import type { TestDatabase, TestServer } from "@cordboard/testkit/database";
import { useTestServer } from "@cordboard/testkit/database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configContract } from "./contract/config.ts";
import { contactsContract } from "./contract/contacts.ts";
import { historyContract } from "./contract/history.ts";
import { idempotencyContract } from "./contract/idempotency.ts";
import { mailboxesContract } from "./contract/mailboxes.ts";
import { mailsContract } from "./contract/mails.ts";
import { readModelsContract } from "./contract/read-models.ts";
import { recordingsContract } from "./contract/recordings.ts";
import { statusesContract } from "./contract/statuses.ts";
import { strangersContract } from "./contract/strangers.ts";
import { hasDebianServer, startDebianServer } from "./debian-server.ts";

/** Every implementation of the store that there is: the embedded server, and the oldest that an operator may bring. */
const servers = [
  { name: "embedded PostgreSQL", start: useTestServer },
  ...(hasDebianServer() ? [{ name: "Debian's PostgreSQL 15", start: startDebianServer }] : []),
];

test("Debian's PostgreSQL 15 is there where it must be", () => {
  if (!hasDebianServer()) process.stderr.write("left out: PostgreSQL 15 of Debian is not installed (postgresql-15)\n");
  expect(hasDebianServer() || process.env["CI"] !== "true").toBe(true);
});

describe.each(servers)("on $name", ({ start }) => {
  let server: TestServer;
  let clone: TestDatabase;
  beforeAll(async () => {
    server = await start();
    clone = await server.clone();
  });
  afterAll(async () => {
    await clone.stop();
    await server.stop();
  });
  const databases = { database: () => clone.database, reopen: () => clone.reopen() };
  describe("configuration", () => configContract(databases));
  describe("read-models", () => readModelsContract(databases));
  describe("contacts", () => contactsContract(databases));
  describe("history", () => historyContract(databases));
  describe("recordings", () => recordingsContract(databases));
  describe("mailboxes", () => mailboxesContract(databases));
  describe("messages by e-mail", () => mailsContract(databases));
  describe("statuses", () => statusesContract(databases));
  describe("idempotency and marks", () => idempotencyContract(databases));
  describe("other tenants", () => strangersContract(databases));
});
