import { ms } from "@cordboard/kernel";
import { expect } from "vitest";
import type {
  Dialog,
  DialogEnd,
  FailureCause,
  IncomingRequest,
  InviteOptions,
  OutgoingCall,
  SipAgent,
  SipRequest,
} from "../src/index.ts";
import type { Puppet, World } from "./world.ts";
import { makeWorld, SERVER } from "./world.ts";

/** What a call of ours told its owner. */
export interface Heard {
  readonly progress: number[];
  readonly dialogs: Dialog[];
  readonly failures: [status: number, cause: FailureCause][];
  readonly ends: DialogEnd[];
  readonly reinvites: IncomingRequest[];
}

/** An agent that calls a peer without a stack. */
export interface Caller {
  readonly world: World;
  readonly agent: SipAgent;
  readonly peer: Puppet;
  readonly heard: Heard;
  /** Calls the peer. */
  place(options?: Partial<InviteOptions>): OutgoingCall;
  /** The last INVITE that reached the peer. */
  invited(): Promise<SipRequest>;
  /** The peer answers; the dialog. */
  answered(fields?: readonly (readonly [string, string])[]): Promise<Dialog>;
}

/** A world with a caller and a peer in it. */
export async function makeCaller(): Promise<Caller> {
  const world = makeWorld();
  const agent = await world.agent(SERVER);
  const peer = await world.puppet("10.0.0.2");
  const heard: Heard = { progress: [], dialogs: [], failures: [], ends: [], reinvites: [] };
  const invited = async (): Promise<SipRequest> => {
    await world.clock.run(ms(5));
    return peer.requests("INVITE").at(-1) ?? expect.fail("no INVITE came");
  };
  return {
    world,
    agent,
    peer,
    heard,
    invited,
    place: (options = {}) =>
      agent.invite(
        { uri: "sip:bob@10.0.0.2", from: '"Ann" <sip:ann@example.org>', body: "v=0", ...options },
        {
          onProgress: (status) => void heard.progress.push(status),
          onAnswer: (dialog) => {
            heard.dialogs.push(dialog);
            return {
              handlers: {
                onEnd: (end) => void heard.ends.push(end),
                onReinvite: (incoming) => void heard.reinvites.push(incoming),
              },
            };
          },
          onFailure: (status, _response, cause) => void heard.failures.push([status, cause]),
        },
      ),
    async answered(fields = []) {
      peer.respond(await invited(), 200, { fields, body: "v=0" });
      await world.clock.run(ms(5));
      return heard.dialogs[0] ?? expect.fail("no answer was heard");
    },
  };
}
