import { addresses } from "./plan.ts";
import type { EndHeard, Heard, Outcome, Story } from "./story.ts";

/** 64 × T1: how long either side waits for the other. */
const PATIENCE = 32_000;

/** A BYE may wait so long for the ACK, be sent for so long again, and so long is a re-INVITE then waited for that was cancelled. */
const QUIET_AFTER = 3 * PATIENCE + 5_000;

/** How often a transaction sends a request at most within 64 × T1. */
const MOST_COPIES: Readonly<Record<string, number>> = { INVITE: 7 };
const MOST_COPIES_OF_OTHERS = 11;

/** Requests that a party may still begin when its dialog is over. */
const AFTER_THE_END: readonly string[] = ["ACK", "BYE", "CANCEL"];

const isAnswered = (outcome: Outcome | undefined) => outcome?.type === "answered";

/** All that is wrong with a story; nothing when it ended right on both sides. */
export function judge(story: Story): readonly string[] {
  const [outcome] = story.caller.outcomes;
  return [
    ...judgeParty("the caller", story.caller),
    ...story.callees.flatMap((heard) => judgeParty(heard.address, heard)),
    ...judgeOutcomes(story, outcome),
    ...judgeCalm(story, outcome),
    ...judgeEnds(story, outcome),
    ...judgeMessages(story),
    ...judgeRemains(story),
  ];
}

/** One outcome for each, and one end for whoever had a dialog. */
function judgeParty(who: string, { outcomes, ends }: Heard): readonly string[] {
  const wanted = isAnswered(outcomes[0]) ? 1 : 0;
  return [
    ...(outcomes.length === 1 ? [] : [`${who} heard ${outcomes.length} outcomes: ${JSON.stringify(outcomes)}`]),
    ...(ends.length === wanted ? [] : [`${who} heard ${ends.length} ends, not ${wanted}: ${JSON.stringify(ends)}`]),
  ];
}

/** What the caller heard must come from something that happened. */
function judgeOutcomes({ plan, callees }: Story, outcome: Outcome | undefined): readonly string[] {
  const theirs = callees.flatMap(({ outcomes }) => outcomes);
  if (outcome?.type === "answered") {
    const isTheirs = theirs.some((each) => each.type === "answered" && each.tags === outcome.tags);
    return isTheirs ? [] : ["the caller's dialog is nobody's"];
  }
  if (outcome?.type !== "failed") return [];
  const { cause, status, at } = outcome;
  const isRefusing = plan.outage !== undefined && plan.outage.how !== "silent";
  const fits = {
    rejected:
      theirs.some((each) => each.type === "rejected" && each.status === status) || (isRefusing && status === 503),
    cancelled: plan.cancelAt !== undefined && status === 487 && at >= plan.cancelAt,
    timeout: status === 408 && at >= Math.min(plan.deadline, PATIENCE),
    transport: status === 503 && isRefusing,
    closed: false,
  }[cause];
  return fits ? [] : [`nothing accounts for the caller's ${status} (${cause}) at ${at}`];
}

/** Where nothing is broken, what was planned happens, however much is lost on the way. */
function judgeCalm({ plan }: Story, outcome: Outcome | undefined): readonly string[] {
  const [callee] = plan.callees;
  if (plan.outage !== undefined || plan.isForked || plan.cancelAt !== undefined || callee === undefined) return [];
  if (callee.after + 10_000 > plan.deadline) return [];
  if (callee.does === "answers" && !isAnswered(outcome)) return ["a call that was answered was not connected"];
  const isRejected = outcome?.type === "failed" && outcome.cause === "rejected";
  return callee.does === "rejects" && !isRejected ? ["a call that was rejected was not heard to be"] : [];
}

/** The ends of both sides of one dialog fit each other. */
function judgeEnds(story: Story, outcome: Outcome | undefined): readonly string[] {
  return story.callees.flatMap(({ outcomes: [theirs], ends: [end] }) => {
    if (theirs?.type !== "answered" || end === undefined) return [];
    const [own] = story.caller.ends;
    const isSame = outcome?.type === "answered" && outcome.tags === theirs.tags;
    return isSame && own !== undefined ? judgePair(story, own, end) : judgeBranch(story, outcome, end);
  });
}

