import type { Envelope } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { Phone, PhoneCall, PhoneHost } from "@cordboard/phone";
import { createPhone } from "@cordboard/phone";
import { demoCompany } from "./company.ts";

/** Where the running server is, as its own phones and programs reach it. */
export interface SelfCheckTarget {
  readonly sip: { readonly address: string; readonly port: number; readonly transport: "udp" | "tcp" };
  /** Posts JSON to a path as a program outside would, with the API key. */
  readonly post: (path: string, body: unknown) => Promise<{ readonly status: number; readonly text: string }>;
  /** Follows the live stream as a client outside would. */
  readonly follow: (hear: (event: Envelope) => void) => Promise<{ readonly close: () => void }>;
  readonly passwordOf: (extension: string) => string;
}

/** How the check went. */
export type SelfCheckResult = { readonly passed: true } | { readonly passed: false; readonly why: string };

/** What each scripted phone says: a tone that the other listens for. */
const TONES_HZ = { caller: 440, callee: 660 } as const;
const DEADLINE = seconds(10);

/**
 * The first call, made the way that a stranger would make it: two phones register over SIP, a program asks for the call over
 * HTTP, each phone listens for the other's tone, the events come over the stream, and the history has the row.
 */
export async function runSelfCheck(
  target: SelfCheckTarget,
  host: PhoneHost,
  tell: (line: string) => void,
): Promise<SelfCheckResult> {
  const [callerExtension, calleeExtension] = demoCompany.checkers;
  const phone = (extension: string, frequencyHz: number): Promise<Phone> =>
    createPhone({
      ...host,
      server: target.sip,
      localAddress: target.sip.address,
      user: extension,
      password: target.passwordOf(extension),
      domain: demoCompany.domain,
      sound: { frequencyHz },
      answer: "auto",
      userAgent: "Cordboard scripted phone",
    });
  const open: { close(): void | Promise<void> }[] = [];
  try {
    const caller = await phone(callerExtension, TONES_HZ.caller);
    open.push(caller);
    const callee = await phone(calleeExtension, TONES_HZ.callee);
    open.push(callee);
    const recorded = Promise.withResolvers<Envelope>();
    open.push(
      await target.follow((event) => {
        tell(inWords(event));
        if (event.event === "history.recorded.v1") recorded.resolve(event);
      }),
    );
    await caller.register();
    await callee.register();
    tell(`phones ${callerExtension} and ${calleeExtension} are registered over SIP`);
    const answer = await target.post("/dialer/call", { extension: callerExtension, phonenumber: calleeExtension });
    tell(
      `POST /dialer/call {"extension":"${callerExtension}","phonenumber":"${calleeExtension}"} → ${answer.status} ${answer.text}`,
    );
    if (answer.status !== 200)
      return { passed: false, why: `the call was answered with ${answer.status} ${answer.text}` };
    await listen(caller, callee, tell);
    const row = await recorded.promise;
    tell(`in the history: ${rowInWords(row)}`);
    return { passed: true };
  } catch (fault) {
    return { passed: false, why: fault instanceof Error ? fault.message : "something that is no error was thrown" };
  } finally {
    for (const one of open.reverse()) await one.close();
  }
}

async function listen(caller: Phone, callee: Phone, tell: (line: string) => void): Promise<void> {
  const [ours, theirs]: readonly [PhoneCall, PhoneCall] = await Promise.all([
    caller.nextCall({ within: DEADLINE }),
    callee.nextCall({ within: DEADLINE }),
  ]);
  const [atCaller, atCallee] = await Promise.all([
    ours.hears(TONES_HZ.callee, { within: DEADLINE }),
    theirs.hears(TONES_HZ.caller, { within: DEADLINE }),
  ]);
  tell(
    `${caller.user} hears ${atCaller.frequencyHz} Hz, ${callee.user} hears ${atCallee.frequencyHz} Hz: both sides have sound`,
  );
  await ours.hangUp();
  await theirs.ended({ within: DEADLINE });
}

/** An event in one line. */
function inWords({ event, seq, data }: Envelope): string {
  const { call, leg, device, extension, presence } = data as {
    readonly call?: {
      readonly state?: string;
      readonly from?: Party;
      readonly to?: Party;
      readonly legs?: readonly LegWords[];
    };
    readonly leg?: string;
    readonly device?: { readonly extension: string; readonly transport: string };
    readonly extension?: string;
    readonly presence?: { readonly shown: string } | null;
  };
  const name = `event ${String(seq).padStart(3)} ${event.padEnd(22)}`;
  if (device !== undefined) return `${name} ${device.extension} by ${device.transport}`;
  if (presence !== undefined) return `${name} ${extension} is ${presence?.shown ?? "gone"}`;
  if (call?.from === undefined || call.to === undefined) return name.trimEnd();
  const subject = call.legs?.find(({ id }) => id === leg);
  return `${name} ${call.from.number} → ${call.to.number} ${subject === undefined ? call.state : `${subject.extension ?? subject.trunk} ${subject.state}`}`;
}

interface Party {
  readonly number: string;
}

interface LegWords {
  readonly id: string;
  readonly extension: string | null;
  readonly trunk: string | null;
  readonly state: string;
}

function rowInWords({ data }: Envelope): string {
  const { row } = data as { readonly row: Readonly<Record<string, unknown>> };
  return `${row["src"]} → ${row["dst"]}, ${row["disposition"]}, ${row["billsec"]} s, ended by ${row["ended_by"]}, Q.850 cause ${row["cause"]}`;
}
