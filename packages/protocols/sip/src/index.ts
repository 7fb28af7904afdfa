export type { Clock, Hash, Instant, Log, LogFields, Millis, Random, Result, Timer } from "@cordboard/kernel";
export { clockOf, instant, ms, randomOf, silentLog } from "@cordboard/kernel";
export { addressFamily } from "./agent/address.ts";
export { createSipAgent } from "./agent/agent.ts";
export type { Endpoint, Flow, TransportName } from "./agent/flow.ts";
export type {
  IncomingSubscribe,
  Notifier,
  NotifierLimits,
  NotifierOptions,
  NotifierState,
  SubscriptionSummary,
} from "./agent/notifier-types.ts";
export type { IncomingRefer, ReferOptions, Referral, ReferSubscription } from "./agent/refer-types.ts";
export type { FailureCause, IncomingRequest, Outcome, ResponseContent } from "./agent/request-types.ts";
export type {
  ConnectionState,
  Resolver,
  SendRefusal,
  SendTarget,
  SipTransport,
  TransportEvents,
} from "./agent/transport.ts";
export type {
  AgentLimits,
  AgentState,
  AnswerTaken,
  CallHandler,
  Dialog,
  DialogEnd,
  DialogHandlers,
  DialogSummary,
  EarlyDialog,
  FoundDialog,
  IncomingCall,
  InviteHandlers,
  InviteOptions,
  Listening,
  OutgoingCall,
  RegisterOptions,
  Registration,
  RequestHandler,
  RequestOptions,
  SipAgent,
  SipAgentOptions,
  TraceEntry,
  TransactionState,
} from "./agent/types.ts";
export { glareDelay } from "./dialog/answer-resend.ts";
export type { DialogId } from "./dialog/dialog.ts";
export type { SessionTimerSettings } from "./dialog/session-timer.ts";
export type { Challenge, Challenged } from "./digest/client.ts";
export { answerChallenge, challengesOf } from "./digest/client.ts";
export { offersFor } from "./digest/offers.ts";
export type { Algorithm, Credentials, Ha1 } from "./digest/response.ts";
export { makeHa1 } from "./digest/response.ts";
export type {
  Authenticated,
  DigestQuestion,
  DigestRefusal,
  DigestServer,
  DigestServerOptions,
} from "./digest/server.ts";
export { createDigestServer } from "./digest/server.ts";
export type { DialogParty, WatchedDialog } from "./events/dialog-info.ts";
export { DIALOG_INFO, printDialogInfo } from "./events/dialog-info.ts";
export type { Mailbox } from "./events/message-summary.ts";
export { MESSAGE_SUMMARY, printMessageSummary } from "./events/message-summary.ts";
export type { Activity, PresenceInfo } from "./events/presence-info.ts";
export { PIDF, printPresence } from "./events/presence-info.ts";
export type { RegisteredContact } from "./events/registration-info.ts";
export { printRegistrationInfo, REGINFO } from "./events/registration-info.ts";
export type { EndOfSubscription, HeardSubscriptionState, SubscriptionState } from "./events/subscription-state.ts";
export { parseEvent, parseSubscriptionState, printSubscriptionState } from "./events/subscription-state.ts";
export { remoteControl, takesEvent } from "./events/talk.ts";
export type { Entity, MultipartFault } from "./message/body-parts.ts";
export { bodyParts } from "./message/body-parts.ts";
export { checkMessage, knownMethods } from "./message/check.ts";
export type { HeaderField, HeaderList } from "./message/header-field.ts";
export { Headers } from "./message/headers.ts";
export type { Content, SipMessage, SipRequest, SipResponse } from "./message/message.ts";
export { ownText } from "./message/own-text.ts";
export type { Params } from "./message/params.ts";
export { noParams, printParams, withParam } from "./message/params.ts";
export type { MessageFault, MessageRefusal, ParseLimits } from "./message/parse.ts";
export { defaultParseLimits, parseMessage } from "./message/parse.ts";
export { bodyText, printMessage } from "./message/print.ts";
export { reasonPhrase } from "./message/reason-phrases.ts";
export type { ResponseParts } from "./message/respond.ts";
export { respondTo } from "./message/respond.ts";
export type { BodyRefusal } from "./message/session-body.ts";
export { sessionDescriptionOf } from "./message/session-body.ts";
export type { Frame, Framed, FrameLimits } from "./message/stream-framer.ts";
export { defaultFrameLimits, StreamFramer } from "./message/stream-framer.ts";
export type { SipUri } from "./message/uri.ts";
export { isSameUri, makeUri, parseUri, printUri, uriScheme } from "./message/uri.ts";
export type { CSeq, NameAddr, Via } from "./message/values.ts";
export { parseNameAddr, parseVia, printNameAddr, printVia, splitValues } from "./message/values.ts";
export { targetsOf } from "./proxy/targets.ts";
export type { Forward, ProxyOptions, Refusal, RouteQuestion, Routing, Target } from "./proxy/types.ts";
export type { ReferTarget } from "./refer/refer-to.ts";
export { parseReferTo, printReferTo, referredByOf, referTargetOf } from "./refer/refer-to.ts";
export type { ReplacedDialog, Replaces } from "./refer/replaces.ts";
export { callExtensions, parseReplaces, printReplaces, replacesOf, replacesRefusal } from "./refer/replaces.ts";
export { SIPFRAG, sipfrag, statusOfSipfrag } from "./refer/sipfrag.ts";
export type { Binding } from "./registrar/binding.ts";
export { contactHeaders, isReachable, isSameContact, liveBindings } from "./registrar/binding.ts";
export type { Registering, RegisterOutcome, RegistrarLimits } from "./registrar/register.ts";
export { defaultRegistrarLimits, grantedHeaders, register, registrarExtensions } from "./registrar/register.ts";
export type { AudioCodec } from "./sdp/codecs.ts";
export {
  codecsOf,
  G722,
  G729,
  isSameCodec,
  isTelephoneEvent,
  OPUS,
  PCMA,
  PCMU,
  TELEPHONE_EVENT,
} from "./sdp/codecs.ts";
export type { CryptoAttribute } from "./sdp/crypto-attribute.ts";
export type {
  AgreedAudio,
  AgreedCodec,
  Answer,
  LocalAudio,
  NegotiationRefusal,
  SessionIdentity,
} from "./sdp/offer-answer.ts";
export { answerOffer, buildOffer, directionOf, hold, mirrored, narrowest, readAnswer } from "./sdp/offer-answer.ts";
export type { SdpFault } from "./sdp/parse.ts";
export { parseSdp } from "./sdp/parse.ts";
export { printSdp } from "./sdp/print.ts";
export type {
  AgreedProtection,
  Carriage,
  DtlsRole,
  IceLogin,
  LocalProtection,
  SdpFingerprint,
} from "./sdp/protection.ts";
export { carriageOf, cryptosOf } from "./sdp/protection.ts";
export type { Attribute, Direction, MediaSection, Origin, SessionDescription } from "./sdp/session.ts";
export { attribute } from "./sdp/session.ts";
export type { TimerSettings } from "./transaction/timers.ts";
export { defaultTimers } from "./transaction/timers.ts";
