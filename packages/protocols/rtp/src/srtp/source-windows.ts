import type { PacketWindowSnapshot } from "./packet-window.ts";
import { PacketWindow } from "./packet-window.ts";

/** Sources of one direction under one key: a peer has one, and some phones another after each hold. */
const MAX_SOURCES = 128;

/** How far each source has come, for another worker to go on from. */
export type SrtpSnapshot = readonly (PacketWindowSnapshot & { readonly ssrc: number })[];

/** Where a packet stands among those of its source. */
export interface PacketPlace {
  readonly ssrc: number;
  readonly window: PacketWindow;
  readonly index: number;
}

/** The sources of one direction, each of which counts its packets by itself. @rfc 3711#3.2.3 */
export class SourceWindows {
  readonly #windows: Map<number, PacketWindow>;

  constructor(snapshot: SrtpSnapshot = []) {
    this.#windows = new Map(snapshot.map((source) => [source.ssrc, new PacketWindow(source)]));
  }

  /** The window of a source, a fresh one for a source that is new; undefined when there are too many. */
  of(ssrc: number): PacketWindow | undefined {
    const known = this.#windows.get(ssrc);
    if (known === undefined && this.#windows.size >= MAX_SOURCES) return undefined;
    return known ?? new PacketWindow();
  }

  /** Takes note of a packet that is known to be genuine: until then a source does not count, so that strangers cannot fill the table. */
  note({ ssrc, window, index }: PacketPlace): void {
    window.note(index);
    this.#windows.set(ssrc, window);
  }

  snapshot(): SrtpSnapshot {
    return [...this.#windows].map(([ssrc, window]) => ({ ssrc, ...window.snapshot() }));
  }
}
