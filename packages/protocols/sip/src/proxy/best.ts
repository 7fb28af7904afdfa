/** Answers that tell the caller how to do better. @rfc 3261#16.7 step 6 */
const helpful: ReadonlySet<number> = new Set([401, 407, 415, 420, 484]);

/** The better an answer, the lower. */
function rank(status: number, isCancelled: boolean): number {
  if (status >= 600) return 0;
  if (status === 487 && isCancelled) return 1;
  if (status < 400) return 2;
  if (status >= 500) return status === 503 ? 9 : 8;
  if (status === 401 || status === 407) return 3;
  if (helpful.has(status)) return 4;
  // Nobody there, or given up by ourselves: what any other branch says is worth more.
  if (status === 408 || status === 480 || status === 487) return 6;
  return 5;
}

/**
 * The index of the final response that the caller should get: one of everywhere (6xx), else of the lowest class; the first
 * of equal ones. -1 for none. @rfc 3261#16.7 step 6
 */
export function bestOf(statuses: readonly number[], isCancelled: boolean): number {
  let best = -1;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [index, status] of statuses.entries()) {
    const its = rank(status, isCancelled);
    if (its < lowest) {
      lowest = its;
      best = index;
    }
  }
  return best;
}
