import type { UpgradeHandler } from "@cordboard/http";
import type { WebSocketTransport } from "@cordboard/sip/node";
import { WebSocketServer } from "ws";

const SUBPROTOCOL = "sip";
/** A head and a body of 32 KiB each, as over TCP. */
const LONGEST_FRAME = 65_536;

/**
 * The door of SIP over WebSockets: hands over what has passed the doors of the house and speaks the subprotocol `sip`. Who
 * the user is, SIP itself asks. @rfc 7118#4
 */
export function sipDoor(webSockets: Pick<WebSocketTransport, "accept">): UpgradeHandler {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: LONGEST_FRAME,
    handleProtocols: () => SUBPROTOCOL,
  });
  return ({ request, socket, head, facts, refuse }) => {
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL)) return refuse("bad-request");
    const { remotePort = 0, localPort = 0 } = request.socket;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSockets.accept(webSocket, {
        remote: { address: facts.client, port: remotePort },
        local: { address: facts.localAddress, port: localPort },
        isSecure: facts.isTls,
      });
    });
  };
}
