// Rules of protected sound: who the peer is, whose packets are genuine, and what is never laid bare.
const dtls = "packages/protocols/dtls/src";
const ice = "packages/protocols/ice/src";
const srtp = "packages/protocols/rtp/src/srtp";
const sdp = "packages/protocols/sip/src/sdp";
const shield = "packages/engines/media/src/worker/shield";
const sipSwitch = "packages/engines/switch/src";

const handshake = [
  {
    rule: "DTLS: only the announced certificate will do",
    file: `${dtls}/handshake-side.ts`,
    find: "return isNamed ? undefined :",
    replace: "return isNamed || !isNamed ? undefined :",
  },
  {
    rule: "DTLS: a client that shows a certificate must own it",
    file: `${dtls}/server.ts`,
    find: "if (!crypto.verify(",
    replace: "if (false && !crypto.verify(",
  },
  {
    rule: "DTLS: a server that shows a certificate must own it",
    file: `${dtls}/client.ts`,
    find: "if (!this.#parts.crypto.verify(",
    replace: "if (false && !this.#parts.crypto.verify(",
  },
  {
    rule: "DTLS: both sides have seen the same handshake",
    file: `${dtls}/handshake-side.ts`,
    find: "message.epoch === 1 && sameBytes(expected, message.body)",
    replace: "message.epoch === 1",
  },
  {
    rule: "DTLS: an alert in the clear ends nothing once there are keys",
    file: `${dtls}/channel.ts`,
    find: "if (epoch === 1 || !this.#isDone) this",
    replace: "this",
  },
  {
    rule: "DTLS: the last word is not said again for ever",
    file: `${dtls}/channel.ts`,
    find: "(epoch === 0 || this.#resends >= MAX_RESENDS)",
    replace: "epoch === 0",
  },
  {
    rule: "DTLS: the last word is not said again to strangers",
    file: `${dtls}/channel.ts`,
    find: "(epoch === 0 || this.#resends >= MAX_RESENDS)",
    replace: "this.#resends >= MAX_RESENDS",
  },
  {
    rule: "DTLS: who has heard the last word does not answer it",
    file: `${dtls}/channel.ts`,
    find: "if (!this.#isLastWord) this.#flight = [];",
    replace: "",
  },
].map((edit) => ({ ...edit, tests: [`${dtls}/association.test.ts`] }));

const pieces = [
  {
    rule: "DTLS: messages far ahead are not kept",
    find: "else if (sequence < this.#next + MAX_AHEAD) this",
    replace: "else this",
  },
  {
    rule: "DTLS: a message longer than any is not begun",
    find: "length > MAX_BODY || ",
    replace: "",
  },
  {
    rule: "DTLS: pieces in the clear do not keep out those under keys",
    find: "known !== undefined && known.epoch >= epoch",
    replace: "known !== undefined",
  },
  {
    rule: "DTLS: pieces in the clear and under keys make no message",
    find: " || draft.epoch !== epoch) return;",
    replace: ") return;",
  },
].map((edit) => ({ ...edit, file: `${dtls}/handshake.ts`, tests: [`${dtls}/handshake.test.ts`] }));

const ways = [
  {
    rule: "ICE: checks are signed",
    find: "if (terms === undefined || !isSignedBy(message, terms.local, crypto)) return false;",
    replace: "if (terms === undefined) return false;",
  },
  {
    rule: "ICE: answers are signed",
    find: "if (!isSignedBy(message, this.#terms.remote, this.#parts.crypto)) return false;",
    replace: "",
  },
  {
    rule: "ICE: answers come from where was asked",
    find: "if (pair === undefined || !isSamePlace(pair.remote, from)) return false;",
    replace: "if (pair === undefined) return false;",
  },
  {
    rule: "ICE: ways are few",
    find: "if (this.#pairs.length >= MAX_PAIRS) {",
    replace: "if (this.#pairs.length < 0) {",
    file: `${ice}/check-list.ts`,
  },
  {
    rule: "ICE: without consent nothing is sent",
    find: "const LASTS = ms(30_000);",
    replace: "const LASTS = ms(3_000_000);",
    file: `${ice}/consent.ts`,
  },
  {
    rule: "ICE: a way that was lost proves itself anew",
    find: 'if (pair !== undefined) Object.assign(pair, { state: "failed", transaction: undefined });',
    replace: "void pair;",
  },
].map((edit) => ({ file: `${ice}/agent.ts`, ...edit, tests: [`${ice}/agent.test.ts`] }));

