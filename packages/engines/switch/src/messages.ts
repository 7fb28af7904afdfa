import type { Device, MessageDesk, MessageRefusal, User } from "@cordboard/core";
import { actorOfUser } from "@cordboard/core";
import { unreachable } from "@cordboard/kernel";
import type { HeaderList, IncomingRequest, ResponseContent, SipRequest } from "@cordboard/sip";
import { bodyText, parseUri } from "@cordboard/sip";
import type { Authentication } from "./authentication.ts";
import { sendToDevice } from "./device-request.ts";
import { waysToDevice } from "./place.ts";
import { addressOf } from "./shown.ts";
import type { World } from "./world.ts";

/** What messages are served with. */
export interface MessageParts {
  readonly world: World;
  readonly authentication: Authentication;
  readonly desk: MessageDesk;
}

/** Longest content that a phone gets over UDP, which must not carry requests of more than 1,300 bytes in all. @rfc 3428#8 */
const LONGEST_BY_UDP = 800;

/** What is said of the content, and passed on as it is. */
const PASSED_ON = ["Content-Encoding", "Content-Language", "Content-Disposition", "Subject", "Date"];

/** Takes a MESSAGE: who writes, and whether it may go; it goes to every device of whom it is for. @rfc 3428#7 */
export function takeMessage({ world, authentication, desk }: MessageParts, incoming: IncomingRequest): void {
  const { request, flow } = incoming;
  const tenant = authentication.tenantOf(request.headers.from?.uri);
  const proof = authentication.checkOther(request, flow, tenant);
  if (!proof.ok) return void incoming.respond(proof.error.status, proof.error);
  const uri = parseUri(request.uri);
  const named = uri === undefined ? undefined : world.directory.tenantOfDomain(uri.host);
  const isElsewhere = named !== undefined && named.id !== tenant.id;
  const sent = desk.send({
    actor: actorOfUser(proof.value),
    to: isElsewhere ? "" : (uri?.user ?? ""),
    contentType: request.headers.contentType ?? "text/plain",
    text: textOf(request),
    bytes: request.body.length,
    reaches: (device) => canTake(world, device, request),
  });
  if (!sent.ok) return void incoming.respond(...answerTo(sent.error));
  incoming.respond(202);
  for (const device of sent.value.devices) pass(world, { device, sender: proof.value, domain: tenant.domain, request });
}

/** What a message says, where it is text that everybody reads alike. */
function textOf(request: SipRequest): string | null {
  const type = request.headers.get("Content-Type") ?? "text/plain";
  const charset = /;\s*charset\s*=\s*"?([^";\s]{1,40})/i.exec(type)?.[1]?.toLowerCase() ?? "utf-8";
  const isPlain = /^\s*text\//i.test(type) && (charset === "utf-8" || charset === "us-ascii");
  return isPlain && !request.headers.has("Content-Encoding") ? bodyText(request) : null;
}

/** Whether a device can be reached now, by a way that bears a message of that size. */
const canTake = (world: World, { id }: Device, { body }: SipRequest): boolean =>
  waysToDevice(world, { device: id })?.requests.some(
    ({ transport }) => transport !== "udp" || body.length <= LONGEST_BY_UDP,
  ) ?? false;

interface Passed {
  readonly device: Device;
  readonly sender: User;
  readonly domain: string;
  readonly request: SipRequest;
}

function pass(world: World, { device, sender, domain, request }: Passed): void {
  const { headers, body } = request;
  const headersOn: HeaderList = PASSED_ON.flatMap((name) => headers.all(name).map((value) => [name, value] as const));
  void sendToDevice(world, device.id, {
    method: "MESSAGE",
    from: addressOf({ name: sender.name, number: sender.extension }, domain),
    headers: headersOn,
    body,
    contentType: headers.get("Content-Type") ?? "text/plain",
  });
}

function answerTo(refusal: MessageRefusal): [status: number, content: ResponseContent] {
  switch (refusal.code) {
    case "unknown-number":
      return [404, {}];
    case "not-registered":
      return [480, {}];
    case "message-too-long":
      return [413, {}];
    case "too-many-messages":
      return [503, { headers: [["Retry-After", String(Math.ceil(refusal.wait / 1000))]] }];
    default:
      return unreachable(refusal);
  }
}
