import type { Clock, Random } from "@cordboard/kernel";
import { ms, silentLog } from "@cordboard/kernel";
import type {
  AudioCodec,
  Dialog,
  DialogEnd,
  DialogHandlers,
  Direction,
  EarlyDialog,
  HeaderList,
  IncomingCall,
  IncomingRequest,
  LocalAudio,
  LocalProtection,
  Outcome,
  OutgoingCall,
  Registration,
  SipAgent,
  SipRequest,
  SipResponse,
  SipTransport,
} from "@cordboard/sip";
import {
  answerOffer,
  buildOffer,
  createSipAgent,
  PCMA,
  PCMU,
  parseSdp,
  printSdp,
  TELEPHONE_EVENT,
} from "@cordboard/sip";
import { hash, passwordOf } from "./house.ts";

export interface PhoneParts {
  readonly extension: string;
  readonly domain: string;
  /** Where the phone listens; its sound is two ports above. */
  readonly address: { readonly address: string; readonly port: number };
  readonly server: string;
  readonly transport: SipTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly password?: string;
  /** Methods beside those of calls that it says it takes. */
  readonly takes?: readonly string[];
  /** How long its calls may go without a refresh, in seconds. */
  readonly refreshSeconds?: number;
  /** Its provisional responses, and those that it gets, are acknowledged. */
  readonly isReliable?: boolean;
}

/** A call of the phone's own and what became of it. */
export interface PlacedCall {
  readonly call: OutgoingCall;
  readonly provisional: number[];
  readonly responses: SipResponse[];
  /** The branch that rang last. */
  early: EarlyDialog | undefined;
  dialog: Dialog | undefined;
  failure: number | undefined;
}

/** A real SIP user agent with a script: rings, answers, holds, and remembers what it was told. */
export class Phone {
  readonly extension: string;
  readonly agent: SipAgent;
  readonly #parts: PhoneParts;
  /** What it can do, best first. */
  codecs: readonly AudioCodec[] = [PCMA, PCMU, TELEPHONE_EVENT];
  /** How it protects its sound. */
  protection: LocalProtection | undefined;
  readonly incoming: IncomingCall[] = [];
  readonly dialogs: Dialog[] = [];
  readonly ends: DialogEnd[] = [];
  readonly cancels: (SipRequest | undefined)[] = [];
  /** Descriptions that it was offered in a dialog. */
  readonly reoffers: string[] = [];
  readonly acks: SipRequest[] = [];
  /** Other requests in its dialogs, each answered with 200. */
  readonly requests: SipRequest[] = [];
  registration: Registration | undefined;
  #version = 1;
  /** What it does with a call, unless told otherwise: 180. */
  onCall: (call: IncomingCall) => void = (call) => void call.progress(180);
  onReinvite: (incoming: IncomingRequest) => void = (incoming) => {
    incoming.respond(200, { body: this.answerTo(incoming.request.body) });
  };

  constructor(parts: PhoneParts) {
    this.extension = parts.extension;
    this.#parts = parts;
    const { clock, random, transport, takes = [], refreshSeconds, isReliable = false } = parts;
    this.agent = createSipAgent({
      transports: [transport],
      clock,
      random,
      hash,
      log: silentLog,
      product: "Phone",
      inDialog: takes,
      ...(isReliable ? { reliable: "always" } : {}),
      ...(refreshSeconds === undefined ? {} : { sessionTimers: { expiresSeconds: refreshSeconds } }),
    });
    this.agent.onCall((call) => {
      this.incoming.push(call);
      call.onCancel((cancel) => this.cancels.push(cancel));
      this.onCall(call);
    });
  }

  get credentials(): { readonly username: string; readonly password: string } {
    return { username: this.extension, password: this.#parts.password ?? passwordOf(this.extension) };
  }

  get aor(): string {
    return `sip:${this.extension}@${this.#parts.domain}`;
  }

  register(
    expiresSeconds = 300,
    more: { readonly headers?: HeaderList; readonly contactParams?: string } = {},
  ): Promise<Outcome> {
    const { server, transport } = this.#parts;
    const registrar = `sip:${server};transport=${transport.name}`;
    const { aor, credentials } = this;
    const asked = { registrar, aor, credentials, expiresSeconds, transport: transport.name };
    this.registration = this.agent.register({ ...asked, ...more });
    return this.registration.first;
  }

  offer(direction: Direction = "sendrecv", codecs: readonly AudioCodec[] = this.codecs): string {
    return printSdp(buildOffer({ sessionId: "1", version: this.#version++ }, { ...this.#audio(), codecs, direction }));
  }

  answerTo(body: Uint8Array): string {
    this.reoffers.push(new TextDecoder().decode(body));
    const offer = parseSdp(body);
    if (!offer.ok) throw new Error("the switch sent no description");
    const answer = answerOffer(offer.value, { sessionId: "1", version: this.#version++ }, this.#audio());
    if (!answer.ok) throw new Error(answer.error.why);
    return printSdp(answer.value.description);
  }

  /** Calls somebody; `body: ""` lets the switch offer. */
  dial(
    number: string,
    more: { readonly body?: string; readonly from?: string; readonly headers?: HeaderList } = {},
  ): PlacedCall {
    const { server, domain, transport } = this.#parts;
    const provisional: number[] = [];
    const responses: SipResponse[] = [];
    const body = more.body ?? this.offer();
    const call = this.agent.invite(
      {
        uri: `sip:${number}@${server};transport=${transport.name}`,
        from: more.from ?? `"Me" <sip:${this.extension}@${domain}>`,
        credentials: this.credentials,
        transport: transport.name,
        deadlineMs: ms(600_000),
        ...(body === "" ? {} : { body }),
        ...(more.headers === undefined ? {} : { headers: more.headers }),
      },
      {
        onProgress: (status, response, early) => {
          placed.early = early;
          provisional.push(status);
          responses.push(response);
        },
        onAnswer: (dialog, response) => {
          placed.dialog = dialog;
          responses.push(response);
          this.dialogs.push(dialog);
          const ack = body === "" ? { ack: { body: this.answerTo(response.body) } } : {};
          return { handlers: this.handlers(), ...ack };
        },
        onFailure: (status, response) => {
          placed.failure = status;
          if (response !== undefined) responses.push(response);
        },
      },
    );
    const placed: PlacedCall = {
      call,
      provisional,
      responses,
      early: undefined,
      dialog: undefined,
      failure: undefined,
    };
    return placed;
  }

  /** Answers the last call. */
  pickUp(call: IncomingCall | undefined = this.incoming.at(-1)): Dialog {
    if (call === undefined) throw new Error("nobody calls");
    const dialog = call.answer({ body: this.answerTo(call.request.body) }, this.handlers());
    if (dialog === undefined) throw new Error("the call is over");
    this.dialogs.push(dialog);
    return dialog;
  }

  handlers(): DialogHandlers {
    return {
      onEnd: (end) => void this.ends.push(end),
      onReinvite: (incoming) => this.onReinvite(incoming),
      onRequest: (incoming) => {
        this.requests.push(incoming.request);
        incoming.respond(200);
      },
      onAck: (ack) => void this.acks.push(ack),
    };
  }

  #audio(): LocalAudio {
    const { address, port } = this.#parts.address;
    return { endpoint: { address, port: port + 2 }, codecs: this.codecs, protection: this.protection };
  }
}
