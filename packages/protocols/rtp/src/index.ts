export type { TelephoneEvent } from "./digits/event.ts";
export { digitOfEvent, EVENT_BYTES, eventOfDigit, parseTelephoneEvent, printTelephoneEvent } from "./digits/event.ts";
export type { DigitsHeard, EventArrival, HeardDigit } from "./digits/receive.ts";
export { hearEvent, hearNothing, lostEndAfter, noDigitsHeard } from "./digits/receive.ts";
export type { DigitStep } from "./digits/send.ts";
export { digitLasts, digitPause, digitSteps, eventPacketEvery } from "./digits/send.ts";
export type { Hearing } from "./opinion.ts";
export { estimateMos } from "./opinion.ts";
export type { RtpFields, RtpPacket, RtpRefusal } from "./packet.ts";
export {
  isRtcp,
  parseRtp,
  printPlainRtp,
  printRtp,
  RTP_HEADER_BYTES,
  readRtp,
  rewriteRtp,
  rtpFields,
} from "./packet.ts";
export type { ReceptionReport } from "./reception.ts";
export { Reception } from "./reception.ts";
export type { RtcpRefusal } from "./rtcp/parse.ts";
export { parseRtcp } from "./rtcp/parse.ts";
export { printRtcp } from "./rtcp/print.ts";
export { middleOf, ntpTimeOf, ntpUnits, roundTripOf } from "./rtcp/round-trip.ts";
export type {
  Goodbye,
  NtpTime,
  OtherRtcp,
  ReceiverReport,
  ReportBlock,
  RtcpPacket,
  SenderReport,
  SourceDescription,
} from "./rtcp/types.ts";
export {
  isNewerSequence,
  sequenceAfter,
  sequenceDistance,
  timestampAfter,
  timestampDistance,
} from "./sequence.ts";
export type { SrtpCrypto } from "./srtp/crypto.ts";
export type { SrtpProfile, SrtpProfileName } from "./srtp/profile.ts";
export { srtpProfileNamed, srtpProfileNumbered, srtpProfiles } from "./srtp/profile.ts";
export type { SrtpMasterKey } from "./srtp/session-keys.ts";
export { masterKeyOf } from "./srtp/session-keys.ts";
export type { SrtpSnapshot } from "./srtp/source-windows.ts";
export { SrtcpStream } from "./srtp/srtcp.ts";
export { SrtpStream } from "./srtp/srtp.ts";
