import type { PathTrouble, SoundFact } from "@cordboard/core";
import type { Log } from "@cordboard/kernel";
import type { Leg } from "./leg.ts";

/** Where an administrator finds the cause of each. */
const lookAt: Readonly<Record<PathTrouble, string>> = {
  "no-path":
    "UDP between the browser and CORDBOARD_RTP_PORTS at CORDBOARD_PUBLIC_ADDRESS; for networks that let none out, a TURN server in CORDBOARD_TURN",
  "no-keys":
    "a firewall that lets only small or only few packets through, or a program on the way that changes session descriptions",
  "path-lost": "the browser's network; its page should restart ICE when that changes",
};

/** Tells the log and core that no sound gets through to a leg's peer. Before the answer that is as it may be. */
export function tellCutOff(leg: Leg, { trouble, why }: Extract<SoundFact, { type: "cut-off" }>, log: Log): void {
  if (leg.isAnswered)
    log.warn("no sound gets through", { tenant: leg.tenant, leg: leg.id, trouble, why, lookAt: lookAt[trouble] });
  leg.report({ type: "media-cut-off", leg: leg.id, trouble });
}
