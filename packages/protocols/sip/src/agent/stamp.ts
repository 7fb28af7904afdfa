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
  const stamped = { ...via, params: asksRport ? withParam(received, "rport", String(port)) : received };
  const others = splitValues(request.headers.get("Via") ?? "").slice(1);
  const line = [printVia(stamped), ...others].join(", ");
  return { ...request, headers: request.headers.withTopVia(line, stamped) };
}
