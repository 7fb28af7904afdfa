import { request } from "node:http";
import { join } from "node:path";

const DEADLINE_MS = 20_000;

interface Outcome<Value> {
  readonly ok: boolean;
  readonly value: Value;
  readonly error?: { readonly code: string; readonly why: string };
}

/**
 * Has a running server do an administrative command (`user-add`, `key-create`, `history` …) over its `admin.sock`, as the command line
 * does, without a process for each. Throws when it is refused, with the refusal as cause.
 */
export async function administer<Value>(data: string, command: string, input: unknown = {}): Promise<Value> {
  const outcome = JSON.parse(await post(join(data, "admin.sock"), command, JSON.stringify(input))) as Outcome<Value>;
  if (!outcome.ok) throw new Error(`${command} was refused: ${outcome.error?.why}`, { cause: outcome.error });
  return outcome.value;
}

function post(socketPath: string, command: string, body: string): Promise<string> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: `/${command}`, method: "POST", agent: false, signal }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("error", reject);
      answer.once("end", () => resolve(text));
    });
    asking.once("error", reject);
    asking.end(body);
  });
}
