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

  get isEmpty(): boolean {
    return this.#samples.length === 0;
  }

  codes(law: G711Law): Uint8Array {
    const known = this.#coded.get(law);
    if (known !== undefined) return known;
    const codes = encodeG711(law, this.#samples);
    this.#coded.set(law, codes);
    return codes;
  }
}

/** One leg's place in what it hears: sounds one after the other, without a pause, once or for ever. */
export class Playing {
  readonly #sounds: readonly Playable[];
  readonly #isLoop: boolean;
  #turn = 0;
  #at = 0;

  constructor(sounds: readonly Playable[], isLoop: boolean) {
    this.#sounds = sounds.filter(({ isEmpty }) => !isEmpty);
    this.#isLoop = isLoop;
  }

  /**
   * Fills `into` from `offset` on with the next codes and says whether anything was left; what is over after the end is silence.
   * The law may change from one call to the next.
   */
  next(law: G711Law, into: Uint8Array, offset: number): boolean {
    const length = into.length - offset;
    let written = 0;
    for (let sound = this.#current; sound !== undefined && written < length; sound = this.#current) {
      const codes = sound.codes(law);
      const piece = codes.subarray(this.#at, this.#at + length - written);
      into.set(piece, offset + written);
      this.#at += piece.length;
      written += piece.length;
      if (this.#at < codes.length) continue;
      this.#at = 0;
      this.#turn++;
    }
    into.fill(silenceCode[law], offset + written, offset + length);
    return written > 0;
  }

  get #current(): Playable | undefined {
    if (this.#isLoop && this.#turn >= this.#sounds.length) this.#turn = 0;
    return this.#sounds[this.#turn];
  }
}
