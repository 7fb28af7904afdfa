import type { ErrorVoice, Spoken, Trouble } from "@cordboard/http";
import { isoText } from "@cordboard/kernel";

/** The paths of the dialect: the documented one, and the one that all of its document's samples use. */
export const dialerPaths: readonly string[] = ["/dialer/call", "/dailer/call"];

/** Whether trouble at this path (lower case, no slash at the end) is told in the dialect's words. */
export const isDialerPath = (path: string): boolean => dialerPaths.includes(path);

/** The one answer of success. `status` is a string, as documented. */
export const success: Spoken = { status: 200, body: { status: "200", message: "Success" } };

/** A key that has used up its requests of this minute. The address' own limit has another text. */
export const tooManyWithKey: Spoken = {
  status: 429,
  body: { error: "Too many requests with this API key, please try again later." },
};

/**
 * Trouble in the words of the dialer's document, with its order of keys. What the document does not know keeps its
 * forms: `message` for what is wrong with the body, `error` and `message` for the rest.
 */
export const dialerVoice: ErrorVoice = (trouble) => {
  switch (trouble.code) {
    case "invalid-extension":
      return { status: 400, body: { message: "invalid extension" } };
    case "invalid-number":
      return { status: 400, body: { message: "invalid phonenumber" } };
    case "no-devices":
      return { status: 400, body: { message: "no devices" } };
    case "bad-request":
      return { status: 400, body: { message: "invalid request body" } };
    case "bad-idempotency-key":
      return { status: 400, body: { message: "invalid idempotency key" } };
    case "body-too-large":
      return { status: 413, body: { message: "request body too large" } };
    case "unauthenticated":
      return {
        status: 401,
        body: {
          error: "API key is required",
          message: "Please provide API key in x-api-key header or Authorization header",
        },
      };
    case "not-permitted":
      return {
        status: 403,
        body: { error: "Invalid API key", message: "The provided API key is not valid or has been revoked" },
      };
    case "not-found":
      return { status: 404, body: { error: "Not found" } };
    case "rate-limited":
      return { status: 429, body: { error: "Too many requests from this IP, please try again later." } };
    case "too-many-calls":
      return { status: 429, body: { error: "Too many calls with this API key, please try again later." } };
    default:
      return otherTrouble(trouble);
  }
};

function otherTrouble({ code, status, message, at }: Trouble): Spoken {
  if (status < 500) return { status, body: { error: code, message } };
  const timestamp = isoText(at);
  if (status === 503) {
    return { status, body: { error: "Service unavailable", message: "Please try again later", timestamp } };
  }
  return {
    status: 500,
    body: { error: "Internal server error", message: "An unexpected error occurred", timestamp },
  };
}
