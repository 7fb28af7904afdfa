import { silentLog } from "@cordboard/kernel";
import type { AudioCodec, Endpoint, SessionDescription } from "@cordboard/sip";
import { codecsOf, isSameCodec, isTelephoneEvent, PCMA, PCMU, TELEPHONE_EVENT } from "@cordboard/sip";
import { openAgent } from "./agent.ts";
import type { Behaviour } from "./call/behaviour.ts";
import { behave } from "./call/behaviour.ts";
import { CallList } from "./call/call-list.ts";
import { takeCall } from "./call/incoming.ts";
import type { Within } from "./conditions.ts";
import { lineOf } from "./line.ts";
import { phoneState } from "./phone-state.ts";
import type { SoundSource } from "./sound/sound-source.ts";
import type { PhoneCall, PhoneHost, PhoneState } from "./types.ts";

/** What {@link createCarrier} is made of. */
export interface CarrierOptions extends PhoneHost {
  /** Numeric address to bind; `127.0.0.1` unless said otherwise. */
  readonly address?: string;
  /** UDP port; 0 for any free one, which is the default. */
  readonly port?: number;
  /** What it does with a call to this number; {@link publicNumbers} unless said otherwise. */
  readonly answer?: (number: string, call: PhoneCall) => Behaviour;
  /** What the called side sends; `echo` unless said otherwise. */
  readonly sound?: SoundSource;
}

/** A scripted carrier: the far end of a trunk, by SIP over UDP without registration. */
export interface Carrier {
  readonly listening: Endpoint;
  /** The next call that was not yet taken by this method; `call.number` is what it was sent to. */
  nextCall(within?: Within): Promise<PhoneCall>;
  /** Ends its calls and leaves nothing. */
  close(): Promise<void>;
  describe(): PhoneState;
}

/** Answers every number that starts with 00 or +, after 180; else 404. */
export const publicNumbers = (number: string): Behaviour =>
  number.startsWith("00") || number.startsWith("+") ? "auto" : { does: "reject", status: 404 };

/** Opens a carrier; rejects with `bind-failed`. */
export async function createCarrier(options: CarrierOptions): Promise<Carrier> {
  const { address = "127.0.0.1", port = 0, clock, log = silentLog, answer = publicNumbers, sound = "echo" } = options;
  const { agent, listening } = await openAgent({ ...options, address, port, transport: "udp", product: "Carrier" });
  const line = lineOf(options, { agent, soundAddress: address, codecs: codecsForEcho });
  const calls = new CallList(clock);
  agent.onCall((incoming) => {
    const call = takeCall(line, incoming, { sound, onOver: (over) => calls.remove(over) });
    calls.arrived(call);
    behave(call, answer(call.number, call)).catch((error: unknown) => {
      if (call.state !== "over") log.warn("the carrier left its script", { error: String(error) });
    });
  });
  return {
    listening,
    nextCall: (within) => calls.next(within),
    async close() {
      await calls.hangUp();
      await calls.close();
      await agent.close();
    },
    describe: () => phoneState(agent, [calls], false),
  };
}

/**
 * G.711 when it is offered, else the first codec offered, whatever it is: an echo needs not understand it. Only one is
 * taken, so that the other side cannot change it in the middle.
 */
function codecsForEcho(offer: SessionDescription | undefined): readonly AudioCodec[] {
  const audio = offer?.media.find(({ kind, port }) => kind === "audio" && port !== 0);
  if (audio === undefined) return [PCMU, PCMA, TELEPHONE_EVENT];
  const offered = codecsOf(audio).filter((codec) => !isTelephoneEvent(codec));
  const plain = offered.find((codec) => isSameCodec(codec, PCMU) || isSameCodec(codec, PCMA));
  const chosen = plain ?? offered[0];
  return chosen === undefined ? [] : [chosen, TELEPHONE_EVENT];
}
