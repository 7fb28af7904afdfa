// Rules of the sound engine: whose packets are believed.
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

const leg = [
  {
    rule: "RTP: what a stranger sends is not passed on",
    find: "this.#packetsForeign++;\n      return false;",
    replace: "this.#packetsForeign++;",
  },
  {
    rule: "RTCP: a stranger is not believed",
    find: "if (expected === undefined || from.address !== expected.address) return;",
    replace: "if (expected === undefined) return;",
  },
  {
    rule: "RTP: a flood is cut",
    find: "isPeer ? ++this.#arrivals > MAX_ARRIVALS :",
    replace: "isPeer ? false :",
  },
  {
    rule: "RTP: a stranger's flood is cut",
    find: ": ++this.#strangers > MAX_ARRIVALS",
    replace: ": false",
  },
  {
    rule: "RTP: a stranger's flood leaves the peer its share",
    find: "isPeer ? ++this.#arrivals > MAX_ARRIVALS : ++this.#strangers > MAX_ARRIVALS",
    replace: "++this.#arrivals > MAX_ARRIVALS",
  },
  {
    rule: "RTCP: a stranger's flood leaves the peer its share",
    find: "const source = this.#lock.source;\n    const expected",
    replace: "this.#arrivals++;\n    const source = this.#lock.source;\n    const expected",
  },
  {
    rule: "RTP: digits faster than fingers are not told",
    find: "if (++this.#digitsTold <= MAX_DIGITS) ",
    replace: "",
  },
].map((edit) => ({ ...edit, file: `${worker}/leg.ts`, tests: [`${worker}/leg-host.test.ts`] }));

/** Whose sound is heard, and how much of it. */
export const soundRules = [...lock, ...leg];
