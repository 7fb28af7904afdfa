import { fileURLToPath } from "node:url";
import type { SipAgent } from "@cordboard/sip";
import { createSipAgent } from "@cordboard/sip";
import { nodeParts } from "@cordboard/sip/node";
import { startChild } from "../acceptance/child.ts";
import type { Figure } from "./figure.ts";
import { processSeconds } from "./processes.ts";
import { rounded } from "./spread.ts";

const WARM_UP = 1_000;
const CALLS = 5_000;
const AT_ONCE = 20;

/** What a proxy of sixty lines costs. */
export const proxiedCalls: Figure = {
  name: "proxied-calls",
  about: `processor time of the example of a proxy for one call over UDP: INVITE with digest, ringing, answer, ACK, BYE; ${CALLS} calls, ${AT_ONCE} at once`,
  async measure({ serverInside, serverNodeWords }) {
    const path = fileURLToPath(new URL("../examples/03-proxy.ts", import.meta.url));
    const words = [...serverInside, process.execPath, ...serverNodeWords, path, "127.0.0.1", "0"];
    const [program = "", ...args] = words;
    const proxy = startChild(program, args);
    const agents: SipAgent[] = [];
    try {
      const server = (await proxy.line(/^listening: udp /)).slice("listening: udp ".length);
      const [ann, bob] = [await agentAt(agents), await agentAt(agents)];
      bob.onCall((call) => {
        call.progress(180);
        call.answer({ body: "v=0" }, { onEnd() {} });
      });
      const credentials = { username: "bob", password: "secret" };
      const registered = bob.register({ registrar: `sip:${server}`, aor: `sip:bob@${server}`, credentials });
      if (!(await registered.first).ok) throw new Error("the proxy does not let bob register");
      await callMany(ann, server, WARM_UP);
      const [before, startedAt] = [processSeconds(proxy.pid), performance.now()];
      await callMany(ann, server, CALLS);
      const [cpu, seconds] = [processSeconds(proxy.pid) - before, (performance.now() - startedAt) / 1000];
      return {
        value: rounded((cpu / CALLS) * 1000, 3),
        unit: "ms of processor time a call",
        aim: "none",
        details: {
          callsPerCpuSecond: Math.round(CALLS / cpu),
          callsPerSecondHere: Math.round(CALLS / seconds),
          failed: 0,
        },
      };
    } finally {
      await Promise.all(agents.map((agent) => agent.close()));
      await proxy.stop();
    }
  },
};

async function agentAt(agents: SipAgent[]): Promise<SipAgent> {
  const agent = createSipAgent(nodeParts({ address: "127.0.0.1", udpPort: 0 }));
  agents.push(agent);
  await agent.listen();
  return agent;
}

/** So many calls, some at once; throws at the first that fails. */
async function callMany(caller: SipAgent, server: string, count: number): Promise<void> {
  let left = count;
  const line = async (): Promise<void> => {
    while (left > 0) {
      left--;
      await callOnce(caller, server);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
}

function callOnce(caller: SipAgent, server: string): Promise<void> {
  return new Promise((done, failed) => {
    const credentials = { username: "ann", password: "secret" };
    caller.invite(
      { uri: `sip:bob@${server}`, from: `sip:ann@${server}`, credentials, body: "v=0" },
      {
        onAnswer(dialog) {
          void dialog.bye();
          return { handlers: { onEnd: () => done() } };
        },
        onFailure: (status, _response, cause) => failed(new Error(`a call failed: ${status} ${cause}`)),
      },
    );
  });
}
