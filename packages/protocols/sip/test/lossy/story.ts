import type { Log } from "@cordboard/kernel";
import { ms, silentLog } from "@cordboard/kernel";
import type { LossyNetwork, ManualClock, SeededRandom, Sent } from "@cordboard/testkit";
import { lossyNetwork, manualClock, seededRandom } from "@cordboard/testkit";
import type {
  AgentState,
  Dialog,
  DialogEnd,
  DialogHandlers,
  DigestServer,
  FailureCause,
  IncomingCall,
  IncomingRequest,
  SipAgent,
} from "../../src/index.ts";
import { createDigestServer, createSipAgent, glareDelay, makeHa1 } from "../../src/index.ts";
import { nodeHash } from "../../src/transport/index.ts";
import type { LifePlan, Manner, Plan } from "./plan.ts";
import { addresses } from "./plan.ts";

/** An end of a dialog, and when. */
export interface EndHeard extends Pick<DialogEnd, "by" | "cause"> {
  readonly at: number;
}

/** What one party heard of one call. */
export interface Heard {
  /** Outcomes of the call, of which there must be one. */
  readonly outcomes: Outcome[];
  /** Ends of its dialog, of which there must be one when it was answered. */
  readonly ends: EndHeard[];
}

/** What became of a call on one side. */
export type Outcome =
  | { readonly type: "answered"; readonly at: number; readonly tags: string }
  | { readonly type: "failed"; readonly at: number; readonly status: number; readonly cause: FailureCause }
  | { readonly type: "rejected"; readonly at: number; readonly status: number }
  | { readonly type: "cancelled"; readonly at: number };

/** Everything that can be said of a call when nothing moves any more. */
export interface Story {
  readonly plan: Plan;
  readonly caller: Heard;
  /** One for every INVITE that was rung, challenged ones left out. */
  readonly callees: readonly (Heard & { readonly address: string })[];
  /** Messages as they were sent, in order; none when several calls were played together. */
  readonly sent: readonly (Sent & { readonly at: number })[];
  /** Requests of ours whose promise has not settled. */
  readonly unsettled: number;
  readonly faults: readonly unknown[];
  readonly states: readonly AgentState[];
  readonly pendingTimers: number;
  readonly flying: number;
}

const REALM = "example.org";
const credentials = { username: "ann", password: "secret" } as const;
const proofs = makeHa1(nodeHash, REALM, credentials);
/** Nobody lets it ring for longer. */
const UNANSWERED = ms(300_000);
/** Every story is over by then. */
const LONGEST = ms(900_000);
/** Calls that are played together begin within this time. */
const CROWD_WITHIN = 20_000;

/** Where calls are played: a clock, a network and the parties' agents. */
class Stage {
  readonly clock: ManualClock = manualClock();
  readonly random: SeededRandom;
  readonly network: LossyNetwork;
  readonly digest: DigestServer;
  readonly faults: unknown[] = [];
  readonly #transport: Plan["transport"];

  constructor({ seed, weather, transport }: Plan) {
    this.#transport = transport;
    // Another stream of numbers than the one that the plan was made of.
    this.random = seededRandom(seed ^ 0x5bd1e995);
    this.network = lossyNetwork(this.clock, seed, weather);
    this.network.group(addresses.group, addresses.callees);
    const { clock, random } = this;
    this.digest = createDigestServer({ hash: nodeHash, clock, random, key: new Uint8Array(16) });
  }

