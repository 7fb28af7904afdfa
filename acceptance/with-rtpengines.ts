import { leaveOut } from "@cordboard/testkit/left-out";
import type { RtpengineProcess } from "@cordboard/testkit/rtpengine";
import { rtpengineMissing, startRtpengine } from "@cordboard/testkit/rtpengine";
import { afterAll, beforeAll } from "vitest";

/** Real rtpengines of this file or `describe`. */
export interface Rtpengines {
  /** What makes a server use them; called in the options of {@link withServer}, which must come after. */
  settings(): { readonly CORDBOARD_MEDIA: string };
  /** Each as `/health` names it. */
  names(): readonly string[];
  readonly all: readonly RtpengineProcess[];
}

/** Starts so many before the tests, and ends them after. Without rtpengine on this machine the `describe` is left out. */
export function withRtpengines(count: number): Rtpengines {
  const missing = rtpengineMissing();
  if (missing !== undefined) leaveOut(missing);
  const all: RtpengineProcess[] = [];
  beforeAll(async () => {
    all.push(...(await Promise.all(Array.from({ length: count }, () => startRtpengine()))));
  });
  afterAll(() => Promise.all(all.map((each) => each.kill())));
  const names = (): readonly string[] => all.map(({ host, port }) => `${host}:${port}`);
  return { all, names, settings: () => ({ CORDBOARD_MEDIA: `rtpengine=${names().join(",")}` }) };
}
