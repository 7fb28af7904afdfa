// What Node itself can do with such a request: reads JSON, answers 400 as JSON, and knows nothing else. Says its port.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { phonenumber } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly phonenumber: string };
    const status = /^\d+$/.test(phonenumber) ? 200 : 400;
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
    response.end(JSON.stringify({ status: String(status), message: "invalid phonenumber" }));
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`));
