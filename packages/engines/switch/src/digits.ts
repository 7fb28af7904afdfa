import type { SoundEngine } from "@cordboard/core";
import type { ActionId, LegId } from "@cordboard/kernel";
import type { AgreedAudio } from "@cordboard/sip";

/** How a digit came from its phone: among its sound (RFC 4733), or as a message. */
export type DigitWay = "rtp" | "info";

/** The leg that is to get digits. */
export interface DigitTaker {
  readonly id: LegId;
  readonly isEnding: boolean;
  /** The order that lets it hear a source, over whom it is joined with. */
  readonly hearsBy: ActionId | undefined;
  readonly agreed: Pick<AgreedAudio, "telephoneEvent"> | undefined;
  /** Sends them as messages; false when the phone takes none. */
  sendAsMessages(digits: string): boolean;
}

/** Presses digits towards the phone of a leg: among its sound when it takes them there, else as messages. False when it takes neither. */
export function pressAt(sound: Pick<SoundEngine, "sendDigits">, leg: DigitTaker, digits: string): boolean {
  if (leg.agreed?.telephoneEvent === undefined) return leg.sendAsMessages(digits);
  sound.sendDigits(leg.id, digits);
  return true;
}

/**
 * Passes a digit on to the leg that is joined with its own. One that came among the sound goes on with that, where the other takes it so. Who
 * hears something else at the moment, such as music, does not get it either.
 */
export function passOn(
  sound: Pick<SoundEngine, "sendDigits">,
  to: DigitTaker | undefined,
  { digit, by }: { readonly digit: string; readonly by: DigitWay },
): void {
  if (to === undefined || to.isEnding || to.hearsBy !== undefined) return;
  if (by === "rtp" && to.agreed?.telephoneEvent !== undefined) return;
  pressAt(sound, to, digit);
}
