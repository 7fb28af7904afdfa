import { request as plainRequest } from "node:http";
import { request } from "node:https";
import type { Envelope } from "@cordboard/kernel";
import { PlatformError } from "@cordboard/kernel";
import { WebSocket } from "ws";
import type { SelfCheckTarget } from "./self-check.ts";

/** Where the server is reached over HTTP, and what is needed to trust and enter it. */
export interface ProgramSettings {
  /** `http://127.0.0.1:8080` or `https://127.0.0.1:8443`. */
  readonly origin: URL;
  readonly authority: string | undefined;
  readonly key: string;
}

const DEADLINE_MS = 10_000;

/** Speaks to the server as a program outside would: over its sockets, with an API key. */
export function programTowards({ origin, authority, key }: ProgramSettings): Pick<SelfCheckTarget, "post" | "follow"> {
  const trust = authority === undefined ? {} : { ca: authority };
  return {
    post: (path, body) =>
      new Promise((resolve, reject) => {
        const ask = origin.protocol === "https:" ? request : plainRequest;
        const headers = { "x-api-key": key, "content-type": "application/json" };
        const asking = ask(new URL(path, origin), { method: "POST", headers, ...trust, timeout: DEADLINE_MS });
        asking.once("timeout", () =>
          asking.destroy(new PlatformError("deadline-passed", `${path} was not answered in 10 s`)),
        );
        asking.once("error", reject);
        asking.once("response", (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.once("error", reject);
          response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
        });
        asking.end(JSON.stringify(body));
      }),
    follow: (hear) =>
      new Promise((resolve, reject) => {
        const address = new URL("/events", origin);
        address.protocol = origin.protocol === "https:" ? "wss:" : "ws:";
        const socket = new WebSocket(address, {
          headers: { "x-api-key": key },
          ...trust,
          handshakeTimeout: DEADLINE_MS,
        });
        socket.once("error", reject);
        socket.on("message", (data) => {
          const frame = JSON.parse(String(data)) as { readonly type: string } & Envelope;
          if (frame.type === "hello") resolve({ close: () => socket.close() });
          if (frame.type === "event") hear(frame);
        });
      }),
  };
}
