import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import { withParam } from "../message/params.ts";
import { printVia, splitValues } from "../message/values.ts";
import type { Flow } from "./flow.ts";

/**
 * Notes in the top Via where a request really came from: `received` when its sent-by says otherwise or rport is asked
 * for, and the port in rport. @rfc 3261#18.2.1 @rfc 3581#4
 */
export function stampVia(request: SipRequest, flow: Flow): SipRequest {
  const { via } = request.headers;
  if (via === undefined) return request;
  const { address, port } = flow.remote;
  const asksRport = via.params.has("rport");
  if (!asksRport && via.host === address) return request;
  const received = withParam(via.params, "received", address);
  const params = asksRport ? withParam(received, "rport", String(port)) : received;
  const stamped = printVia({ ...via, params });
  let isTop = true;
  const fields = request.headers.fields().map((field): HeaderField => {
    if (!isTop || !isVia(field[0])) return field;
    isTop = false;
    return ["Via", [stamped, ...splitValues(field[1]).slice(1)].join(", ")];
  });
  return { ...request, headers: Headers.of(fields) };
}

const isVia = (name: string): boolean =>
  name.length < 4 && (name === "Via" || name.toLowerCase() === "via" || name.toLowerCase() === "v");
