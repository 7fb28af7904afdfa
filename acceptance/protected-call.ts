import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isRtcp, masterKeyOf, SrtpStream, srtpProfileNamed } from "@cordboard/rtp";
import { nodeSrtpCrypto } from "@cordboard/rtp/node";
import type { AgreedAudio, Dialog, LocalAudio, LocalProtection, SipResponse } from "@cordboard/sip";
import { buildOffer, PCMA, parseSdp, printSdp, readAnswer } from "@cordboard/sip";
import type { RtpPeer } from "@cordboard/testkit";
import { machine } from "@cordboard/testkit";
import type { BareAgent } from "./bare-agent.ts";
import { demo } from "./company.ts";

/** A call over TLS whose sound is protected here, packet by packet, so that a test can send the server what no phone would. */
export interface ProtectedCall {
  /** The suite that both sides have agreed on. */
  readonly suite: string;
  /** Where the server wants to get the sound. */
  readonly goesTo: { readonly address: string; readonly port: number };
  /** What left for the server, as it was on the wire, oldest first; at most 1,000 packets. */
  readonly sent: readonly Uint8Array[];
  /** What it says next to the server, in place of what it said, and hears from it. */
  speak(peer: RtpPeer): void;
  /** Sends a packet as it is, from where its sound comes from, beside each that is its own; undefined: no more of it. */
  slipIn(next: (() => Uint8Array | undefined) | undefined): void;
  hangUp(): Promise<void>;
}

const MAX_SENT = 1_000;

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** Calls a number of the demo company with this suite alone; settles when it is answered. */
export async function callProtected(
  agent: BareAgent,
  { user, number, suite }: { readonly user: string; readonly number: string; readonly suite: string },
): Promise<ProtectedCall> {
  const [outer, inner] = await Promise.all([openSocket(), openSocket()]);
  const { keyBytes = 0, saltBytes = 0 } = srtpProfileNamed(suite) ?? {};
  const protection: LocalProtection = {
    kind: "sdes",
    keys: [{ suite, keyAndSalt: machine.random.bytes(keyBytes + saltBytes) }],
    isRequired: true,
  };
  const audio: LocalAudio = { endpoint: outer.address(), codecs: [PCMA], protection };
  const { dialog, agreed } = await answered(agent, { user, number, audio });
  if (agreed.protection?.kind !== "sdes") throw new Error("answered in plain");
  const [send, receive] = [agreed.protection.send, agreed.protection.receive].map((key) => streamOf(suite, key));
  const sent: Uint8Array[] = [];
  let peer: RtpPeer | undefined;
  let slipped: (() => Uint8Array | undefined) | undefined;
  const toServer = (bytes: Uint8Array): void => outer.send(bytes, agreed.remote.port, agreed.remote.address);
  inner.on("message", (bytes) => {
    const wire = isRtcp(bytes) ? undefined : send?.protect(bytes);
    if (wire === undefined) return;
    if (sent.push(wire) > MAX_SENT) sent.shift();
    toServer(wire);
    const other = slipped?.();
    if (other !== undefined) toServer(other);
  });
  outer.on("message", (bytes) => {
    const plain = isRtcp(bytes) ? undefined : receive?.unprotect(bytes);
    if (plain !== undefined && peer !== undefined) inner.send(plain, peer.remote.port, peer.remote.address);
  });
  return {
    suite: agreed.protection.suite,
    goesTo: agreed.remote,
    sent,
    speak(next) {
      peer?.pause();
      peer = next;
      const { address, port } = inner.address();
      next.sendTo({ address, port, rtcpPort: port });
    },
    slipIn(next) {
      slipped = next;
    },
    async hangUp() {
      peer?.pause();
      await dialog.bye();
      for (const socket of [outer, inner]) socket.close();
    },
  };
}

function streamOf(suite: string, keyAndSalt: Uint8Array): SrtpStream {
  const profile = srtpProfileNamed(suite);
  const master = profile === undefined ? undefined : masterKeyOf(profile, keyAndSalt);
  if (master === undefined) throw new Error(`no keys of ${suite}`);
  return new SrtpStream(nodeSrtpCrypto, master);
}

interface Answered {
  readonly dialog: Dialog;
  readonly agreed: AgreedAudio;
}

/** Calls, and reads what it is answered with. */
function answered(
  { agent, way }: BareAgent,
  { user, number, audio }: { readonly user: string; readonly number: string; readonly audio: LocalAudio },
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const take = (dialog: Dialog, { body }: SipResponse): void => {
      const answer = parseSdp(body);
      const agreed = answer.ok ? readAnswer(answer.value, audio) : answer;
      if (agreed.ok) resolve({ dialog, agreed: agreed.value });
      else reject(new Error(agreed.error.why));
    };
    agent.invite(
      {
        uri: `sip:${number}@${demo.domain}`,
        from: `sip:${user}@${demo.domain}`,
        credentials: { username: user, password: demo.passwordOf(user) },
        body: printSdp(buildOffer({ sessionId: "1", version: 1 }, audio)),
        ...way,
      },
      {
        onAnswer: (dialog, response) => {
          take(dialog, response);
          return { handlers: { onEnd: () => {} } };
        },
        onFailure: (status, response) => reject(new Error(`${status} ${response?.headers.get("warning") ?? ""}`)),
      },
    );
  });
}
