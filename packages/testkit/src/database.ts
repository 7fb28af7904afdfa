import { join } from "node:path";
import { randomHex } from "@cordboard/kernel";
import type { Database } from "@cordboard/store";
import { openDatabase } from "@cordboard/store";
import pg from "pg";
import { machine, makeTestFolder } from "./machine.ts";

/** Names the server that the whole run shares, for the processes in which its tests run. */
const SHARED_SERVER = "CORDBOARD_TEST_SERVER";
const TEMPLATE = "cordboard_template";

/** The URL by which a server's administrator reaches a database of that name. */
export type UrlOf = (database: string) => string;

/** A PostgreSQL server for tests, with a template that has our schema. */
export interface TestServer {
  readonly urlOf: UrlOf;
  /** A fresh database with our schema, in some milliseconds. */
  clone(): Promise<TestDatabase>;
  stop(): Promise<void>;
}

/** A database of one test file, and nobody else's. */
export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  /** Opens the same database once more, as a server does after a restart. */
  reopen(): Promise<Database>;
  /** Closes and drops it. */
  stop(): Promise<void>;
}

/** A fresh database on the run's server, or on one of its own where the run has none. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const server = await useTestServer();
  const clone = await server.clone();
  const stop = async (): Promise<void> => {
    await clone.stop();
    await server.stop();
  };
  return { ...clone, stop };
}

/** The run's server, which goes on when this is stopped, or one of its own where the run has none. */
export async function useTestServer(): Promise<TestServer> {
  const shared = process.env[SHARED_SERVER];
  if (shared === undefined) return startTestServer();
  const urlOf = (name: string): string => shared.replace("@/postgres?", `@/${name}?`);
  return { urlOf, clone: () => cloneTemplate(urlOf), stop: () => Promise.resolve() };
}

/** Starts an embedded server whose data nobody needs after a crash. */
export async function startTestServer(): Promise<TestServer> {
  const folder = await makeTestFolder();
  const settings = { ...machine, dataFolder: join(folder.path, "data"), dbUser: "nobody", isDurable: false };
  const database = await openDatabase(settings);
  const { host = "", port = 5432, user = "", password } = database.pool.options;
  const stop = async (): Promise<void> => {
    await database.stop();
    await folder.remove();
  };
  return serveTests(
    (name) => `postgresql://${user}:${password}@/${name}?host=${encodeURIComponent(host)}&port=${port}`,
    stop,
  );
}

/** Makes a running server one for tests. */
export async function serveTests(urlOf: UrlOf, stop: () => Promise<void>): Promise<TestServer> {
  await administer(urlOf, `create database ${TEMPLATE}`);
  const template = await openAt(urlOf(TEMPLATE));
  await template.stop();
  return { urlOf, stop, clone: () => cloneTemplate(urlOf) };
}

/** Lets all tests of this run use the server: processes started later inherit the environment. */
export function shareTestServer({ urlOf }: TestServer): void {
  process.env[SHARED_SERVER] = urlOf("postgres");
}

async function cloneTemplate(urlOf: UrlOf): Promise<TestDatabase> {
  const name = `test_${randomHex(machine.random, 8)}`;
  await administer(urlOf, `create database ${name} template ${TEMPLATE} strategy file_copy`);
  const url = urlOf(name);
  const database = await openAt(url);
  const opened = [database];
  const reopen = async (): Promise<Database> => {
    const again = await openAt(url);
    opened.push(again);
    return again;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each.stop()));
    await administer(urlOf, `drop database ${name} with (force)`);
  };
  return { database, url, reopen, stop };
}

const openAt = (url: string): Promise<Database> => openDatabase({ ...machine, dataFolder: "", url, dbUser: "nobody" });

async function administer(urlOf: UrlOf, statement: string): Promise<void> {
  const client = new pg.Client(urlOf("postgres"));
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
