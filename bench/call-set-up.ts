import { ms } from "@cordboard/kernel";
import type { Phone } from "@cordboard/phone";
import { createPhoneBank } from "@cordboard/phone";
import { machine } from "@cordboard/testkit";
import type { Figure } from "./figure.ts";
import { openOffice } from "./office.ts";
import { openPhones } from "./phones.ts";
import { latencies, rounded } from "./spread.ts";

const USERS = 40;
const LINES = 16;
const WARM_UP_MS = 3000;
const MEASURE_MS = 8000;
const PATIENCE = { within: ms(20_000) };

/** Whole calls through the switch. */
export const callSetUp: Figure = {
  name: "call-set-up",
  about:
    "calls between registered phones over UDP: INVITE with digest, ringing, answer, ports for sound on both legs, BYE, and the history row",
  async measure(bench) {
    const direct = await callDirectly();
    const office = await openOffice(bench, { users: USERS });
    const phones = await openPhones(office, "auto");
    try {
      const pairs = Array.from(
        { length: LINES },
        (_, index) => [phones.all[index], phones.all[USERS - 1 - index]?.user] as const,
      );
      const outcome = await callAgainAndAgain(pairs);
      await office.server.backToZero();
      return {
        value: rounded(outcome.perSecond),
        unit: "calls/s",
        aim: "none",
        peer: { name: "the same phones calling each other without a server", value: rounded(direct.perSecond) },
        details: { lines: LINES, failed: outcome.failed, ...latencies(outcome.answeredAfterMs) },
      };
    } finally {
      await phones.bank.close();
      await office.close();
    }
  },
};

interface Outcome {
  readonly perSecond: number;
  readonly failed: number;
  readonly answeredAfterMs: readonly number[];
}

async function callAgainAndAgain(
  pairs: readonly (readonly [Phone | undefined, string | undefined])[],
): Promise<Outcome> {
  const from = performance.now() + WARM_UP_MS;
  const to = from + MEASURE_MS;
  const answeredAfterMs: number[] = [];
  let failed = 0;
  const line = async ([phone, callee]: (typeof pairs)[number]): Promise<void> => {
    if (phone === undefined || callee === undefined) return;
    while (performance.now() < to) {
      const startedAt = performance.now();
      const call = phone.call(callee);
      try {
        await call.answered(PATIENCE);
        const answeredAt = performance.now();
        await call.hangUp();
        if (startedAt >= from && performance.now() < to) answeredAfterMs.push(answeredAt - startedAt);
      } catch {
        failed++;
      }
    }
  };
  await Promise.all(pairs.map(line));
  return { perSecond: answeredAfterMs.length / (MEASURE_MS / 1000), failed, answeredAfterMs };
}

/** What the load can do by itself: phones whose server is the other phones' port. */
async function callDirectly(): Promise<Outcome> {
  const nowhere = { address: "127.0.0.1", port: 9, transport: "udp" } as const;
  const account = (index: number) =>
    ({ user: String(index), password: "none", domain: "localhost", sound: "nothing" }) as const;
  const called = await createPhoneBank({ ...machine, server: nowhere });
  const calling = await createPhoneBank({ ...machine, server: { ...called.listening, transport: "udp" } });
  try {
    for (let index = 0; index < LINES; index++) called.phone({ ...account(index), answer: "auto" });
    const phones = Array.from({ length: LINES }, (_, index) => calling.phone(account(index)));
    return await callAgainAndAgain(phones.map((phone, index) => [phone, String(index)] as const));
  } finally {
    await calling.close();
    await called.close();
  }
}
