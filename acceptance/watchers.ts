import { nodeTransports } from "@cordboard/sip/node";
import type { SipWatcher, WatchedSubscription } from "@cordboard/testkit";
import { openSipWatcher } from "@cordboard/testkit";
import { demo, portOf } from "./company.ts";
import type { Server } from "./server.ts";
import type { Sight } from "./stream-viewer.ts";
import { StreamViewer } from "./stream-viewer.ts";
import { until } from "./until.ts";

/** A SIP client without a stack of ours, of a user of the demo company, over UDP. */
export async function watcherOf({ addresses }: Server, user: string): Promise<SipWatcher> {
  const [transport] = nodeTransports({ address: "127.0.0.1", udpPort: 0 });
  if (transport === undefined) throw new Error("there is no transport");
  return openSipWatcher({
    transport,
    server: { address: "127.0.0.1", port: portOf(addresses.sipUdp) },
    user,
    password: demo.passwordOf(user),
    domain: demo.domain,
  });
}

/** A number of the demo company. */
export const numberUri = (number: string): string => `sip:${number}@${demo.domain}`;

/** What a lamp of a key shows of its last notice: `idle`, `early` (it blinks) or `confirmed`. */
export function lampOf({ notices }: WatchedSubscription): string {
  const state = /<state>(\w+)<\/state>/.exec(notices.at(-1)?.body ?? "")?.[1] ?? "nothing";
  return state === "terminated" ? "idle" : state;
}

/** What a presence document says: `open` or `closed`, and what is done. */
export function presenceIn({ notices }: WatchedSubscription): string {
  const body = notices.at(-1)?.body ?? "";
  const doing = /<rpid:activities><rpid:([\w-]+)/.exec(body)?.[1];
  return [/<basic>(\w+)</.exec(body)?.[1] ?? "nothing", doing].filter(Boolean).join(" ");
}

/** A user who looks at the live stream with its web password. */
export const sightOf = (user: string): Sight => ({
  name: user,
  headers: { authorization: `Basic ${Buffer.from(`${user}:${demo.passwordOf(user)}`).toString("base64")}` },
});

/** Somebody who looks at the live stream. */
export interface OnLooker {
  readonly stream: StreamViewer;
  leave(): Promise<unknown>;
}

/** Looks at the live stream; comes again, as clients do, when the server is too busy to let anybody in. */
export async function lookOn({ addresses }: Server, sight: Sight): Promise<OnLooker> {
  const stream = new StreamViewer(addresses.http, sight);
  let client = stream.open();
  let isRefused = false;
  const watch = (): void => {
    isRefused = false;
    void client.ended.then(() => {
      isRefused = true;
    });
  };
  watch();
  const isIn = (): boolean => {
    if (!isRefused) return stream.seq >= 0;
    client = stream.open();
    watch();
    return false;
  };
  await until(`${sight.name} to see the live stream`, isIn, { withinMs: 30_000, everyMs: 200 });
  return { stream, leave: () => client.close() };
}
