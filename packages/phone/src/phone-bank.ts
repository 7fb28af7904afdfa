import type { AudioCodec, Endpoint, Flow, IncomingCall, SipTransport } from "@cordboard/sip";
import { PCMA, PCMU, parseUri, TELEPHONE_EVENT } from "@cordboard/sip";
import { bindAddressFor, openAgent } from "./agent.ts";
import { BankPhone } from "./bank-phone.ts";
import { PhoneError } from "./conditions.ts";
import type { Line } from "./line.ts";
import { lineOf } from "./line.ts";
import { phoneState } from "./phone-state.ts";
import type { Phone, PhoneAccount, PhoneBankOptions, PhoneOptions, PhoneState } from "./types.ts";

/** Many phones behind one SIP port and one timer for sound: cheap enough for hundreds in a process. */
export interface PhoneBank {
  /** Where all its phones listen for SIP. */
  readonly listening: Endpoint;
  /** Adds a phone; throws `not-possible` when the bank has one of that user. Calls reach it by the user part of the Request-URI. */
  phone(account: PhoneAccount): Phone;
  /** Closes all phones and the port; leaves nothing. */
  close(): Promise<void>;
  /** What is alive in all phones together; registered means all of them. */
  describe(): PhoneState;
}

/** Opens a bank of phones, still empty; rejects with `bind-failed`. */
export async function createPhoneBank(options: PhoneBankOptions): Promise<PhoneBank> {
  const { line, flow } = await openLine(options);
  const phones = new Map<string, BankPhone>();
  line.agent.onCall((incoming) => {
    const phone = phones.get(calledUser(incoming));
    if (phone === undefined) incoming.reject(404);
    else phone.take(incoming);
  });
  return {
    listening: flow.local,
    phone(account) {
      if (phones.has(account.user)) throw new PhoneError("not-possible", `there is a phone of ${account.user} already`);
      const onClosed = async (): Promise<void> => void phones.delete(account.user);
      const phone = new BankPhone({ line, flow, account, onClosed });
      phones.set(account.user, phone);
      return phone;
    },
    async close() {
      await Promise.all([...phones.values()].map((phone) => phone.close()));
      await line.agent.close();
    },
    describe() {
      const all = [...phones.values()];
      const lists = all.map(({ calls }) => calls);
      return phoneState(line.agent, lists, all.length > 0 && all.every(({ isRegistered }) => isRegistered));
    },
  };
}

/** Opens one phone with a port of its own, which takes every call that reaches it; rejects with `bind-failed`. */
export async function createPhone(options: PhoneOptions): Promise<Phone> {
  const { line, flow } = await openLine(options);
  const phone = new BankPhone({ line, flow, account: options, onClosed: () => line.agent.close() });
  line.agent.onCall((incoming) => phone.take(incoming));
  return phone;
}

const defaultCodecs: readonly AudioCodec[] = [PCMU, PCMA, TELEPHONE_EVENT];

/** Opens the SIP port of a bank, and finds the way to its server. */
async function openLine(options: PhoneBankOptions): Promise<{ readonly line: Line; readonly flow: Flow }> {
  const { server, codecs = defaultCodecs, localAddress = bindAddressFor(server.address) } = options;
  const { agent, transport } = await openAgent({
    ...options,
    address: localAddress,
    port: 0,
    transport: server.transport,
    product: options.userAgent,
  });
  const remote = { address: server.address, port: server.port };
  const local = await localTowards(transport, remote).catch(async (error: unknown) => {
    await agent.close();
    throw error;
  });
  const line = lineOf(options, { agent, soundAddress: local.address, codecs: () => codecs });
  return { line, flow: { transport: server.transport, local, remote } };
}

const localTowards = async (transport: SipTransport, remote: Endpoint): Promise<Endpoint> =>
  transport.localTowards(remote);

const calledUser = ({ request }: IncomingCall): string => parseUri(request.uri)?.user ?? "";