const patience = [
  {
    rule: "browsers: a way is not looked for for ever",
    find: 'this.#patience.waitOut(this.#hasMet ? "path-lost" : "no-path")',
    replace: "this.#patience.waitOut(undefined)",
  },
  {
    rule: "browsers: keys are not waited for for ever",
    find: 'this.#send === undefined ? "no-keys" : undefined',
    replace: "undefined",
  },
  {
    rule: "browsers: a stuck handshake keeps no leg from moving or closing",
    find: "        this.#settle();\n        events.onCutOff",
    replace: "        events.onCutOff",
  },
].map((edit) => ({ ...edit, file: `${shield}/web-rtc-shield.ts`, tests: [`${shield}/web-rtc-shield.test.ts`] }));

const packets = [
  {
    rule: "SRTP: no packet passes twice",
    find: "index <= LAST_INDEX && window.isNew(index) ?",
    replace: "index <= LAST_INDEX ?",
    file: `${srtp}/srtp.ts`,
  },
  {
    rule: "SRTP: a packet that was changed is dropped",
    find: "if (!sameBytes(tag, packet.subarray(end))) return undefined;",
    replace: "",
    file: `${srtp}/srtp.ts`,
  },
  {
    rule: "SRTP: sources are few",
    find: "if (known === undefined && this.#windows.size >= MAX_SOURCES) return undefined;",
    replace: "",
    file: `${srtp}/source-windows.ts`,
  },
  {
    rule: "SRTCP: no report passes twice, and none in the clear",
    find: "if (word < ENCRYPTED || window?.isNew(index) !== true) return undefined;",
    replace: "if (window === undefined) return undefined;",
    file: `${srtp}/srtcp.ts`,
  },
].map((edit) => ({ ...edit, tests: [`${srtp}/srtp.test.ts`] }));

const descriptions = [
  {
    rule: "SDP: plain sound will not do for one who insists on keys",
    find: 'agreed === undefined && (carriage === "sdes" || local?.isRequired === true)',
    replace: 'agreed === undefined && carriage === "sdes"',
    file: `${sdp}/protection.ts`,
    tests: [`${sdp}/protection.test.ts`],
  },
  {
    rule: "SDP: our own key sent back is none",
    find: "own === undefined || sameBytes(own.keyAndSalt, theirs.keyAndSalt)",
    replace: "own === undefined",
    file: `${sdp}/protection.ts`,
    tests: [`${sdp}/protection.test.ts`],
  },
  {
    rule: "SDP: weak digests of certificates are none",
    find: "/^sha-(?:256|384|512)$/i.test(hash) && /^[0-9A-F]{2}(?::[0-9A-F]{2}){31,63}$/i.test(digest)",
    replace: "digest.length > 0",
    file: `${sdp}/protection.ts`,
    tests: [`${sdp}/protection.test.ts`],
  },
  {
    rule: "SRTP: a key that was given up is never used again",
    find: "this.#spendKeys(this.#agreed?.protection, agreed.value.protection);",
    replace: "",
    file: `${sipSwitch}/session.ts`,
    tests: [`${sipSwitch}/session.test.ts`],
  },
  {
    rule: "SRTP: what was protected is never laid bare",
    find: "if (this.#agreed?.protection !== undefined && agreed.value.protection === undefined)",
    replace: "if (this.#agreed === null)",
    file: `${sipSwitch}/session.ts`,
    tests: [`${sipSwitch}/protection.test.ts`],
  },
  {
    rule: "SIP trace: keys of sound are masked",
    find: '.replace(keys, "$1***")',
    replace: "",
    file: "packages/protocols/sip/src/agent/trace.ts",
    tests: ["packages/protocols/sip/src/agent/trace.test.ts"],
  },
];

const keyAgreement = [
  {
    rule: "DTLS: keys of X25519 are as long as they must be",
    find: "if (theirs.length !== X25519_BYTES) return undefined;",
    replace: "",
  },
  {
    rule: "DTLS: keys of P-256 are whole points",
    find: "theirs[0] === UNCOMPRESSED ? orElse",
    replace: "theirs[0] !== 0 ? orElse",
  },
].map((edit) => ({
  ...edit,
  file: `${dtls}/transport/dtls-crypto.ts`,
  tests: [`${dtls}/transport/dtls-crypto.test.ts`],
}));

export const protectedSoundRules = [
  ...handshake,
  ...keyAgreement,
  ...pieces,
  ...ways,
  ...patience,
  ...packets,
  ...descriptions,
];