  agent(address: string): SipAgent {
    const log: Log = { ...silentLog, error: (message, fields) => void this.faults.push([message, fields]) };
    const transports = [this.network.transport({ name: this.#transport, address, port: 5060 })];
    const limits = { unansweredMs: UNANSWERED };
    return createSipAgent({ transports, clock: this.clock, random: this.random, hash: nodeHash, log, limits });
  }
}

/** One call on a stage. */
class PlayedCall {
  readonly plan: Plan;
  readonly callees: (Heard & { readonly address: string })[] = [];
  readonly caller: Heard = { outcomes: [], ends: [] };
  unsettled = 0;
  readonly #stage: Stage;
  readonly #beginsAt: number;

  constructor(plan: Plan, stage: Stage, beginsAt: number) {
    this.plan = plan;
    this.#stage = stage;
    this.#beginsAt = beginsAt;
  }

  get now(): number {
    return this.#stage.clock.monotonic() - this.#beginsAt;
  }

  /** Does something at a time of the plan, or now when that has passed. */
  at(time: number, task: () => void): void {
    this.#after(time - this.now, task);
  }

  /** Places the call. */
  place(caller: SipAgent): string {
    const { plan } = this;
    const { outcomes } = this.caller;
    const target = plan.isForked ? addresses.group : addresses.callees[0];
    const call = caller.invite(
      {
        uri: `sip:bob@${target};transport=${plan.transport}`,
        from: `sip:ann@${addresses.caller}`,
        body: "v=0\r\n",
        deadlineMs: ms(plan.deadline),
        credentials,
      },
      {
        onAnswer: (dialog) => {
          outcomes.push({ type: "answered", at: this.now, tags: `${dialog.id.localTag} ${dialog.id.remoteTag}` });
          this.#live(dialog, plan.caller, true);
          return { handlers: this.#handlers(this.caller, plan.caller) };
        },
        onFailure: (status, _response, cause) => void outcomes.push({ type: "failed", at: this.now, status, cause }),
      },
    );
    if (plan.cancelAt !== undefined) this.at(plan.cancelAt, () => call.cancel());
    return call.callId;
  }

  /** Lets one of those who are called do as planned. */
  ring(address: string, call: IncomingCall): void {
    if (this.plan.isChallenged) {
      const checked = this.#stage.digest.check(call.request, call.flow, { realm: REALM, ha1Of: () => proofs });
      if (!checked.ok) return void call.reject(checked.error.status, { headers: checked.error.headers });
    }
    const mine = this.plan.callees[addresses.callees.indexOf(address)];
    if (mine === undefined) throw new Error("somebody rings who is not in the plan");
    const heard = { address, outcomes: [] as Outcome[], ends: [] };
    this.callees.push(heard);
    call.onCancel(() => void heard.outcomes.push({ type: "cancelled", at: this.now }));
    if (mine.rings) call.progress(180);
    if (mine.does === "waits") return;
    this.#after(mine.after, () => {
      if (mine.does === "answers") return this.#answer(call, heard, mine.life);
      if (call.reject(486)) heard.outcomes.push({ type: "rejected", at: this.now, status: 486 });
    });
  }

  #answer(call: IncomingCall, heard: Heard, plan: LifePlan): void {
    const dialog = call.answer({ body: "v=0\r\n" }, this.#handlers(heard, plan));
    if (dialog === undefined) return;
    heard.outcomes.push({ type: "answered", at: this.now, tags: `${dialog.id.remoteTag} ${dialog.id.localTag}` });
    this.#live(dialog, plan, false);
  }

  /** Lets a party live through its dialog. */
  #live(dialog: Dialog, plan: LifePlan, isCaller: boolean): void {
    const reinvite = (triesLeft: number): void =>
      this.#follow(dialog.reinvite({ body: "v=0\r\n" }), (outcome) => {
        if (outcome.status !== 491 || triesLeft === 0) return;
        const [byte = 0] = this.#stage.random.bytes(1);
        this.#after(glareDelay(isCaller, byte), () => reinvite(triesLeft - 1));
      });
    if (plan.reinviteAt !== undefined) this.at(plan.reinviteAt, () => reinvite(3));
    if (plan.requestAt !== undefined)
      this.at(plan.requestAt, () => this.#follow(dialog.request("INFO", { body: "x", contentType: "text/plain" })));
    this.at(plan.byeAt, () => this.#follow(dialog.bye()));
  }

  #handlers(heard: Heard, { manner }: LifePlan): DialogHandlers {
    return {
      onEnd: ({ by, cause }) => void heard.ends.push({ by, cause, at: this.now }),
      onReinvite: (incoming) => this.#respond(incoming, manner),
      onRequest: (incoming) => this.#respond(incoming, manner),
    };
  }

