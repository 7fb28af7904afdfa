import type { IceTerms } from "./checks.ts";
import { hexOf } from "./checks.ts";
import type { StunMessage } from "./stun/message.ts";
import { attributeType } from "./stun/message.ts";
import { attributeValue } from "./stun/values.ts";

/** Which of the two sides chooses the way. When both want to, or neither, the larger number decides. @rfc 8445#7.3.1.1 */
export class Role {
  /** 8 bytes of chance. */
  readonly tieBreaker: Uint8Array;
  #isControlling: boolean;

  constructor(tieBreaker: Uint8Array, terms: IceTerms) {
    this.tieBreaker = tieBreaker;
    this.#isControlling = controls(terms);
  }

  /** We choose. */
  get isControlling(): boolean {
    return this.#isControlling;
  }

  /** Takes the part that a new run begins with. */
  begin(terms: IceTerms): void {
    this.#isControlling = controls(terms);
  }

  /** Takes the other part, because the peer insists on ours. */
  giveIn(): void {
    this.#isControlling = !this.#isControlling;
  }

  /** Settles who has which part with a check of the peer; false when it is the peer who has to give in. */
  settle(check: StunMessage): boolean {
    const { iceControlling, iceControlled } = attributeType;
    const theirs = attributeValue(check, this.#isControlling ? iceControlling : iceControlled);
    if (theirs === undefined) return true;
    const isOursLarger = hexOf(this.tieBreaker) >= hexOf(theirs);
    if (isOursLarger === this.#isControlling) return false;
    this.giveIn();
    return true;
  }
}

/** Who only answers checks leaves choosing to us. */
const controls = ({ isControlling, isRemoteLite }: IceTerms): boolean => isControlling || isRemoteLite;