/** A caller and a callee who talked to each other. */
function judgePair(story: Story, caller: EndHeard, callee: EndHeard): readonly string[] {
  const text = `${caller.by} ${caller.cause} at ${caller.at}, ${callee.by} ${callee.cause} at ${callee.at}`;
  const isLost = isVanished(caller, callee) || isVanished(callee, caller);
  return [
    ...(mayHear(caller, callee) && mayHear(callee, caller) ? [] : [`a BYE was heard that nobody sent: ${text}`]),
    ...(isLost && isCalm(story) ? [`somebody was lost though nothing was broken: ${text}`] : []),
    ...(Math.abs(caller.at - callee.at) > PATIENCE && isCalm(story)
      ? [`one side did not hear of the end: ${text}`]
      : []),
    ...([caller, callee].some(({ cause }) => cause === "closed") ? [`somebody closed: ${text}`] : []),
  ];
}

/** Whether somebody heard nothing, other than one whose request met the other's BYE on the way and was told 481. */
const isVanished = (one: EndHeard, other: EndHeard): boolean =>
  one.cause === "no-ack" || (one.cause === "lost" && !(other.by === "local" && other.at < one.at));

/** Whoever hears a BYE hears it of one who hung up, got no ACK, or gave the other up. */
const mayHear = (one: EndHeard, other: EndHeard): boolean =>
  one.by === "local" || one.cause === "lost" || other.by === "local" || other.cause === "lost";

/** A branch that answered while the caller had another one, or none: the caller ends it, or never learns of it. */
function judgeBranch(story: Story, outcome: Outcome | undefined, end: EndHeard): readonly string[] {
  if (end.cause === "bye") return [];
  const isUnheard = outcome?.type === "failed" && story.plan.isForked;
  // Its own requests may meet the BYE on the way, or a caller who knows nothing of it, and hear 481.
  if (end.cause === "lost") return [];
  return end.cause === "no-ack" && (isUnheard || !isCalm(story)) ? [] : [`a branch ended by ${end.by} ${end.cause}`];
}

/** Nothing was broken and everybody answered what they were asked. */
const isCalm = ({ plan }: Story): boolean =>
  plan.outage === undefined &&
  [plan.caller, ...plan.callees.map(({ life }) => life)].every(({ manner }) => manner !== "never");

/** Nobody begins anything after the end, nobody repeats without measure, and it grows quiet. */
function judgeMessages({ caller, callees, sent }: Story): readonly string[] {
  const ends = new Map<string, number>();
  for (const { address, heard } of [
    { address: addresses.caller, heard: caller },
    ...callees.map((heard) => ({ address: heard.address, heard })),
  ]) {
    const at = Math.max(...heard.ends.map((end) => end.at), ...heard.outcomes.map((outcome) => outcome.at));
    ends.set(address, Math.max(at, ends.get(address) ?? 0));
  }
  const last = Math.max(...ends.values());
  const copies = new Map<Uint8Array, number>();
  const complaints: string[] = [];
  for (const { at, from, bytes } of sent) {
    const method = methodOf(bytes);
    const count = (copies.get(bytes) ?? 0) + 1;
    copies.set(bytes, count);
    const end = ends.get(from.address);
    if (at > last + QUIET_AFTER) complaints.push(`${from.address} sent ${method ?? "a response"} at ${at}, too late`);
    if (method === undefined || method === "ACK") continue;
    if (count === 1 && end !== undefined && at > end && !AFTER_THE_END.includes(method))
      complaints.push(`${from.address} began ${method} at ${at}, after its end at ${end}`);
    if (count > (MOST_COPIES[method] ?? MOST_COPIES_OF_OTHERS))
      complaints.push(`${from.address} sent the same ${method} ${count} times`);
  }
  return complaints;
}

/** The method of a request; undefined for a response. */
function methodOf(bytes: Uint8Array): string | undefined {
  const method = String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0x20)));
  return method === "SIP/2.0" ? undefined : method;
}

/** When nothing moves any more nothing is left. */
function judgeRemains({ states, pendingTimers, flying, unsettled, faults }: Story): readonly string[] {
  const left = states.flatMap((state) =>
    Object.entries(state).flatMap(([name, count]) => (count === 0 || Array.isArray(count) ? [] : [`${count} ${name}`])),
  );
  return [
    ...left,
    ...(pendingTimers === 0 ? [] : [`${pendingTimers} timers wait`]),
    ...(flying === 0 ? [] : [`${flying} messages fly`]),
    ...(unsettled === 0 ? [] : [`${unsettled} requests never came to an end`]),
    ...faults.map((fault) => `fault: ${JSON.stringify(fault)}`),
  ].map((each) => `left: ${each}`);
}
