import { ms } from "@cordboard/kernel";
import type { Dialog, DialogHandlers, SipAgent, SipAgentOptions, SipMessage } from "../src/index.ts";
import { parseMessage } from "../src/index.ts";
import type { World } from "./world.ts";
import { makeWorld, SERVER } from "./world.ts";

/** Two agents that talk. */
export interface Pair {
  readonly world: World;
  readonly ann: SipAgent;
  readonly bob: SipAgent;
  /** The dialog of her who called, and of him who answered. */
  readonly hers: Dialog;
  readonly his: Dialog;
  /** Every message that ann sent, in order. */
  readonly sent: readonly SipMessage[];
  /** Every message that bob sent, in order. */
  readonly got: readonly SipMessage[];
}

/** How two agents come to talk. */
export interface Meeting {
  readonly ann?: Partial<SipAgentOptions>;
  readonly bob?: Partial<SipAgentOptions>;
  readonly hers?: Partial<DialogHandlers>;
  readonly his?: Partial<DialogHandlers>;
}

/** Ann calls, bob answers. */
export async function talking(meeting: Meeting = {}): Promise<Pair> {
  const world = makeWorld();
  const sent: SipMessage[] = [];
  const got: SipMessage[] = [];
  const ann = await world.agent(SERVER, { trace: tracedInto(sent), ...meeting.ann });
  const bob = await world.agent("10.0.0.2", { trace: tracedInto(got), ...meeting.bob });
  const dialogs: { hers?: Dialog; his?: Dialog | undefined } = {};
  bob.onCall((call) => {
    dialogs.his = call.answer({ body: "v=0" }, { onEnd() {}, ...meeting.his });
  });
  ann.onCall((call) => void call.reject(486));
  ann.invite(
    { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org", body: "v=0" },
    {
      onAnswer: (dialog) => {
        dialogs.hers = dialog;
        return { handlers: { onEnd() {}, ...meeting.hers } };
      },
      onFailure: (status) => {
        throw new Error(`the call failed with ${status}`);
      },
    },
  );
  await world.clock.run(ms(50));
  const { hers, his } = dialogs;
  if (hers === undefined || his === undefined) throw new Error("nobody talks");
  return { world, ann, bob, hers, his, sent, got };
}

/** Keeps what an agent sends. */
function tracedInto(messages: SipMessage[]): NonNullable<SipAgentOptions["trace"]> {
  return ({ direction, text }) => {
    const parsed = parseMessage(new TextEncoder().encode(text));
    if (direction === "out" && parsed.ok) messages.push(parsed.value);
  };
}

/** The requests of a method among messages. */
export const requestsIn = (messages: readonly SipMessage[], method: string) =>
  messages.flatMap((each) => (each.type === "request" && each.method === method ? [each] : []));

/** The responses to a method among messages. */
export const responsesIn = (messages: readonly SipMessage[], method: string) =>
  messages.flatMap((each) => (each.type === "response" && each.headers.cseq?.method === method ? [each] : []));
