import { machine } from "@cordboard/testkit";
import { readSettings } from "../apps/server/src/settings.ts";
import type { Foundation } from "../apps/server/src/system/foundation.ts";
import { layFoundation } from "../apps/server/src/system/foundation.ts";

/**
 * Does something in a data folder before a server is started on it: what commands cannot do, or not so often. An empty folder has its default
 * tenant then, unless `isBare`.
 */
export async function beforeStart<Value>(
  data: string,
  work: (foundation: Foundation) => Promise<Value>,
  { isBare = false }: { readonly isBare?: boolean } = {},
): Promise<Value> {
  const read = readSettings({ CORDBOARD_DATA: data }, { isDemo: false, isTerminal: false });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const kind = isBare ? true : "either";
  const foundation = await layFoundation(read.value, machine, { purpose: "a test", isDemo: kind });
  try {
    return await work(foundation);
  } finally {
    await foundation.close();
  }
}
