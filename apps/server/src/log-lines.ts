import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Where whole lines go, such as standard output. */
export interface LineSink {
  write(lines: string): void;
}

/** Lines on their way to a sink. */
export interface SharedLines extends LineSink {
  /** Writes what waits, now. */
  flush(): void;
}

/** How long a line may wait for others; a crash that leaves no time to say goodbye loses no more than this. */
export const LONGEST_WAIT: Millis = ms(20);
/** Characters that wait at most. */
const MOST_WAITING = 65_536;

/**
 * Lets lines share writes to a sink: a lone line leaves at once, and what follows it within 20 ms leaves together. Each write
 * costs as much as making some lines, and wakes whoever reads them; a busy server writes thousands a second.
 */
export function shareWrites(sink: LineSink, clock: Clock): SharedLines {
  let waiting: string[] = [];
  let characters = 0;
  let pause: Timer | undefined;
  const flush = (): void => {
    if (characters === 0) return;
    const lines = waiting.join("");
    waiting = [];
    characters = 0;
    sink.write(lines);
  };
  /** Lines share writes for as long as they come in quick succession. */
  const rest = (): void => {
    pause = clock.after(LONGEST_WAIT, () => {
      pause = undefined;
      if (characters === 0) return;
      flush();
      rest();
    });
  };
  return {
    write(line) {
      waiting.push(line);
      characters += line.length;
      if (pause === undefined) {
        flush();
        rest();
      } else if (characters >= MOST_WAITING) flush();
    },
    flush,
  };
}
