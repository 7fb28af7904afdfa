// Rules of protected sound: who the peer is, whose packets are genuine, and what is never laid bare.
const dtls = "packages/protocols/dtls/src";
const ice = "packages/protocols/ice/src";
const srtp = "packages/protocols/rtp/src/srtp";
const sdp = "packages/protocols/sip/src/sdp";
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
    find: "message.epoch === 1 && isSame(expected, message.body)",
    replace: "message.epoch === 1",
  },
  {
    rule: "DTLS: an alert in the clear ends nothing once there are keys",
    file: `${dtls}/channel.ts`,
    find: "if (epoch === 1 || !this.#isDone) this",
    replace: "this",
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
  },
  {
    rule: "ICE: without consent nothing is sent",
    find: "const CONSENT_LASTS = ms(30_000);",
    replace: "const CONSENT_LASTS = ms(3_000_000);",
  },
].map((edit) => ({ ...edit, file: `${ice}/agent.ts`, tests: [`${ice}/agent.test.ts`] }));

const packets = [
  {
    rule: "SRTP: no packet passes twice",
    find: "index <= LAST_INDEX && window.isNew(index) ?",
    replace: "index <= LAST_INDEX ?",
    file: `${srtp}/srtp.ts`,
  },
  {
    rule: "SRTP: a packet that was changed is dropped",
    find: "if (!isSame(tag, packet.subarray(end))) return undefined;",
    replace: "",
    file: `${srtp}/srtp.ts`,
  },
  {
    rule: "SRTP: sources are few",
    find: "if (known === undefined && this.#sources.size >= MAX_SOURCES) return undefined;",
    replace: "",
    file: `${srtp}/srtp.ts`,
  },
  {
    rule: "SRTCP: no report passes twice, and none in the clear",
    find: "if (word < ENCRYPTED || !this.#window.isNew(index)) return undefined;",
    replace: "",
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
    rule: "SDP: weak digests of certificates are none",
    find: "/^sha-(?:256|384|512)$/i.test(hash) && /^[0-9A-F]{2}(?::[0-9A-F]{2}){31,63}$/i.test(digest)",
    replace: "digest.length > 0",
    file: `${sdp}/protection.ts`,
    tests: [`${sdp}/protection.test.ts`],
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

export const protectedSoundRules = [...handshake, ...pieces, ...ways, ...packets, ...descriptions];
