import type { Clock, Random, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Kysely, Transaction } from "kysely";
import type { Tables } from "../database/schema.ts";
import type { Sealer } from "../sealing/sealer.ts";
import type { ConfigFeed, ConfigOutcome } from "./changes.ts";
import type { ConfigRefusal, Meanings } from "./refusals.ts";
import { refusalOf } from "./refusals.ts";
import type { Changed } from "./store.ts";

/** What every part of the configuration works with. */
export interface ConfigTools {
  readonly tables: Kysely<Tables>;
  readonly feed: ConfigFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly sealer: Sealer;
}

/** What a step inside a transaction comes to. */
export type Step<Value> = Result<ConfigOutcome<Value>, ConfigRefusal>;

/**
 * Makes one change in one transaction, and tells the listeners after its commit. `meanings` says what the names of the
 * constraints that it may violate mean as refusals.
 */
export function change<Value>(
  { tables, feed }: ConfigTools,
  meanings: Meanings,
  step: (tx: Transaction<Tables>) => Promise<Step<Value>>,
): Changed<Value> {
  return feed.commit<Result<Value, ConfigRefusal>>(async () => {
    try {
      const outcome = await tables.transaction().execute(step);
      return outcome.ok
        ? { value: ok(outcome.value.value), changes: outcome.value.changes }
        : { value: outcome, changes: [] };
    } catch (error) {
      const refusal = refusalOf(error, meanings);
      if (refusal === undefined) throw error;
      return { value: refused(refusal), changes: [] };
    }
  });
}
