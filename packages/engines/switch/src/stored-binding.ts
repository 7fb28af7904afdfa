import type { StoredContact } from "@cordboard/core";
import type { Instant } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import type { Binding, Endpoint, Flow, TransportName } from "@cordboard/sip";
import type { Flows } from "./flows.ts";

const names: readonly string[] = ["udp", "tcp", "tls", "ws", "wss"] satisfies readonly TransportName[];

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string";
const isOptionalText = (value: unknown): value is string | undefined => value === undefined || isText(value);
const isWhole = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isTransport = (value: unknown): value is TransportName => isText(value) && names.includes(value);

/** What the store keeps of an endpoint: its binding, or the list of several. */
export const asStored = (flows: Flows): unknown => (flows.length === 1 ? flows[0] : { flows });

/**
 * Reads the bindings of an endpoint as {@link asStored} wrote them; undefined when they are none, for instance of another version.
 * They hold for as long as the store says. Of a connection only the name is left, which leads nowhere any more.
 */
export function readFlows({ binding, expiresAt }: Pick<StoredContact, "binding" | "expiresAt">): Flows | undefined {
  if (!isFields(binding)) return undefined;
  const several = binding["flows"] ?? undefined;
  const read = (several === undefined ? [binding] : Array.isArray(several) ? several : []).map((each: unknown) =>
    readBinding(each, expiresAt),
  );
  const [first, ...others] = read.flatMap((each) => each ?? []);
  return first === undefined || others.length + 1 !== read.length ? undefined : [first, ...others];
}

function readBinding(binding: unknown, expiresAt: Instant): Binding | undefined {
  if (!isFields(binding)) return undefined;
  const [contact, qMilli, callId, cseq] = [binding["contact"], binding["qMilli"], binding["callId"], binding["cseq"]];
  // JSON has no undefined: what is absent there may come back as null. Rows of earlier versions have neither path nor regId.
  const instance = binding["instance"] ?? undefined;
  const userAgent = binding["userAgent"] ?? undefined;
  const regId = binding["regId"] ?? undefined;
  const path = readPath(binding["path"] ?? undefined);
  const flow = readFlow(binding["flow"]);
  if (!isText(contact) || !isWhole(qMilli) || !isText(callId) || !isWhole(cseq)) return undefined;
  if (flow === undefined || !isOptionalText(instance) || !isOptionalText(userAgent)) return undefined;
  if (path === undefined || (regId !== undefined && !isWhole(regId))) return undefined;
  return { contact, flow, path, expiresAt: instant(expiresAt), qMilli, callId, cseq, instance, regId, userAgent };
}

/** One for all that have none. */
const noPath: readonly string[] = [];

function readPath(value: unknown): readonly string[] | undefined {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return noPath;
  return Array.isArray(value) && value.every(isText) ? value : undefined;
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
