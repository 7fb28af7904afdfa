// A page of your own that is a phone, and the small server that it needs: the page never sees your API key, only a token for a few
// minutes that opens nothing but SIP.
//
//   CORDBOARD_ALLOW_ORIGINS=http://localhost:3000 npm run demo
//   node examples/04-phone-in-a-browser/server.ts http://127.0.0.1:8080 demo-key 101 3000
//
// Then open http://localhost:3000 and call 9000, which sends back what you say.
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const [pbx = "http://127.0.0.1:8080", key = "demo-key", extension = "101", port = "3000"] = process.argv.slice(2);
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const html = await readFile(fileOf("page.html"));
const bundle = await rolldown({ input: fileOf("phone.js"), platform: "browser" });
const { output } = await bundle.generate({ format: "esm" });

/** Whoever may see this page may be this phone: ask for your own log-in here. */
async function access(): Promise<string> {
  const answer = await fetch(`${pbx}/sip/token`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify({ extension }),
    signal: AbortSignal.timeout(5_000),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  const token = (await answer.json()) as object;
  return JSON.stringify({ ...token, socket: `${pbx.replace(/^http/, "ws")}/sip` });
}

const send = (response: ServerResponse, type: string, body: string | Buffer): void =>
  void response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);

async function answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (method === "GET" && url === "/") send(response, "text/html; charset=utf-8", html);
  else if (method === "GET" && url === "/phone.js") send(response, "text/javascript", output[0].code);
  else if (method === "POST" && url === "/access") send(response, "application/json", await access());
  else response.writeHead(404).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch((fault: unknown) => response.writeHead(502).end(String(fault)));
});
server.listen(Number(port), "localhost", () => {
  const place = server.address();
  if (typeof place === "object" && place !== null) process.stdout.write(`open http://localhost:${place.port}\n`);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
