import type { StoredContact } from "@cordboard/core";
import { instant } from "@cordboard/kernel";
import type { Binding, Endpoint, Flow, TransportName } from "@cordboard/sip";

const names: readonly string[] = ["udp", "tcp", "tls", "ws", "wss"] satisfies readonly TransportName[];

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string";
const isOptionalText = (value: unknown): value is string | undefined => value === undefined || isText(value);
const isWhole = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isTransport = (value: unknown): value is TransportName => isText(value) && names.includes(value);

/**
 * Reads a binding as it was stored; undefined when it is not one, for instance of another version. It holds for as long as the
 * store says. Of a connection only the name is left, which leads nowhere any more.
 */
export function readBinding(stored: Pick<StoredContact, "binding" | "expiresAt">): Binding | undefined {
  const { binding } = stored;
  if (!isFields(binding)) return undefined;
  const [contact, qMilli, callId, cseq] = [binding["contact"], binding["qMilli"], binding["callId"], binding["cseq"]];
  // JSON has no undefined: what is absent there may come back as null.
  const instance = binding["instance"] ?? undefined;
  const userAgent = binding["userAgent"] ?? undefined;
  const flow = readFlow(binding["flow"]);
  if (!isText(contact) || !isWhole(qMilli) || !isText(callId) || !isWhole(cseq)) return undefined;
  if (flow === undefined || !isOptionalText(instance) || !isOptionalText(userAgent)) return undefined;
  return { contact, flow, expiresAt: instant(stored.expiresAt), qMilli, callId, cseq, instance, userAgent };
}

function readFlow(value: unknown): Flow | undefined {
  if (!isFields(value)) return undefined;
  const transport = value["transport"];
  const local = readEndpoint(value["local"]);
  const remote = readEndpoint(value["remote"]);
  const connection = value["connection"] ?? undefined;
  if (!isTransport(transport) || local === undefined || remote === undefined || !isOptionalText(connection)) {
    return undefined;
  }
  return connection === undefined ? { transport, local, remote } : { transport, local, remote, connection };
}

function readEndpoint(value: unknown): Endpoint | undefined {
  if (!isFields(value)) return undefined;
  const [address, port] = [value["address"], value["port"]];
  return isText(address) && isWhole(port) && port <= 65_535 ? { address, port } : undefined;
}
