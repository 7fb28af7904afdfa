import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ms } from "@cordboard/kernel";
import { pcm16Bytes, renderTone, steadyTone, writeWav } from "@cordboard/sound";
import type { BaresipControl } from "./baresip-control.ts";
import { controlBaresip } from "./baresip-control.ts";
import type { Ears } from "./baresip-ears.ts";
import { earsOf } from "./baresip-ears.ts";
import type { Child } from "./child.ts";
import { startChild } from "./child.ts";
import { freePorts } from "./free-ports.ts";

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
  /** Tells an instance when it registers, by which it is known again; not unless said otherwise. */
  readonly hasInstance?: boolean;
  /** The tone that it says all the time. */
  readonly toneHz: number;
  /** Extensions whose presence it watches; its user's mailbox too, once they are given. None unless said otherwise. */
  readonly watches?: readonly string[];
  /** Prints the SIP messages that it sends and gets; not unless said otherwise. */
  readonly isTraced?: boolean;
  /** Answers by itself; else a test does, by the command `accept`. */
  readonly answersItself?: boolean;
}

/** A running baresip. */
export interface Baresip extends BaresipControl, Ears {
  readonly child: Child;
  readonly user: string;
  /** The tone that it says all the time. */
  readonly toneHz: number;
  /** Where it listens for SIP, which stands in its contact: as in `127.0.0.1:40000`. */
  readonly listensAt: string;
  /**
   * Says back what it hears, in place of its tone, or its tone again. For what it hears once its own hold has ended: it does not write
   * that to a file any more, but whoever it talks with hears it.
   */
  echoes(isOn: boolean): Promise<void>;
  /** How it shows an extension that it watches: `Online`, `Offline`, `Busy` or `Unknown`. */
  shows(extension: string): Promise<string>;
  /** Ends it; settles when the process is gone. */
  quit(): Promise<void>;
}

const MODULES_FOLDER = "/usr/lib/baresip/modules";
const TONE_MS = 60_000;
/** What is played there can be taken from there again. */
const LOUDSPEAKER = "aubridge,nil";

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
  await writeFile(join(folder, "contacts"), contactsOf(options));
  const child = startChild(program, ["-4", ...(options.isTraced === true ? ["-s"] : []), "-f", folder], { folder });
  try {
    const control = await controlBaresip(port + 2);
    await child.line(/200 OK \(.*\[\d+ bindings?\]/, 10_000);
    const { user, toneHz } = options;
    return {
      ...control,
      ...earsOf(folder),
      child,
      user,
      toneHz,
      listensAt: `127.0.0.1:${port}`,
      echoes: async (isOn) => {
        await control.command("ausrc", isOn ? LOUDSPEAKER : toneOf(folder));
      },
      shows: async (extension) => shownIn(await control.command("contacts"), extension),
      quit: () => quit(control, child),
    };
  } catch (fault) {
    await child.stop("SIGKILL");
    throw new Error(`baresip of ${options.user} did not start:\n${child.said.join("\n")}`, { cause: fault });
  }
}

/** The source that says a phone's tone. */
const toneOf = (folder: string): string => `aufile,${join(folder, "tone.wav")}`;

const configOf = ({ folder, authority, encryption, watches, hasInstance }: BaresipOptions, port: number): string => `
sip_listen 127.0.0.1:${port}
${authority === undefined ? "" : `sip_cafile ${authority}`}
rtp_ports 30000-31999
module_path ${MODULES_FOLDER}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
${encryption === undefined ? "" : "module srtp.so"}
${hasInstance === true ? "module uuid.so" : ""}
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
${watches === undefined ? "" : "module_app contact.so\nmodule_app presence.so\nmodule_app mwi.so"}
ctrl_tcp_listen 127.0.0.1:${port + 2}
audio_source ${toneOf(folder)}
audio_player ${LOUDSPEAKER}
audio_alert ${LOUDSPEAKER}
audio_buffer 20-160
snd_path ${folder}
`;

const contactsOf = ({ watches = [], domain }: BaresipOptions): string =>
  watches.map((extension) => `"${extension}" <sip:${extension}@${domain}>;presence=p2p\n`).join("");

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

/** How an extension stands in a list of contacts, where colours go before and after each word. */
function shownIn(contacts: string, extension: string): string {
  const line = contacts.split("\n").find((each) => each.includes(`sip:${extension}@`)) ?? "";
  return /Online|Offline|Busy|Unknown/.exec(line)?.[0] ?? "nothing";
}

async function quit(control: BaresipControl, child: Child): Promise<void> {
  control.close();
  await child.stop("SIGTERM", 20_000);
}
