/** What one party of a call says and hears, message by message, for sipp. */
export interface SippScenario {
  readonly name: string;
  readonly steps: readonly SippStep[];
}

/** One step of a scenario, as sipp reads it. */
export interface SippStep {
  readonly xml: string;
  /** Variables that it fills or reads: sipp takes none that is named but once. */
  readonly names: readonly string[];
  /** The request whose branch it shares. */
  readonly of?: SippStep;
}

/** One end of a dialog, in words for headers. */
export interface SippDialog {
  /** Our From in it, with our tag. */
  readonly local: string;
  /** The other's, once it is known. */
  readonly remote: string;
  readonly target: string;
  readonly callId: string;
}

/** A description of sound. */
export interface SippSound {
  readonly direction?: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** PCMU and PCMA unless said otherwise. */
  readonly codecs?: readonly (keyof typeof RTP_NAMES)[];
  readonly address?: string;
  readonly port?: string;
  /** Rises with each description of one side. 1 unless said otherwise. */
  readonly version?: number;
  /** By SRTP, with a key beside it, or not at all. Plain unless said otherwise. */
  readonly isProtected?: boolean;
}

/** What a message carries beside what it has to. */
export interface SippContent {
  readonly headers?: readonly string[];
  readonly sound?: SippSound;
  /** Any other body with its type. */
  readonly body?: { readonly type: string; readonly text: string };
}

/** What is done with a message that comes. */
export interface SippHearing {
  /** It need not come: the scenario goes on as soon as a later one does. `ever`: it may come at any time from then on. */
  readonly may?: "be" | "ever";
  /** The label to go on at; with `if`, only when that value was found in this message. */
  readonly next?: string;
  readonly if?: string;
  /** After so long, in milliseconds, it goes on at a label. */
  readonly orElse?: readonly [afterMs: number, label: string];
  /** Values to take out of a header, by the names under which they are kept; the pattern's first group counts when it has one. */
  readonly keep?: Readonly<Record<string, readonly [header: string, pattern: string]>>;
  /** What the whole message has to match, by POSIX patterns; the call has failed when it does not. */
  readonly wants?: readonly string[];
}

/** 30 bytes that nobody is to keep secret. */
const KEY_AND_SALT = "A".repeat(40);
const RTP_NAMES = { 0: "PCMU", 3: "GSM", 8: "PCMA", 9: "G722" } as const;

/** A call that this party makes. A second one within the same scenario has another name. */
export const calling = (name = ""): SippDialog => ({
  local: `<sip:[user]@[domain]>;tag=[pid]-[call_number]${name}`,
  remote: `[$remote${name}]`,
  target: `[$target${name}]`,
  // What stands before three slashes does not count when sipp looks whose message it is.
  callId: name === "" ? "[call_id]" : `${name}///[call_id]`,
});

/** A call that this party gets. */
export const called: SippDialog = {
  local: "[$own];tag=[pid]-[call_number]",
  remote: "[$remote]",
  target: "[$target]",
  callId: "[call_id]",
};

const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(/\[\$(\w+)\]/g)].map(([, name = ""]) => name);

const step = (xml: string, names: readonly string[] = []): SippStep => ({
  xml,
  names: [...names, ...variablesIn(xml)],
});

