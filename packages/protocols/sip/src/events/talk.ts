import type { Content } from "../message/message.ts";

/**
 * What a NOTIFY carries that asks a phone to take the call that rings (`talk`), or to hold the one that it has (`hold`). No standard has it; phones
 * that understand it name the package in the Allow-Events of their 180.
 */
export const remoteControl = (event: "talk" | "hold"): Content => ({
  headers: [
    ["Event", event],
    ["Subscription-State", "active"],
  ],
});

/** Whether a peer takes a package, by what its Allow-Events named. */
export const takesEvent = (allowed: readonly string[], event: string): boolean =>
  allowed.some((each) => each.toLowerCase() === event);
