// Rules of the sound engine: whose packets are believed, and how much is kept of what comes.
const worker = "packages/engines/media/src/worker";

const lock = [
  {
    rule: "RTP: a stranger is dropped once the peer is known",
    find: "fit > this.#fit;\n",
    replace: "true;\n",
  },
  {
    rule: "RTP: a better fit takes over at the beginning only",
    find: "if (!isBetter || (source !== undefined && now >= this.#provisionalUntil)) return false;",
    replace: "if (!isBetter) return false;",
  },
  {
    rule: "RTP: the first packet from elsewhere counts at the beginning only",
    find: "source === undefined ? fit > 1 || now < this.#openUntil :",
    replace: "source === undefined ? true :",
  },
  {
    rule: "RTP: only sound of an agreed kind locks",
    find: "if (!mayLock || negotiated === undefined) return false;",
    replace: "if (negotiated === undefined) return false;",
  },
].map((edit) => ({ ...edit, file: `${worker}/source-lock.ts`, tests: [`${worker}/source-lock.test.ts`] }));

const wire = [
  {
    rule: "RTP: what a stranger sends is not passed on",
    find: "this.#packetsForeign++;\n      return false;",
    replace: "this.#packetsForeign++;",
  },
  {
    rule: "RTCP: a stranger is not believed",
    find: "expected === undefined || from.address !== expected.address ||",
    replace: "expected === undefined ||",
  },
  {
    rule: "RTCP: a stranger's flood leaves the peer its share",
    find: "const { source } = this.#lock;\n    const expected",
    replace: "this.#arrivals.admit(true);\n    const { source } = this.#lock;\n    const expected",
  },
].map((edit) => ({ ...edit, file: `${worker}/leg-wire.ts`, tests: [`${worker}/leg-host.test.ts`] }));

const arrivals = [
  {
    rule: "RTP: a flood is cut",
    find: "isPeer ? ++this.#ofPeer <= MAX_ARRIVALS :",
    replace: "isPeer ? true :",
  },
  {
    rule: "RTP: a stranger's flood is cut",
    find: ": ++this.#ofStrangers <= MAX_ARRIVALS",
    replace: ": true",
  },
  {
    rule: "RTP: a stranger's flood leaves the peer its share",
    find: "isPeer ? ++this.#ofPeer <= MAX_ARRIVALS : ++this.#ofStrangers <= MAX_ARRIVALS",
    replace: "isPeer || !isPeer ? ++this.#ofPeer <= MAX_ARRIVALS : ++this.#ofStrangers <= MAX_ARRIVALS",
  },
].map((edit) => ({ ...edit, file: `${worker}/arrivals.ts`, tests: [`${worker}/leg-host.test.ts`] }));

const digits = [
  {
    rule: "RTP: digits faster than fingers are not told",
    find: "if (++this.#digitsTold <= MAX_DIGITS) ",
    replace: "",
  },
].map((edit) => ({ ...edit, file: `${worker}/leg.ts`, tests: [`${worker}/leg-host.test.ts`] }));

const recording = [
  {
    rule: "Recording: an almost full disk ends it",
    find: "if (this.#stretches++ % LOOK_EVERY === 0 && isFull(await disk.space(path))) {",
    replace: "if (this.#isInTrouble) {",
    file: `${worker}/recording-file.ts`,
  },
  {
    rule: "Recording: little waits for a slow disk",
    find: "if (this.#waiting >= MAX_WAITING) {",
    replace: "if (this.#isInTrouble) {",
    file: `${worker}/recording-file.ts`,
  },
  {
    rule: "Recording: a crash leaves lengths that are true",
    find: "this.#bytes += bytes.length;\n    await this.#writeHeader(file);",
    replace: "this.#bytes += bytes.length;",
    file: `${worker}/recording-file.ts`,
  },
  {
    rule: "Recording: it is never longer than it may be",
    find: 'if (this.#isFull) void this.end("limit");\n    else if',
    replace: "if",
    file: `${worker}/leg-recording.ts`,
  },
].map((edit) => ({ ...edit, tests: [`${worker}/leg-recording.test.ts`] }));

const mixing = [
  {
    rule: "Mixing: what has waited for too long is left out",
    find: "if (tooMuch > 0) this.#leaveOut(tooMuch);",
    replace: "",
    file: `${worker}/jitter-buffer.ts`,
    tests: [`${worker}/jitter-buffer.test.ts`],
  },
  {
    rule: "Mixing: what is too loud does not turn over",
    find: "Math.max(-32_768, Math.min(32_767, sum[i] ?? 0))",
    replace: "sum[i] ?? 0",
    file: "packages/protocols/sound/src/mix.ts",
    tests: ["packages/protocols/sound/src/mix.test.ts"],
  },
  {
    rule: "Mixing: nobody hears itself",
    find: "if (seat.isHeardByAll) subtractSamples(this.#own, seat.said);",
    replace: "",
    file: `${worker}/room.ts`,
    tests: [`${worker}/room.test.ts`],
  },
  {
    rule: "Mixing: a whisper is heard by one alone",
    find: "const whispers = whispering.filter((each) => each.speaksTo === id && each !== seat);",
    replace: "const whispers = whispering;",
    file: `${worker}/room.ts`,
    tests: [`${worker}/room.test.ts`],
  },
];

const ports = {
  rule: "RTP: a port that was somebody's rests before it is another's",
  find: "clock.after(drain, () => {",
  replace: "clock.after(0, () => {",
  file: "packages/engines/media/src/port-pool.ts",
  tests: ["packages/engines/media/src/port-pool.test.ts"],
};

/** Whose sound is heard, and how much of it. */
export const soundRules = [ports, ...lock, ...wire, ...arrivals, ...digits, ...recording, ...mixing];