  #respond(incoming: IncomingRequest, manner: Manner): void {
    const { random } = this.#stage;
    const isInvite = incoming.request.method === "INVITE";
    const accept = (): void => void incoming.respond(200, isInvite ? { body: "v=0\r\n" } : {});
    if (manner === "at once") return accept();
    if (manner === "refuses") return void incoming.respond(488);
    const holdOn = (): void => void incoming.respond(isInvite ? 180 : 100);
    if (random.chance(0.7)) holdOn();
    if (manner === "never") return;
    const wait = random.between(100, 12_000);
    if (random.chance(0.5)) this.#after(wait / 2, holdOn);
    this.#after(wait, random.chance(0.3) ? () => void incoming.respond(488) : accept);
  }

  #after(delay: number, task: () => void): void {
    this.#stage.clock.after(ms(Math.max(0, delay)), task);
  }

  /** Counts a promise until it settles. */
  #follow<Value>(promise: Promise<Value>, then: (value: Value) => void = () => {}): void {
    this.unsettled++;
    promise.then(
      (value) => {
        this.unsettled--;
        then(value);
      },
      (cause: unknown) => void this.#stage.faults.push(["a request rejected", cause]),
    );
  }
}

/** Plays a plan alone until no timer is left. */
export async function play(plan: Plan): Promise<Story> {
  const stage = new Stage(plan);
  const sent: (Sent & { readonly at: number })[] = [];
  stage.network.watch((each) => void sent.push({ ...each, at: stage.clock.monotonic() }));
  const [story] = await perform(stage, [new PlayedCall(plan, stage, 0)]);
  if (story === undefined) throw new Error("nothing was played");
  return { ...story, sent };
}

/** Plays several plans at once, with the same agents in the weather of the first. */
export async function playTogether(plans: readonly [Plan, ...Plan[]]): Promise<readonly Story[]> {
  const [{ weather, transport }] = plans;
  const stage = new Stage(plans[0]);
  const calls = plans.map((plan) => {
    const alike = { ...plan, weather, transport, outage: undefined };
    return new PlayedCall(alike, stage, stage.random.between(0, CROWD_WITHIN));
  });
  return perform(stage, calls);
}

async function perform(stage: Stage, calls: readonly PlayedCall[]): Promise<readonly Story[]> {
  const byCallId = new Map<string, PlayedCall>();
  const caller = stage.agent(addresses.caller);
  const callees = addresses.callees.map((address) => {
    const agent = stage.agent(address);
    agent.onCall((call) => byCallId.get(call.request.headers.callId ?? "")?.ring(address, call));
    return agent;
  });
  const agents = [caller, ...callees];
  await Promise.all(agents.map((agent) => agent.listen()));
  for (const each of calls) {
    const { outage } = each.plan;
    if (outage !== undefined) each.at(outage.from, () => stage.network.isolate(outage.who, outage.how));
    if (outage?.until !== undefined) each.at(outage.until, () => stage.network.restore(outage.who));
    each.at(0, () => void byCallId.set(each.place(caller), each));
  }
  await stage.clock.drain(LONGEST);
  const remains = {
    faults: stage.faults,
    states: agents.map((agent) => agent.describe()),
    pendingTimers: stage.clock.pending,
    flying: stage.network.flying,
  };
  await Promise.all(agents.map((agent) => agent.close()));
  return calls.map((each) => ({
    plan: each.plan,
    caller: each.caller,
    callees: each.callees,
    unsettled: each.unsettled,
    sent: [],
    ...remains,
  }));
}
