export type {
  AnswerScript,
  Behaviour,
  NothingScript,
  RejectScript,
  RingScript,
  Script,
} from "./call/behaviour.ts";
export type { CallEnd, DeclineOptions, HangUpOptions } from "./call/ending.ts";
export type { Shown } from "./call/shown.ts";
export type { Carrier, CarrierOptions } from "./carrier.ts";
export { createCarrier, publicNumbers } from "./carrier.ts";
export type { PhoneErrorCode, Within } from "./conditions.ts";
export { PhoneError } from "./conditions.ts";
export type { PhoneBank } from "./phone-bank.ts";
export { createPhone, createPhoneBank } from "./phone-bank.ts";
export type { HeardTone, SilenceWanted, ToneWanted } from "./sound/hearing.ts";
export type { RecordedFile, Recording } from "./sound/recording.ts";
export type { RtpStatistics } from "./sound/rtp-session.ts";
export type { SoundElsewhere, SoundSource, ToneSource, WavSource } from "./sound/sound-source.ts";
export type {
  CallOptions,
  CallState,
  DigitOptions,
  Phone,
  PhoneAccount,
  PhoneBankOptions,
  PhoneCall,
  PhoneHost,
  PhoneOptions,
  PhoneServer,
  PhoneState,
  Ringing,
} from "./types.ts";
