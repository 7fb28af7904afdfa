// What the library `ws` can do with one text for everybody: sends it to all clients when it is asked. Says its port.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

let seq = 0;
const server = createServer((_request, response) => {
  seq++;
  const at = new Date().toISOString();
  const data = { kind: "key", id: "key_01M7W0M8YGCXHPKVQJT1QYZT2S" };
  const text = JSON.stringify({ type: "event", epoch: "2cd8cbb3c30b", seq, at, event: "config.changed.v1", data });
  for (const client of sockets.clients) client.send(text);
  response.end();
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen(0, "127.0.0.1", () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`));
