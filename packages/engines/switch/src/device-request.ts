import type { DeviceId } from "@cordboard/kernel";
import type { Outcome, RequestOptions } from "@cordboard/sip";
import { waysToDevice } from "./place.ts";
import type { World } from "./world.ts";

/** What is sent to a device outside calls; where it goes follows from the device. */
export type DeviceRequest = Omit<RequestOptions, "uri" | "to" | "flow" | "route" | "transport" | "credentials">;

/** Sends a request to a device by the first of its ways that leads there; undefined when none does. */
export async function sendToDevice(
  world: Pick<World, "addresses" | "registrations" | "agent">,
  device: DeviceId,
  request: DeviceRequest,
): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined;
  for (const way of waysToDevice(world, { device })?.requests ?? []) {
    outcome = await world.agent.send({ ...way, ...request });
    if (outcome.ok || outcome.cause !== "transport") break;
  }
  return outcome;
}
