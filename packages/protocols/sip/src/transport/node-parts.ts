import { clockOf, randomOf } from "@cordboard/kernel";
import type { SipAgentOptions } from "../agent/types.ts";
import { nodeHash } from "./hash.ts";
import type { NodeTransportOptions } from "./node-transports.ts";
import { nodeTransports } from "./node-transports.ts";
import { dnsResolver } from "./resolver.ts";

/** What an agent cannot do without, for all of which Node has something. */
export type NodeParts = Required<Pick<SipAgentOptions, "transports" | "clock" | "random" | "hash" | "resolve">>;

/** All that an agent needs of Node: `createSipAgent({ ...nodeParts({ address: "0.0.0.0", udpPort: 5060 }), … })`. */
export function nodeParts(options: NodeTransportOptions): NodeParts {
  const clock = options.clock ?? clockOf(globalThis);
  const random = options.random ?? randomOf(globalThis);
  return {
    transports: nodeTransports({ ...options, clock, random }),
    clock,
    random,
    hash: nodeHash,
    resolve: dnsResolver({ clock }),
  };
}
