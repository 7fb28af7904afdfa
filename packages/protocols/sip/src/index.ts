export type { Endpoint, Flow, TransportName } from "./agent/flow.ts";
export type { Resolver, SendRefusal, SendTarget, SipTransport, TransportEvents } from "./agent/transport.ts";
export type {
  AgentLimits,
  AgentState,
  AnswerTaken,
  CallHandler,
  Dialog,
  DialogEnd,
  DialogHandlers,
  EarlyDialog,
  FailureCause,
  IncomingCall,
  IncomingRequest,
  InviteHandlers,
  InviteOptions,
  Listening,
  OutgoingCall,
  Outcome,
  RegisterOptions,
  Registration,
  RequestHandler,
  RequestOptions,
  ResponseContent,
  SipAgent,
  SipAgentOptions,
  TraceEntry,
} from "./agent/types.ts";
export type { DialogId } from "./dialog/dialog.ts";
export type { Credentials, Ha1 } from "./digest/types.ts";
export { Headers } from "./message/headers.ts";
export type { Content, HeaderField, HeaderList, SipMessage, SipRequest, SipResponse } from "./message/message.ts";
export type { Params } from "./message/params.ts";
export type { SipUri } from "./message/uri.ts";
export type { CSeq, NameAddr, Via } from "./message/values.ts";
export type { Binding, RegisterOutcome, RegistrarLimits } from "./registrar/types.ts";
export type { AudioCodec } from "./sdp/codecs.ts";
export { G722, G729, OPUS, PCMA, PCMU, TELEPHONE_EVENT } from "./sdp/codecs.ts";
export type { AgreedAudio, AgreedCodec, Answer, LocalAudio, NegotiationRefusal, SessionIdentity } from "./sdp/offer-answer.ts";
export { answerOffer, buildOffer, readAnswer } from "./sdp/offer-answer.ts";
export type { Attribute, Direction, MediaEndpoint, MediaSection, Origin, SdpFault, SessionDescription } from "./sdp/session.ts";
export type { TimerSettings } from "./transaction/timers.ts";
export { defaultTimers } from "./transaction/timers.ts";
