import type { RecordEnd, SoundFact } from "@cordboard/core";
import type { LegId, Millis } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import { shouldBeHeard } from "./description.ts";
import type { Line } from "./line.ts";
import { qualityOf } from "./line.ts";
import type { DigitNotice } from "./readings.ts";
import type { SeatFigures } from "./seat.ts";

/** How long nothing may come of a peer that should be sending. */
const SILENT_AFTER = seconds(10);

/** A browser that should be heard always sends: that nothing has ever come, or comes no more, says that there is no way. */
const PATH_WITHIN = seconds(15);
const PATH_BACK_WITHIN = seconds(45);

/** Tells what happens to the legs, out of what rtpengine and the built-in engine tell of their parts. */
export class LineFacts {
  readonly #listeners: ((fact: SoundFact) => void)[] = [];
  readonly #silentAfter: Millis;

  constructor(silentAfter: Millis = SILENT_AFTER) {
    this.#silentAfter = silentAfter;
  }

  listen(listener: (fact: SoundFact) => void): void {
    this.#listeners.push(listener);
  }

  tell(fact: SoundFact): void {
    for (const listener of this.#listeners) listener(fact);
  }

  /** rtpengine has told a digit: it counts as long as no double hears it as well. */
  digit({ leg, heardBy, call }: Line, { callId, digit, lasted }: DigitNotice): void {
    if (call?.id === callId && heardBy === "rtpengine") this.tell({ type: "digit", leg, digit, lasted });
  }

  /** rtpengine has told what a leg has carried, and for how long nothing has come. */
  figures(line: Line, figures: SeatFigures, silentFor: Millis): void {
    if (line.media === undefined) return;
    const { leg } = line;
    this.tell({ type: "quality", leg, quality: qualityOf(line, figures) });
    const isExpected = shouldBeHeard(line.media);
    if (isExpected && line.place.isWebRtc === true) this.#cutOff(leg, figures, silentFor);
    const isSilent = isExpected && silentFor >= this.#silentAfter;
    if (isSilent === line.isSilent) return;
    line.isSilent = isSilent;
    this.tell(isSilent ? { type: "silent", leg, since: silentFor } : { type: "heard", leg });
  }

  #cutOff(leg: LegId, { packetsReceived }: SeatFigures, silentFor: Millis): void {
    const trouble = packetsReceived === 0 ? "no-path" : "path-lost";
    if (silentFor < (trouble === "no-path" ? PATH_WITHIN : PATH_BACK_WITHIN)) return;
    const why = `nothing has come from it for ${Math.floor(silentFor / 1000)} s`;
    this.tell({ type: "cut-off", leg, trouble, why });
  }

  /** Recordings that had not even begun are over. */
  endRecordings({ leg, recordings }: Line, why: RecordEnd): void {
    for (const recording of recordings) this.tell({ type: "record-done", leg, recording, lasted: ms(0), why });
    recordings.clear();
  }
}
