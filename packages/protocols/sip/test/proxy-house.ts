import { ms } from "@cordboard/kernel";
import { expect } from "vitest";
import type {
  Binding,
  Dialog,
  DialogEnd,
  IncomingCall,
  ProxyOptions,
  RouteQuestion,
  SipAgent,
  SipAgentOptions,
} from "../src/index.ts";
import { contactHeaders, liveBindings, parseUri, register, targetsOf } from "../src/index.ts";
import type { World } from "./world.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

/** Long enough for messages to go round, and for no timer. */
export const settle = ms(100);

/** Longer than any timer. */
export const long = ms(500_000);

/** A proxy with a registrar in its world. */
export interface House {
  readonly world: World;
  readonly proxy: SipAgent;
  readonly asked: RouteQuestion[];
}

/** A proxy that knows who has registered with it, and what it was asked. */
export async function house(
  options: Partial<ProxyOptions> = {},
  agentOptions: Partial<SipAgentOptions> = {},
): Promise<House> {
  const world = makeWorld();
  const proxy = await world.agent(SERVER, agentOptions);
  const users = new Map<string, readonly Binding[]>();
  const asked: RouteQuestion[] = [];
  proxy.handle("REGISTER", (incoming) => {
    const { request, flow } = incoming;
    const user = request.headers.to?.uri ?? "";
    const outcome = register(users.get(user) ?? [], { request, flow, now: world.clock.now() });
    if (!outcome.ok) return void incoming.respond(outcome.status);
    users.set(user, outcome.bindings);
    incoming.respond(200, { headers: contactHeaders(outcome.bindings, world.clock.now()) });
  });
  proxy.proxy({
    route: (question) => {
      asked.push(question);
      const bindings = users.get(`sip:${parseUri(question.request.uri)?.user}@example.org`) ?? [];
      return { targets: targetsOf(liveBindings(bindings, world.clock.now())) };
    },
    ...options,
  });
  return { world, proxy, asked };
}

/** A phone that is registered and collects its calls. */
export interface Phone {
  readonly agent: SipAgent;
  readonly calls: IncomingCall[];
  readonly cancels: (string | undefined)[];
  readonly dialogs: Dialog[];
  readonly ends: DialogEnd[];
  answer(): Dialog;
}

/** A phone of a user, registered once. */
export async function phone(world: World, address: string, user: string, q = "1"): Promise<Phone> {
  const agent = await world.agent(address);
  const calls: IncomingCall[] = [];
  const cancels: (string | undefined)[] = [];
  const dialogs: Dialog[] = [];
  const ends: DialogEnd[] = [];
  agent.onCall((call) => {
    calls.push(call);
    call.onCancel((cancel) => void cancels.push(cancel?.headers.get("Reason")));
    call.progress(180);
  });
  const aor = `sip:${user}@example.org`;
  const registration = agent.register({ registrar: `sip:${SERVER}`, aor, contactParams: `;q=${q}` });
  await world.clock.run(settle);
  expect(await registration.first).toMatchObject({ ok: true });
  const answer = (): Dialog => {
    const dialog = calls.at(-1)?.answer({ body: "v=0" }, { onEnd: (end) => void ends.push(end) });
    if (dialog === undefined) return expect.fail("nothing to answer");
    dialogs.push(dialog);
    return dialog;
  };
  registration.stop();
  return { agent, calls, cancels, dialogs, ends, answer };
}

/** A call from a phone through the proxy, and what its caller heard. */
export function ring(caller: SipAgent, to = "bob") {
  const heard = {
    progress: [] as number[],
    dialogs: [] as Dialog[],
    failures: [] as number[],
    ends: [] as DialogEnd[],
    reasons: [] as (string | undefined)[],
  };
  const call = caller.invite(
    { uri: `sip:${to}@${SERVER}`, from: "sip:ann@example.org", to: `sip:${to}@example.org`, body: "v=0" },
    {
      onProgress: (status) => void heard.progress.push(status),
      onAnswer: (dialog) => {
        heard.dialogs.push(dialog);
        return { handlers: { onEnd: (end) => void heard.ends.push(end) } };
      },
      onFailure: (status) => void heard.failures.push(status),
    },
  );
  return { call, heard };
}

/** Waits until every timer has run out, and wants nothing left. */
export async function allIsOver(world: World, ...agents: readonly SipAgent[]): Promise<void> {
  await world.clock.run(long);
  for (const agent of agents) expect(agent.describe()).toMatchObject(nothingAlive);
  expect(world.faults).toEqual([]);
}
