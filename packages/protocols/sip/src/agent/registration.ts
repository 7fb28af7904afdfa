import type { Timer } from "@cordboard/kernel";
import { ms, randomHex } from "@cordboard/kernel";
import { deltaSeconds } from "../message/headers.ts";
import type { SipResponse } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import { contactValue } from "./build.ts";
import type { Core } from "./core.ts";
import { exchange, proofsOf } from "./exchange.ts";
import type { Outcome } from "./request-types.ts";
import type { RegisterOptions, Registration } from "./types.ts";
import { firstSeq, hopOf, outsideFields } from "./uac-call.ts";

/** A failed refresh is tried again after so long. */
const RETRY_AFTER = ms(30_000);

/** Registers an address of record and keeps it registered. @rfc 3261#10.2 */
export function keepRegistered(core: Core, options: RegisterOptions): Registration {
  const callId = randomHex(core.random, 16);
  const tag = core.newTag();
  const user = parseUri(options.aor)?.user;
  let seq = firstSeq(core);
  let asked = options.expiresSeconds ?? 300;
  let timer: Timer | undefined;
  let isStopped = false;
  let running: Promise<unknown> = Promise.resolve();
  const stop = (): void => {
    isStopped = true;
    timer?.cancel();
    timer = undefined;
    core.waiting.delete(stop);
  };
  core.waiting.add(stop);
  const proofs = proofsOf(core, options.credentials);

  const attempt = (expires: number): Promise<Outcome> =>
    exchange(core, {
      hop: hopOf({ uri: options.registrar, ...pick(options) }),
      proofs,
      parts: (path) => ({
        method: "REGISTER",
        uri: options.registrar,
        fields: outsideFields(
          { uri: options.registrar, from: options.aor, to: options.aor, ...pick(options) },
          "REGISTER",
          { tag, callId, seq: seq++ },
        ),
        contact: `${contactValue(path.flow, path.local, user)}${options.contactParams ?? ""}`,
        content: { headers: [["Expires", String(expires)], ...(options.headers ?? [])] },
      }),
    });

  const refresh = async (): Promise<Outcome> => {
    let outcome = await attempt(asked);
    const wanted =
      outcome.response === undefined ? undefined : deltaSeconds(outcome.response.headers.get("Min-Expires") ?? "");
    if (outcome.status === 423 && wanted !== undefined && wanted > asked && wanted <= 86_400 && !isStopped) {
      asked = wanted;
      outcome = await attempt(asked);
    }
    options.onChange?.(outcome);
    if (!isStopped) {
      const after = outcome.ok ? ms(Math.max(1, grantedSeconds(outcome.response, asked)) * 800) : RETRY_AFTER;
      timer = core.clock.after(after, () => {
        running = refresh();
      });
    }
    return outcome;
  };

  const first = refresh();
  running = first;
  return {
    first,
    stop,
    async unregister() {
      stop();
      await running;
      return attempt(0);
    },
  };
}

const pick = ({ flow, route, transport }: RegisterOptions) => ({
  ...(flow !== undefined && { flow }),
  ...(route !== undefined && { route }),
  ...(transport !== undefined && { transport }),
});

/** What the registrar granted our contact, in seconds: the shortest of all listed when ours cannot be told. */
function grantedSeconds({ headers }: SipResponse, asked: number): number {
  const { contacts } = headers;
  const listed =
    contacts === undefined || contacts === "*"
      ? []
      : contacts.flatMap(({ params }) => deltaSeconds(params.get("expires") ?? "") ?? []);
  return Math.min(asked, ...(listed.length > 0 ? listed : [headers.expires ?? asked]));
}
