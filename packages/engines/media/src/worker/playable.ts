import type { G711Law } from "@cordboard/sound";
import { encodeG711, silenceCode } from "@cordboard/sound";

/** A sound that legs can play: its samples, coded for each law when a leg first needs that. Many legs share one. */
export class Playable {
  readonly #samples: Int16Array;
  readonly #coded = new Map<G711Law, Uint8Array>();

  constructor(samples: Int16Array) {
    this.#samples = samples;
  }

  /** Memory that it may come to take, both laws included. */
  get bytes(): number {
    return 4 * this.#samples.length;
  }

  codes(law: G711Law): Uint8Array {
    const known = this.#coded.get(law);
    if (known !== undefined) return known;
    const codes = encodeG711(law, this.#samples);
    this.#coded.set(law, codes);
    return codes;
  }
}

/** One leg's place in a sound that it hears. */
export class Playing {
  readonly #sound: Playable;
  readonly #isLoop: boolean;
  #at = 0;

  constructor(sound: Playable, isLoop: boolean) {
    this.#sound = sound;
    this.#isLoop = isLoop;
  }

  /**
   * Fills `into` from `offset` on with the next codes and says whether anything was left; what is over after the end is silence.
   * The law may change from one call to the next.
   */
  next(law: G711Law, into: Uint8Array, offset: number): boolean {
    const length = into.length - offset;
    const codes = this.#sound.codes(law);
    let written = 0;
    while (written < length && (this.#at < codes.length || (this.#isLoop && codes.length > 0))) {
      if (this.#at >= codes.length) this.#at = 0;
      const piece = codes.subarray(this.#at, this.#at + length - written);
      into.set(piece, offset + written);
      this.#at += piece.length;
      written += piece.length;
    }
    into.fill(silenceCode[law], offset + written, offset + length);
    return written > 0;
  }
}
