import { decodeG711, encodeG711, readTone, steadyTone, toneLevelDbm0 } from "@cordboard/sound";
import { expect, test } from "vitest";
import { Notice } from "./notice.ts";

test.each(["a-law", "mu-law"] as const)("a notice is heard over what is said, in %s, and then no more", (law) => {
  const said = new Int16Array(4000);
  readTone(steadyTone(-10, 440)).read(said);
  const codes = encodeG711(law, said);
  const untouched = Uint8Array.from(codes);
  const notice = new Notice();
  for (let at = 0; at < codes.length; at += 160) if (!notice.isOver) notice.mixInto(codes.subarray(at, at + 160), law);
  const heard = decodeG711(law, codes);
  expect(toneLevelDbm0(heard.subarray(0, 2000), 1400)).toBeGreaterThan(-20);
  expect(toneLevelDbm0(heard.subarray(0, 2000), 440)).toBeGreaterThan(-11);
  expect(codes.subarray(2000)).toEqual(untouched.subarray(2000));
  expect(notice.isOver).toBe(true);
});
