import type { Log } from "@cordboard/kernel";
import type { TraceEntry } from "@cordboard/sip";

/** Writes every SIP message into the log, in a channel of its own; the stack has masked credentials and digits before. */
export const sipTrace =
  (log: Log): ((entry: TraceEntry) => void) =>
  ({ direction, flow, text }) => {
    const { transport, local, remote, connection } = flow;
    log.info("sip message", {
      channel: "sip-trace",
      direction,
      transport,
      peer: `${remote.address} ${remote.port}`,
      local: `${local.address} ${local.port}`,
      ...(connection === undefined ? {} : { connection }),
      text,
    });
  };
