import type { IncomingHttpHeaders } from "node:http";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

/** A request as a program outside would send it. */
export interface Question {
  /** GET unless said otherwise; POST when there is a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The authority to trust, as PEM. */
  readonly authority?: string | undefined;
  /** Which address of this machine it comes from. */
  readonly from?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const DEADLINE_MS = 15_000;

/** Sends a request over a connection of its own and reads the whole answer. */
export function ask(url: string, question: Question = {}): Promise<Answer> {
  const { headers = {}, body, authority, from } = question;
  const method = question.method ?? (body === undefined ? "GET" : "POST");
  const send = url.startsWith("https:") ? tlsRequest : plainRequest;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return new Promise((resolve, reject) => {
    const asking = send(url, { method, headers, agent: false, ca: authority, localAddress: from, signal }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("error", reject);
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    asking.once("error", reject);
    asking.end(body);
  });
}
