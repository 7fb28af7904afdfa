import type { Phone } from "@cordboard/phone";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import type { RtpengineProcess } from "@cordboard/testkit/rtpengine";
import { startRtpengine } from "@cordboard/testkit/rtpengine";
import { afterAll, beforeAll } from "vitest";
import { cordboardJson } from "../command.ts";
import { scriptedPhone } from "../company.ts";
import { freePorts } from "../free-ports.ts";
import type { OtherMachine } from "../network-namespace.ts";
import { makeOtherMachine } from "../network-namespace.ts";
import type { Server } from "../server.ts";
import { startServer } from "../server.ts";
import type { BrowserPhone, Library } from "./chromium.ts";
import { startBrowserPhone } from "./chromium.ts";

const PASSWORD = "one-two-three";
const DOMAIN = "localhost";

/** What a test of a browser elsewhere needs. */
export interface AbroadWanted {
  readonly chromium: string;
  /** The program `ip`. */
  readonly ip: string;
  readonly library: Library;
  /** What carries the sound; the built-in engine unless said otherwise. */
  readonly engine?: "builtin" | "rtpengine";
  /** How many networks the browser's machine has at first; one unless said otherwise. */
  readonly networks?: number;
  /** What the browser and the phone that it calls say. */
  readonly adaHz: number;
  readonly brunoHz: number;
}

/** A server here, Ada's browser on another machine, and Bruno's phone, which answers by itself. */
export interface Abroad {
  readonly other: OtherMachine;
  readonly server: Server;
  readonly ada: BrowserPhone;
  readonly bruno: Phone;
}

/** Starts all that for the tests of a `describe`, and ends it after them: the server must end with 0. */
export function withBrowserAbroad({
  chromium,
  ip,
  library,
  engine,
  networks,
  adaHz,
  brunoHz,
}: AbroadWanted): () => Abroad {
  let other: OtherMachine | undefined;
  let rtpengine: RtpengineProcess | undefined;
  let server: Server | undefined;
  let folder: TestFolder | undefined;
  let ada: BrowserPhone | undefined;
  let bruno: Phone | undefined;
  beforeAll(async () => {
    other = await makeOtherMachine(ip, networks);
    folder = await makeTestFolder();
    const port = await freePorts(0);
    const origin = `https://${other.ours}:${port}`;
    if (engine === "rtpengine") rtpengine = await startRtpengine({ address: other.ours });
    server = await startServer({
      settings: {
        CORDBOARD_BIND: `127.0.0.1,${other.ours}`,
        CORDBOARD_HTTPS_PORT: String(port),
        CORDBOARD_PUBLIC_URL: origin,
        CORDBOARD_MEDIA: rtpengine === undefined ? undefined : `rtpengine=${rtpengine.host}:${rtpengine.port}`,
      },
    });
    for (const extension of ["101", "102"])
      await cordboardJson(server.data, ["user", "add", extension, "--name", "X", "--sip-password", PASSWORD]);
    const account = { password: PASSWORD, domain: DOMAIN };
    bruno = await scriptedPhone(server, "102", { answer: "auto", ...account, sound: { frequencyHz: brunoHz } });
    ada = await startBrowserPhone({
      program: chromium,
      inside: other.there,
      folder: folder.path,
      library,
      origin,
      user: "101",
      ...account,
      toneHz: adaHz,
    });
  });
  afterAll(async () => {
    await ada?.quit();
    await bruno?.close();
    const ended = await server?.stop();
    await rtpengine?.kill();
    await other?.remove();
    await folder?.remove();
    if (ended !== undefined && ended.code !== 0) throw new Error(`the server ended with ${ended.code ?? ended.signal}`);
  });
  return () => {
    if (other === undefined || server === undefined || ada === undefined || bruno === undefined)
      throw new Error("nothing has been started yet");
    return { other, server, ada, bruno };
  };
}