function described({
  direction,
  codecs = [0, 8],
  address = "[media_ip]",
  port = "[media_port]",
  version = 1,
  isProtected = false,
}: SippSound) {
  return [
    ...["v=0", `o=- 1 ${version} IN IP4 [media_ip]`, "s=-", `c=IN IP4 ${address}`, "t=0 0"],
    `m=audio ${port} ${isProtected ? "RTP/SAVP" : "RTP/AVP"} ${codecs.join(" ")} 101`,
    ...codecs.map((codec) => `a=rtpmap:${codec} ${RTP_NAMES[codec]}/8000`),
    "a=rtpmap:101 telephone-event/8000",
    ...(direction === undefined ? [] : [`a=${direction}`]),
    ...(isProtected ? [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_AND_SALT}`] : []),
  ].join("\n");
}

function message(head: readonly string[], { headers = [], sound, body }: SippContent): string {
  const content = sound === undefined ? body : { type: "application/sdp", text: described(sound) };
  const lines =
    content === undefined
      ? ["Content-Length: 0", ""]
      : [`Content-Type: ${content.type}`, "Content-Length: [len]", "", content.text];
  return `<![CDATA[\n${[...head, ...headers, ...lines].join("\n")}\n]]>`;
}

const CONTACT = "Contact: <sip:[user]@[local_ip]:[local_port];transport=[over]>";
/** sipp sends a request again after so long without an answer, in milliseconds, and says nothing else until that has come. */
const RESEND = `retrans="500"`;

function requestHead(method: string, dialog: SippDialog, cseq: number, branch = "[branch]"): readonly string[] {
  return [
    `${method} ${dialog.target} SIP/2.0`,
    `Via: SIP/2.0/[over] [local_ip]:[local_port];branch=${branch};rport`,
    "Max-Forwards: 70",
    `From: ${dialog.local}`,
    `To: ${dialog.remote}`,
    `Call-ID: ${dialog.callId}`,
    `CSeq: ${cseq} ${method}`,
    CONTACT,
  ];
}

/** A request within a dialog. `cseq` counts up from 3 for who called, from 1 for who was called. */
export const request = (method: string, dialog: SippDialog, cseq: number, content: SippContent = {}): SippStep =>
  step(`<send ${RESEND}>${message(requestHead(method, dialog, cseq), content)}</send>`);

/** The same sent once: the party can say other things before its answer comes. */
export const requestOnce = (method: string, dialog: SippDialog, cseq: number, content: SippContent = {}): SippStep =>
  step(`<send>${message(requestHead(method, dialog, cseq), content)}</send>`);

/** The ACK to a 2xx. */
export const acknowledge = (dialog: SippDialog, cseq: number, content: SippContent = {}): SippStep =>
  requestOnce("ACK", dialog, cseq, content);

/** Stands where the branch of an earlier step is to stand. */
const BRANCH_OF = "[branch-of]";

/** The ACK to a refusal of an INVITE, which belongs to its transaction. */
export const acknowledgeRefusal = (dialog: SippDialog, cseq: number, of: SippStep): SippStep => ({
  ...step(`<send>${message(requestHead("ACK", dialog, cseq, BRANCH_OF), {})}</send>`),
  of,
});

/** Cancels a call to a number that was dialled with digest. */
export const cancel = (number: string, dialog: SippDialog, of: SippStep): SippStep => ({
  ...step(`<send>${message(requestHead("CANCEL", toNobodyYet(number, dialog), 2, BRANCH_OF), {})}</send>`),
  of,
});

/** The call that is not answered yet, as its caller has it. */
export const toNobodyYet = (number: string, dialog: SippDialog): SippDialog => ({
  ...dialog,
  target: `sip:${number}@[domain]`,
  remote: `<sip:${number}@[domain]>`,
});

/** Answers the request that came last. */
export const answer = (status: number, content: SippContent = {}): SippStep => {
  const head = [`SIP/2.0 ${status} OK`, ...["Via", "From", "To", "Call-ID", "CSeq"].map((name) => `[last_${name}:]`)];
  return step(`<send>${message([...head, CONTACT], content)}</send>`);
};

/** Answers the INVITE that began the dialog, whatever has come since. A refusal is sent again until its ACK comes (Timer G). */
export const answerCall = (status: number, content: SippContent = {}): SippStep => {
  const { local, remote, callId } = called;
  const ids = [`Via: [$via]`, `From: ${remote}`, `To: ${local}`, `Call-ID: ${callId}`, `CSeq: [$cseq]`];
  const open = status < 300 ? "<send>" : `<send ${RESEND}>`;
  return step(`${open}${message([`SIP/2.0 ${status} OK`, ...ids, CONTACT], content)}</send>`);
};

/** Waits for a request by its method, or a response by its status. */
export function hear(what: string | number, hearing: SippHearing = {}): SippStep {
  const { may, next, orElse, if: condition, keep = {}, wants = [] } = hearing;
  const attributes = [
    typeof what === "number" ? `response="${what}"` : `request="${what}"`,
    ...(may === undefined ? [] : [`optional="${may === "be" ? "true" : "global"}"`]),
    ...(next === undefined ? [] : [`next="${next}"`]),
    ...(orElse === undefined ? [] : [`timeout="${orElse[0]}" ontimeout="${orElse[1]}"`]),
    ...(condition === undefined ? [] : [`test="${condition}"`]),
  ].join(" ");
  const kept = Object.entries(keep).map(([name, [header, pattern]]) => {
    const into = pattern.includes("(") ? `whole,${name}` : name;
    return `<ereg regexp="${escaped(pattern)}" search_in="hdr" header="${header}:" assign_to="${into}" />`;
  });
  const wanted = wants.map(
    (pattern) => `<ereg regexp="${escaped(pattern)}" search_in="msg" check_it="true" assign_to="whole" />`,
  );
  const actions = [...kept, ...wanted];
  const inner = actions.length === 0 ? "" : `<action>${actions.join("")}</action>`;
  const names = [...Object.keys(keep), ...(condition === undefined ? [] : [condition])];
  return step(`<recv ${attributes}>${inner}</recv>`, actions.length === 0 ? names : [...names, "whole"]);
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** What is kept of the answer to a call of ours. */
const answerOf = ({ remote, target }: SippDialog): NonNullable<SippHearing["keep"]> => ({
  [variablesIn(remote)[0] ?? ""]: ["To", ".*"],
  [variablesIn(target)[0] ?? ""]: ["Contact", "<([^>]*)>"],
});

/** Calls a number with digest; what comes of it is not yet heard. */
export function dial(
  number: string,
  dialog: SippDialog = calling(),
  content: SippContent = { sound: {} },
): readonly SippStep[] {
  const begun = toNobodyYet(number, dialog);
  const first = request("INVITE", begun, 1, content);
  return [
    first,
    hear(100, { may: "be" }),
    step(`<recv response="407" auth="true" />`),
    acknowledgeRefusal(unanswered(number, dialog), 1, first),
    request("INVITE", begun, 2, { ...content, headers: [...(content.headers ?? []), "[authentication]"] }),
    hear(100, { may: "be" }),
  ];
}

/** The INVITE with credentials of a call that was dialled. */
export const inviteOf = (dialled: readonly SippStep[]): SippStep => dialled.at(-2) ?? step("");

/** The call that was refused, for the ACK. */
const unanswered = (number: string, dialog: SippDialog): SippDialog => ({
  ...toNobodyYet(number, dialog),
  remote: `<sip:${number}@[domain]>[peer_tag_param]`,
});

/** A call that was dialled is refused. */
export const hearRefusal = (
  status: number,
  number: string,
  dialled: readonly SippStep[],
  dialog = calling(),
): readonly SippStep[] => [hear(status), acknowledgeRefusal(unanswered(number, dialog), 2, inviteOf(dialled))];

/** The 200 to a call of ours, with what it tells of the other end. */
export const hearAnswer = (dialog: SippDialog = calling(), hearing: SippHearing = {}): SippStep =>
  hear(200, { ...hearing, keep: { ...answerOf(dialog), ...hearing.keep } });

/** Calls a number, and talks. */
export const dialAndTalk = (
  number: string,
  dialog: SippDialog = calling(),
  content?: SippContent,
): readonly SippStep[] => [
  ...dial(number, dialog, content),
  hear(180, { may: "be" }),
  hear(183, { may: "be" }),
  hearAnswer(dialog),
  acknowledge(dialog, 2),
];

/** A call comes: what is kept of it. */
export const hearCall = (hearing: SippHearing = {}): SippStep =>
  hear("INVITE", {
    ...hearing,
    keep: {
      via: ["Via", ".*"],
      own: ["To", ".*"],
      remote: ["From", ".*"],
      cseq: ["CSeq", ".*"],
      target: ["Contact", "<([^>]*)>"],
      ...hearing.keep,
    },
  });

/** A call comes, and is taken. */
export const pickUp = (content: SippContent = {}): readonly SippStep[] => [
  hearCall(),
  answerCall(180),
  answerCall(200, { sound: {}, ...content }),
  hear("ACK"),
];

/** Offers again within a dialog, and talks on. */
export const offerAgain = (
  dialog: SippDialog,
  cseq: number,
  sound: SippSound,
  hearing: SippHearing = {},
): readonly SippStep[] => [
  request("INVITE", dialog, cseq, { sound }),
  hear(100, { may: "be" }),
  hear(200, hearing),
  acknowledge(dialog, cseq),
];

/** Is offered again, and takes it. */
export const takeOffer = (sound: SippSound = { version: 2 }, hearing: SippHearing = {}): readonly SippStep[] => [
  hear("INVITE", hearing),
  answer(200, { sound }),
  hear("ACK"),
];

/** Hangs up. */
export const hangUp = (dialog: SippDialog, cseq: number): readonly SippStep[] => [
  request("BYE", dialog, cseq),
  hear(200),
];

/** The other side hangs up. */
export const hearHangUp = (hearing: SippHearing = {}): readonly SippStep[] => [hear("BYE", hearing), answer(200)];

/** Waits for so long, or for some time between two, in milliseconds. */
export const pause = (fromMs: number, toMs = fromMs): SippStep =>
  step(
    fromMs === toMs
      ? `<pause milliseconds="${fromMs}" />`
      : `<pause distribution="uniform" min="${fromMs}" max="${toMs}" />`,
  );

/** A place to go on at. */
export const label = (name: string): SippStep => step(`<label id="${name}" />`);

/** Goes on at a label. */
export const goTo = (name: string): SippStep => step(`<nop next="${name}" />`);

/** Leaves a line for the test to read. */
export const note = (text: string): SippStep => step(`<nop><action><log message="${text}" /></action></nop>`);

/** The scenario as sipp reads it. */
export function printScenario({ name, steps }: SippScenario): string {
  const names = [...new Set(steps.flatMap((each) => each.names))];
  const reference = names.length === 0 ? [] : [`<Reference variables="${names.join(",")}" />`];
  // A label is nothing that sipp counts.
  const counted = steps.filter(({ xml }) => !xml.startsWith("<label"));
  const lines = [
    ...steps.map((each) => {
      if (each.of === undefined) return each.xml;
      const before = counted.indexOf(each) - counted.indexOf(each.of);
      return each.xml.replace(BRANCH_OF, `[branch-${before}]`);
    }),
    ...reference,
  ];
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${lines.join("\n")}\n</scenario>\n`;
}
