import type { HistoryView } from "@cordboard/core";
import type { Phone } from "@cordboard/phone";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { cordboardJson } from "../command.ts";
import { scriptedPhone } from "../company.ts";
import { peer } from "../peers.ts";
import { fieldsOf } from "../server.ts";
import { until } from "../until.ts";
import { withServer } from "../with-server.ts";
import type { Library, Replacements } from "./chromium.ts";
import { withBrowserPhones } from "./with-browser-phones.ts";

const [ADA, BRUNO] = ["101", "102"];
const ADA_HZ = 600;
const BRUNO_HZ = 1000;
/** What the server grants, and a little for a busy machine. */
const ENDS_WITHIN_MS = 25_000;

interface Weather {
  readonly trouble: "no-path" | "no-keys";
  readonly when: string;
  readonly sent: Replacements;
  readonly received: Replacements;
}

const noCandidates: Replacements = [["^a=candidate:.*\r\n", ""]];
const weathers: readonly Weather[] = [
  { trouble: "no-path", when: "a firewall lets no UDP through", sent: noCandidates, received: noCandidates },
  {
    trouble: "no-keys",
    when: "each side waits for the other to begin the handshake",
    sent: [],
    received: [["^a=setup:passive", "a=setup:active"]],
  },
];

describe.each(["jssip", "sip-js"] satisfies Library[])("a browser with %s that no sound gets through to", (library) => {
  const chromium = peer("chromium");
  const server = withServer({ as: "demo" });
  const phones = withBrowserPhones(server, { chromium, browsers: { [ADA]: { library, toneHz: ADA_HZ } } });
  let bruno: Phone;
  beforeAll(async () => {
    bruno = await scriptedPhone(server(), BRUNO, { answer: "auto", sound: { frequencyHz: BRUNO_HZ } });
    return () => bruno.close();
  });
  afterEach(() => phones.browser(ADA).alter({}));

  /** The last line of the log that says so. */
  const warning = (): Promise<Readonly<Record<string, unknown>>> =>
    until("a warning", async () =>
      server()
        .child.said.map(fieldsOf)
        .findLast((line) => line?.["msg"] === "no sound gets through"),
    );

  /** What the history says of the legs of the last call, when that is over. */
  const troubles = async (): Promise<readonly unknown[]> => {
    const row = await until("the history's row", async () => {
      const [last] = await cordboardJson<readonly HistoryView[]>(server().data, ["history", "--count", "1"]);
      return last?.end === null ? undefined : last;
    });
    return Object.values(row?.quality ?? {}).flatMap(({ trouble }) => trouble ?? []);
  };

  test.each(weathers)("is let go with whom it called, and it is said why: $when", async ({ trouble, ...altered }) => {
    const ada = phones.browser(ADA);
    await ada.alter(altered);
    await ada.call(BRUNO);
    const call = await bruno.nextCall();
    await ada.event("ended", ENDS_WITHIN_MS);
    await call.ended();
    expect(await warning()).toMatchObject({ trouble, lookAt: expect.any(String) });
    expect(await troubles()).toEqual([trouble]);
    await server().backToZero();

    // In better weather it talks as ever.
    await ada.alter({});
    await ada.call(BRUNO);
    const next = await bruno.nextCall();
    await Promise.all([ada.event("talking"), next.hears(ADA_HZ)]);
    await ada.hangUp();
    await Promise.all([ada.event("ended"), next.ended()]);
  });
});
