import { ms } from "@cordboard/kernel";
import type { G711Law, Tone } from "@cordboard/sound";
import { encodeG711Into, expansionOf, renderTone } from "@cordboard/sound";

/** Tells those who are recorded that they are: a quarter of a second of a tone that no telephone makes otherwise. */
const noticeTone: Tone = {
  parts: [{ frequenciesHz: [1400], lasts: ms(250) }],
  levelDbm0: -18,
  fade: ms(10),
  isRepeating: false,
};

const SAMPLES = renderTone(noticeTone);

/** A notice that is under way to one listener, over whatever it hears. */
export class Notice {
  #at = 0;

  get isOver(): boolean {
    return this.#at >= SAMPLES.length;
  }

  /** Mixes the next of it into G.711 codes, in place. */
  mixInto(codes: Uint8Array, law: G711Law): void {
    const expansion = expansionOf(law);
    const mixed = new Int16Array(Math.min(codes.length, SAMPLES.length - this.#at));
    for (let i = 0; i < mixed.length; i++) {
      const both = (expansion[codes[i] ?? 0] ?? 0) + (SAMPLES[this.#at + i] ?? 0);
      mixed[i] = Math.max(-32_768, Math.min(32_767, both));
    }
    encodeG711Into(law, mixed, codes, 0);
    this.#at += mixed.length;
  }
}
