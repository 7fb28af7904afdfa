import type { SipAgent } from "@cordboard/sip";
import type { CallList } from "./call/call-list.ts";
import type { PhoneState } from "./types.ts";

/** What is alive in some call lists and the agent that they share. */
export function phoneState(agent: SipAgent, lists: readonly CallList[], isRegistered: boolean): PhoneState {
  const calls = lists.flatMap((list) => list.live);
  const sip = agent.describe();
  return {
    isRegistered,
    calls: calls.map((call) => call.describe()),
    waits: lists.reduce((sum, list) => sum + list.waits, 0),
    rtpSockets: calls.filter((call) => call.sound.isOpen).length,
    senders: calls.filter((call) => call.sound.isSending).length,
    sip: {
      dialogs: sip.dialogs,
      transactions: sip.clientTransactions + sip.serverTransactions,
      connections: sip.connections,
      timers: sip.timers,
    },
  };
}
