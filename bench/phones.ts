import type { Phone, PhoneAccount, PhoneBank, SoundSource } from "@cordboard/phone";
import { createPhoneBank } from "@cordboard/phone";
import { machine } from "@cordboard/testkit";
import type { Office } from "./office.ts";

/** The office's phones, registered, behind one SIP port. */
export interface Phones {
  readonly bank: PhoneBank;
  readonly all: readonly Phone[];
}

/** Registers a phone for each extension; they do the same with every call, and send no sound unless said otherwise. */
export async function openPhones(
  office: Office,
  answer: NonNullable<PhoneAccount["answer"]>,
  sound: SoundSource | ((index: number) => SoundSource) = "nothing",
): Promise<Phones> {
  const [address = "", port] = office.server.addresses.sipUdp.split(":");
  const bank = await createPhoneBank({ ...machine, server: { address, port: Number(port), transport: "udp" } });
  const { domain } = office;
  const all = office.extensions.map((user, index) => {
    const own = typeof sound === "function" ? sound(index) : sound;
    return bank.phone({ user, password: office.passwordOf(user), domain, sound: own, answer, expiresSeconds: 3600 });
  });
  await Promise.all(all.map((phone) => phone.register()));
  return { bank, all };
}
