import type { HeaderList } from "./header-field.ts";
import type { Headers } from "./headers.ts";

/** A request: what one side asks of the other. */
export interface SipRequest {
  readonly type: "request";
  /** Upper case for the methods that the RFCs name; methods are case-sensitive, so others stay as written. */
  readonly method: string;
  /** The Request-URI as written; `parseUri` reads it. */
  readonly uri: string;
  readonly headers: Headers;
  /** Raw bytes; empty when there is none. `bodyText` reads it as UTF-8. */
  readonly body: Uint8Array;
}

/** A response: what became of a request. */
export interface SipResponse {
  readonly type: "response";
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** One SIP message. */
export type SipMessage = SipRequest | SipResponse;

/** What a body is, as a caller hands it over: text is sent as UTF-8. */
export interface Content {
  /** Header fields to add, in this order. Those that the stack writes itself (Via, From, To, Call-ID, CSeq, Content-Length …) are ignored. */
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
  /** Media type of the body; `application/sdp` unless said otherwise. */
  readonly contentType?: string;
}
