import type { LegQuality, NegotiatedMedia, RecordOrder, SoundFact, SoundSource, SpeaksTo } from "@cordboard/core";
import type { DtlsIdentity } from "@cordboard/dtls/node";
import type { ActionId, LegId, LogFields, RecordingId } from "@cordboard/kernel";
import type { PortPair } from "./port-pool.ts";
import type { SoundTimings } from "./timings.ts";
import type { Endpoint } from "./worker/addresses.ts";
import type { LegSnapshot } from "./worker/leg-snapshot.ts";

/** Where a leg's sockets are bound. */
export interface LegPlace {
  readonly address: string;
  readonly ports: PortPair;
}

/** A sound as a worker knows it: words have become files. */
export type PlayedSource =
  | Exclude<SoundSource, { readonly kind: "spoken" }>
  /** One after the other, once; what cannot be played is left out. */
  | { readonly kind: "files"; readonly paths: readonly string[] };

/** What the main thread tells a worker: one message a leg and change, never one a packet. */
export type Order =
  /** Binds a leg's sockets; a snapshot makes it go on where another worker left it. Answered by `opened`. */
  | {
      readonly type: "open";
      readonly request: number;
      readonly leg: LegId;
      readonly place: LegPlace;
      readonly snapshot: LegSnapshot | undefined;
      /** A STUN server to ask what the leg's socket looks like from outside; undefined when nobody needs to know. */
      readonly stun: Endpoint | undefined;
    }
  | { readonly type: "connect"; readonly leg: LegId; readonly media: NegotiatedMedia }
  /** Either leg may still be on its way here: they are joined as soon as both are present and still want it. */
  | { readonly type: "bridge"; readonly a: LegId; readonly b: LegId }
  /** All legs of a room are here, or on their way. */
  | { readonly type: "mix"; readonly leg: LegId; readonly room: string; readonly speaksTo: SpeaksTo }
  | { readonly type: "unbridge"; readonly leg: LegId }
  | { readonly type: "record"; readonly leg: LegId; readonly order: RecordOrder }
  | { readonly type: "stop-recording"; readonly leg: LegId; readonly recording: RecordingId }
  | { readonly type: "play"; readonly leg: LegId; readonly source: PlayedSource; readonly action: ActionId }
  | { readonly type: "stop"; readonly leg: LegId }
  | { readonly type: "send-digits"; readonly leg: LegId; readonly digits: string }
  /** Ends a leg. Answered by `closed`. */
  | { readonly type: "close"; readonly request: number; readonly leg: LegId }
  /** Ends a leg here so that another worker takes it on. Answered by `released`. */
  | { readonly type: "release"; readonly request: number; readonly leg: LegId };

/** What a worker answers to orders that carry a request number. */
export type Answer =
  | {
      readonly type: "opened";
      readonly request: number;
      readonly outcome: "open" | "port-in-use" | "failed";
      readonly outside?: Endpoint | undefined;
    }
  | { readonly type: "closed"; readonly request: number; readonly quality: LegQuality | undefined }
  | { readonly type: "released"; readonly request: number; readonly snapshot: LegSnapshot | undefined };

/** What a worker says by itself. */
export type Report =
  | Answer
  | { readonly type: "fact"; readonly fact: SoundFact }
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: LogFields;
    };

/** What a worker is started with. */
export interface WorkerStart {
  /** One 32-bit counter that the worker raises at every tick and packet: its sign of life, readable even when this thread was busy. */
  readonly beats: SharedArrayBuffer;
  readonly timings: SoundTimings;
  /** The one certificate of all workers: a leg that moves stays who it is. */
  readonly identity: DtlsIdentity;
}
