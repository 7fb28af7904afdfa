import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ms } from "@cordboard/kernel";
import {
  monoSamples,
  pcm16Bytes,
  readWav,
  renderTone,
  repairedWav,
  SAMPLE_RATE_HZ,
  steadyTone,
  writeWav,
} from "@cordboard/sound";
import type { BaresipControl } from "./baresip-control.ts";
import { controlBaresip } from "./baresip-control.ts";
import type { Child } from "./child.ts";
import { startChild } from "./child.ts";
import { freePorts } from "./free-ports.ts";
import { until } from "./until.ts";

/** A phone of somebody else, with a user of ours. */
export interface BaresipOptions {
  /** Where the program lies. */
  readonly program: string;
  /** A folder for what it needs and writes; made when it is not there. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** Registrar and proxy, as in `127.0.0.1:5060`. */
  readonly server: string;
  /** `udp` unless said otherwise. */
  readonly transport?: "udp" | "tcp" | "tls";
  /** File with the authority that the server's certificate must come from, for TLS. */
  readonly authority?: string;
  /** How it protects its sound: `srtp` where the other side can, `srtp-mand` always. Not at all unless said otherwise. */
  readonly encryption?: "srtp" | "srtp-mand";
  /** The tone that it says all the time. */
  readonly toneHz: number;
  /** Answers by itself; else a test does, by the command `accept`. */
  readonly answersItself?: boolean;
}

/** A running baresip. */
export interface Baresip extends BaresipControl {
  readonly child: Child;
  /**
   * What it hears in its call, as 8 kHz samples, once that is `forMs` (1,500 unless said otherwise) or more. Of the first second, in
   * which ringing tones and the far side's start lie, nothing.
   */
  hears(forMs?: number): Promise<Int16Array>;
  /** Forgets what it heard in earlier calls. */
  forget(): Promise<void>;
  /** Ends it; settles when the process is gone. */
  quit(): Promise<void>;
}

const MODULES_FOLDER = "/usr/lib/baresip/modules";
const TONE_MS = 60_000;
const BYTES_PER_SAMPLE = 2;

/** Starts a baresip, and waits until it has registered. */
export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  const { folder, program } = options;
  await mkdir(folder, { recursive: true });
  // The SIP port, the next one (which it takes for TLS), and the control port.
  const port = await freePorts(2);
  const tone = steadyTone(-10, options.toneHz);
  const samples = renderTone({ ...tone, parts: tone.parts.map((part) => ({ ...part, lasts: ms(TONE_MS) })) });
  await writeFile(join(folder, "tone.wav"), writeWav({ encoding: "pcm16", channels: 1 }, pcm16Bytes(samples)));
  await writeFile(join(folder, "config"), configOf(options, port));
  await writeFile(join(folder, "accounts"), accountOf(options));
  await writeFile(join(folder, "contacts"), "");
  const child = startChild(program, ["-4", "-f", folder], { folder });
  try {
    const control = await controlBaresip(port + 2);
    await child.line(/200 OK \(.*\[1 binding\]/, 10_000);
    return {
      ...control,
      child,
      hears: (forMs) => hears(folder, forMs),
      forget: () => forget(folder),
      quit: () => quit(control, child),
    };
  } catch (fault) {
    await child.stop("SIGKILL");
    throw new Error(`baresip of ${options.user} did not start:\n${child.said.join("\n")}`, { cause: fault });
  }
}

const configOf = ({ folder, authority, encryption }: BaresipOptions, port: number): string => `
sip_listen 127.0.0.1:${port}
${authority === undefined ? "" : `sip_cafile ${authority}`}
rtp_ports 30000-31999
module_path ${MODULES_FOLDER}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
${encryption === undefined ? "" : "module srtp.so"}
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${port + 2}
audio_source aufile,${join(folder, "tone.wav")}
audio_player aubridge,nil
audio_alert aubridge,nil
audio_buffer 20-160
snd_path ${folder}
`;

const accountOf = ({
  user,
  password,
  domain,
  server,
  transport = "udp",
  answersItself,
  encryption,
}: BaresipOptions): string =>
  `<sip:${user}@${domain};transport=${transport}>;auth_user=${user};auth_pass=${password}` +
  `;outbound="sip:${server};transport=${transport}";regint=300;audio_codecs=PCMU/8000/1` +
  `${encryption === undefined ? "" : `;mediaenc=${encryption}`}` +
  `;answermode=${answersItself === true ? "auto" : "manual"}\n`;

/** Files into which baresip writes what it hears, the oldest first. */
async function recordings(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /^dump-.*-dec\.wav$/.test(name));
  return names.toSorted().map((name) => join(folder, name));
}

async function hears(folder: string, forMs = 1_500): Promise<Int16Array> {
  const wanted = ((forMs + 1_000) * SAMPLE_RATE_HZ * BYTES_PER_SAMPLE) / 1_000;
  const file = await until(`${forMs} ms of sound at baresip`, async () => {
    const last = (await recordings(folder)).at(-1);
    return last !== undefined && (await stat(last)).size >= wanted ? last : undefined;
  });
  const bytes = await readFile(file);
  // The file is still being written, so its header does not tell its length yet.
  const patches = repairedWav(bytes, bytes.length);
  for (const { offset, bytes: patch } of patches.ok ? patches.value : []) bytes.set(patch, offset);
  const sound = readWav(bytes);
  if (!sound.ok) throw new Error(`${file} is ${sound.error.code}`);
  return monoSamples(sound.value).subarray(SAMPLE_RATE_HZ);
}

async function forget(folder: string): Promise<void> {
  for (const file of await recordings(folder)) await rm(file);
}

async function quit(control: BaresipControl, child: Child): Promise<void> {
  control.close();
  await child.stop("SIGTERM", 20_000);
}
