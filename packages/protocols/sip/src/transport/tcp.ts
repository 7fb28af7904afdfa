import { connect } from "node:net";
import type { SipTransport } from "../agent/transport.ts";
import { SocketLink } from "./socket-link.ts";
import type { StreamOptions } from "./stream.ts";
import { streamTransport } from "./stream.ts";

/** SIP over TCP: a listener, and connections that we open ourselves. @rfc 3261#18 */
export const tcpTransport = (options: StreamOptions): SipTransport =>
  streamTransport(
    {
      name: "tcp",
      accept: (socket, remote) => new SocketLink(socket, { transport: "tcp", remote }),
      dial: ({ remote }, settings) =>
        new SocketLink(connect(settings), { transport: "tcp", remote, opensOn: "connect" }),
    },
    options,
  );
