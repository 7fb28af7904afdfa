import type { Clock, TenantId } from "@cordboard/kernel";
import { instant, isoText, PlatformError, seconds } from "@cordboard/kernel";
import { sql } from "kysely";
import type { Database } from "../database/database.ts";
import { moment } from "../database/schema.ts";
import { storable, storableJson } from "../writing/storable.ts";

/** How long an answer is kept for those who ask again. */
const KEPT_FOR = seconds(24 * 3600);
/** Rows that one sweep takes at a time. */
const SWEEP_ROWS = 5_000;
const MOST_ROUNDS = 3;

/** A request that may come again, by all that tells it from others within its tenant. */
export interface RepeatableRequest {
  /** Who sent it: a key's or user's id. */
  readonly credential: string;
  readonly method: string;
  readonly path: string;
  /** The `Idempotency-Key`, 1 to 255 visible characters. */
  readonly key: string;
  /** SHA-256 of the body, lower-case hexadecimal. */
  readonly bodyHash: string;
}

/** An answer as it was given. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What to do with a request that carries a key. */
export type Claim =
  /** It is new, and this is committed: do it, then {@link IdempotencyStore.settle}. */
  | { readonly outcome: "claimed" }
  | { readonly outcome: "replay"; readonly answer: StoredAnswer }
  /** The same key came with another body. */
  | { readonly outcome: "key-reused" }
  | { readonly outcome: "in-progress" }
  /** A crash came between the effect and its answer; nobody knows whether there was an effect. */
  | { readonly outcome: "outcome-unknown" };

/** Requests that are safe to send again. */
export interface IdempotencyStore {
  /** Commits that the request is about to be carried out, or says what became of it. */
  claim(tenant: TenantId, request: RepeatableRequest): Promise<Claim>;
  /** Keeps the answer of a claimed request; one of 500 or above is not kept, and the key is free again. */
  settle(tenant: TenantId, request: RepeatableRequest, answer: StoredAnswer): Promise<void>;
  /** Frees a claimed key, because there was no effect and is no answer. */
  release(tenant: TenantId, request: RepeatableRequest): Promise<void>;
  /** Says that a claimed request failed midway: whoever asks again hears that its outcome is unknown. */
  abandon(tenant: TenantId, request: RepeatableRequest): Promise<void>;
  /** Removes what is older than 24 h, of all tenants; returns how many rows. To be called now and then. */
  sweep(): Promise<number>;
}

/** What {@link createIdempotencyStore} needs. */
export interface IdempotencyOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** This incarnation of the server: what an earlier one left running has an unknown outcome. */
  readonly epoch: string;
}

/** The requests of the last 24 hours in the database. */
export function createIdempotencyStore({ database, clock, epoch }: IdempotencyOptions): IdempotencyStore {
  const { tables } = database;
  const oldest = () => moment(instant(clock.now() - KEPT_FOR));
  const idOf = (tenant: TenantId, { credential, method, path, key }: RepeatableRequest) => ({
    tenant_id: tenant,
    credential,
    method,
    path,
    key,
  });

  const insert = async (tenant: TenantId, request: RepeatableRequest): Promise<boolean> => {
    const fresh = { state: "running", epoch, body_hash: request.bodyHash, created_at: isoText(clock.now()) } as const;
    const result = await tables
      .insertInto("idempotency")
      .values({ ...idOf(tenant, request), ...fresh, status: null, headers: null, body: null })
      .onConflict((conflict) =>
        conflict
          .constraint("idempotency_pkey")
          .doUpdateSet({ ...fresh, status: null, headers: null, body: null })
          .where("idempotency.created_at", "<=", oldest()),
      )
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  };

  const existing = async (tenant: TenantId, request: RepeatableRequest): Promise<Claim | undefined> => {
    const row = await tables
      .selectFrom("idempotency")
      .selectAll()
      .where((where) => where.and(idOf(tenant, request)))
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (row.body_hash !== request.bodyHash) return { outcome: "key-reused" };
    if (row.state === "running") return { outcome: row.epoch === epoch ? "in-progress" : "outcome-unknown" };
    const headers = row.headers as StoredAnswer["headers"];
    return { outcome: "replay", answer: { status: row.status ?? 0, headers, body: row.body ?? "" } };
  };

  const release = async (tenant: TenantId, request: RepeatableRequest): Promise<void> => {
    await tables
      .deleteFrom("idempotency")
      .where((where) => where.and({ ...idOf(tenant, request), epoch, state: "running" }))
      .execute();
  };

  return {
    async claim(tenant, request) {
      for (let round = 0; round < MOST_ROUNDS; round++) {
        if (await insert(tenant, request)) return { outcome: "claimed" };
        // The row may have been freed between the two questions; then it is ours to claim.
        const claim = await existing(tenant, request);
        if (claim !== undefined) return claim;
      }
      return { outcome: "in-progress" };
    },
    async settle(tenant, request, { status, headers, body }) {
      if (status >= 500) return release(tenant, request);
      const result = await tables
        .updateTable("idempotency")
        .set({ state: "done", status, headers: storableJson(headers), body: storable(body) })
        .where((where) => where.and({ ...idOf(tenant, request), epoch, state: "running" }))
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n)
        throw new PlatformError("internal", "an answer came to a request that nobody claimed");
    },
    release,
    async abandon(tenant, request) {
      // A row of no run's epoch is what a crash leaves, too.
      await tables
        .updateTable("idempotency")
        .set({ epoch: "" })
        .where((where) => where.and({ ...idOf(tenant, request), epoch, state: "running" }))
        .execute();
    },
    async sweep() {
      let swept = 0;
      for (let last = SWEEP_ROWS; last === SWEEP_ROWS; swept += last) {
        const result = await sql`
          delete from idempotency where ctid in (
            select ctid from idempotency where created_at <= ${oldest()} limit ${SWEEP_ROWS})`.execute(tables);
        last = Number(result.numAffectedRows ?? 0n);
      }
      return swept;
    },
  };
}
