import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Entity } from "./body-parts.ts";
import { bodyParts, isMultipart } from "./body-parts.ts";
import type { HeaderList } from "./header-field.ts";
import type { Headers } from "./headers.ts";
import { paramsBehind } from "./media-type.ts";

/** Why a body cannot be used, as a response says it. */
export interface BodyRefusal {
  readonly status: 400 | 415;
  readonly reason?: string;
  readonly headers: HeaderList;
}

/** Bodies of several parts within each other; more is refused. */
const MAX_DEPTH = 2;

const SDP = "application/sdp";
/** What a part is that does not say. @rfc 2046#5.1 */
const UNTYPED_PART = "text/plain";

const accepted = `${SDP}, multipart/mixed, multipart/alternative, multipart/related`;
const unknown: Result<never, BodyRefusal> = refused({ status: 415, headers: [["Accept", accepted]] });
const encoded: Result<never, BodyRefusal> = refused({ status: 415, headers: [["Accept-Encoding", "identity"]] });
const malformed: Result<never, BodyRefusal> = refused({ status: 400, reason: "Malformed Multipart Body", headers: [] });

/** A description, or undefined where there is none and none is missed. */
type Found = Result<Uint8Array | undefined, BodyRefusal>;

/**
 * The bytes of the session description in a message: its whole body, or the part of it that is one; of alternatives the
 * last, which the sender likes best. Undefined without one. Refused when something else must be understood, which is so
 * unless its Content-Disposition says `handling=optional`. A body without a type counts as a description.
 * @rfc 3261#8.2.3 @rfc 3261#20.11 @rfc 5621#3
 */
export const sessionDescriptionOf = (message: Entity): Found =>
  message.body.length === 0 ? ok(undefined) : look(message, SDP, MAX_DEPTH);

function look(entity: Entity, untyped: string, depth: number): Found {
  const { headers, body } = entity;
  const type = headers.has("Content-Type") ? headers.contentType : untyped;
  const isRead =
    isOneOf(plainEncodings, headers.get("Content-Encoding")) &&
    isOneOf(plainTransfers, headers.get("Content-Transfer-Encoding"));
  const found = !isRead
    ? encoded
    : isMultipart(type)
      ? lookInside(entity, type, depth)
      : type === SDP && isSession(headers)
        ? ok(body)
        : unknown;
  return found.ok || !isOptional(headers) ? found : ok(undefined);
}

function lookInside(entity: Entity, type: string | undefined, depth: number): Found {
  const parts = depth === 0 ? undefined : bodyParts(entity);
  if (parts?.ok !== true) return malformed;
  const all = parts.value.map((part) => look(part, UNTYPED_PART, depth - 1));
  const described = all.filter((found) => found.ok && found.value !== undefined);
  const nothing = all.find((found) => found.ok) ?? ok(undefined);
  // Of alternatives one is enough; of other parts each must be understood.
  if (type === "multipart/alternative" && all.some((found) => found.ok)) return described.at(-1) ?? nothing;
  return all.find((found) => !found.ok) ?? described[0] ?? nothing;
}

const plainEncodings: readonly string[] = ["", "identity"];
const plainTransfers: readonly string[] = ["", "7bit", "8bit", "binary"];
const isOneOf = (words: readonly string[], word = ""): boolean => words.includes(word.toLowerCase());

/** A description is the session's unless its disposition says otherwise, as that of early media does. @rfc 3261#13.2.1 */
const isSession = (headers: Headers): boolean =>
  isOneOf(["", "session"], headers.get("Content-Disposition")?.split(";")[0]?.trim());

const isOptional = (headers: Headers): boolean =>
  paramsBehind(headers.get("Content-Disposition") ?? "")
    ?.get("handling")
    ?.toLowerCase() === "optional";
