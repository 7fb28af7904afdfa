// `npm run bench [-- [--profile <folder>] [name …]]`: measures each figure, prints it and keeps it in results/<name>.json.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { browserSetUp } from "./browser-set-up.ts";
import { callSetUp } from "./call-set-up.ts";
import { contacts } from "./contacts.ts";
import { dialerRefused } from "./dialer-refused.ts";
import { dialerRinging } from "./dialer-ringing.ts";
import type { Aim, Bench, Figure, Measured } from "./figure.ts";
import { isReached } from "./figure.ts";
import { held } from "./held.ts";
import type { Circumstances } from "./machine.ts";
import { chooseCores, circumstances } from "./machine.ts";
import { memoryIdle } from "./memory-idle.ts";
import { mixing } from "./mixing.ts";
import {
  relayPlain,
  relayPlainByRtpengine,
  relaySdes,
  relaySdesByRtpengine,
  relayWebRtc,
  relayWebRtcByRtpengine,
} from "./protected-relay.ts";
import { proxiedCalls } from "./proxied-calls.ts";
import { recording } from "./recording.ts";
import { register } from "./register.ts";
import { relay, relayByRtpengine } from "./relay.ts";
import { setUpDelay } from "./set-up-delay.ts";
import { sipParse } from "./sip-parse.ts";
import { rounded } from "./spread.ts";
import { startUp } from "./start-up.ts";
import { streamFanOut } from "./stream-fan-out.ts";

const figures: readonly Figure[] = [
  startUp,
  memoryIdle,
  dialerRefused,
  dialerRinging,
  sipParse,
  register,
  callSetUp,
  setUpDelay,
  browserSetUp,
  relay,
  relayByRtpengine,
  relayPlain,
  relaySdes,
  relayWebRtc,
  relayPlainByRtpengine,
  relaySdesByRtpengine,
  relayWebRtcByRtpengine,
  mixing,
  recording,
  held,
  contacts,
  proxiedCalls,
  streamFanOut,
];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { profile: { type: "string" } } });
const unknown = positionals.filter((name) => !figures.some((figure) => figure.name === name));
if (unknown.length > 0)
  throw new Error(`no such figure: ${unknown.join(", ")}; there are: ${figures.map(({ name }) => name).join(", ")}`);

const { serverInside, cores } = chooseCores();
const serverNodeWords = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
const bench: Bench = { serverInside, serverNodeWords };

for (const figure of figures) {
  if (positionals.length > 0 && !positionals.includes(figure.name)) continue;
  const around = circumstances(cores);
  const measured = await figure.measure(bench);
  keep(figure, measured, around);
}

function keep({ name, about }: Figure, measured: Measured, around: Circumstances): void {
  const { value, unit, aim, peer, details } = measured;
  const isAimReached = isReached(aim, value);
  const compared = peer === undefined ? undefined : { ...peer, ratio: rounded(value / peer.value, 3) };
  const verdict = isAimReached === undefined ? "a first figure" : isAimReached ? "reached" : "MISSED";
  const { machine, versions } = around;
  const command = `npm run bench -- ${name}`;
  const lines = [
    `── ${name}: ${about}`,
    `   ${value} ${unit}${aimText(aim)}: ${verdict}`,
    ...(compared === undefined ? [] : [`   ${compared.ratio} × ${compared.name} (${compared.value} ${unit})`]),
    `   ${Object.entries(details)
      .map(([key, of]) => `${key} ${of}`)
      .join(", ")}`,
    `   ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}; ${around.cores}; load ${around.loadBefore} before`,
    `   node ${versions.node}, cordboard ${versions.cordboard} (${versions.commit}); ${command}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  // A profiled server is slower: its figures are not kept.
  if (values.profile !== undefined) return;
  const result = {
    name,
    about,
    date: new Date().toISOString(),
    command,
    value,
    unit,
    aim,
    isAimReached,
    peer: compared,
    details,
    ...around,
  };
  writeFileSync(new URL(`results/${name}.json`, import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
}

function aimText(aim: Aim): string {
  if (aim === "none") return "";
  return "atLeast" in aim ? `, aim at least ${aim.atLeast}` : `, aim at most ${aim.atMost}`;
}
