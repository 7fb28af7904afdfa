import type { Phone, PhoneOptions } from "@cordboard/phone";
import { createPhone } from "@cordboard/phone";
import { machine } from "@cordboard/testkit";
import { administer } from "./admin-socket.ts";
import type { Server } from "./server.ts";

/** The demo company, as everybody knows it. */
export const demo = {
  domain: "demo.localhost",
  key: "demo-key",
  passwordOf: (extension: string): string => `demo-${extension}`,
} as const;

/** The port in `127.0.0.1:5060`. */
export const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));

/** A scripted phone, registered; with a user of the demo company, unless password and domain are others. */
export async function scriptedPhone(
  { addresses }: Server,
  user: string,
  options: Partial<
    Pick<PhoneOptions, "answer" | "answersWhenAsked" | "obeysTalk" | "sound" | "password" | "domain">
  > & {
    readonly transport?: "udp" | "tcp";
  } = {},
): Promise<Phone> {
  const { transport = "udp", ...account } = options;
  const port = portOf(transport === "udp" ? addresses.sipUdp : addresses.sipTcp);
  const phone = await createPhone({
    ...machine,
    server: { address: "127.0.0.1", port, transport },
    user,
    password: demo.passwordOf(user),
    domain: demo.domain,
    ...account,
  });
  await phone.register();
  return phone;
}

/** Lets calls that these users of the demo do not take end where they are, in place of going to their mailboxes. */
export async function withoutVoicemail({ data }: Server, ...extensions: readonly string[]): Promise<void> {
  const forward = { always: null, busy: null, noAnswer: null, notRegistered: null };
  for (const extension of extensions) await administer(data, "user-reach", { extension, forward, ringSeconds: 60 });
}
