import type { RecordingId, TenantId } from "@cordboard/kernel";
import { silentLog } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { soundFolder } from "./recording-files.ts";
import { soundLibrary } from "./sound-library.ts";

const tenant = "ten_01M7W27GF80JNJG0M60P30MJFA" as TenantId;
const recording = "rec_01M7W27GF80JNJG0M60P30MJFB" as RecordingId;

test("a prompt is the house's in the language, and a recording lies in its tenant's folder", () => {
  const library = soundLibrary({ dataFolder: "/none", sounds: soundFolder("/none", silentLog) });
  expect(library.pathOf({ prompt: "goodbye" }, { tenant, language: "it" })).toMatch(/\/it\/goodbye\.wav$/);
  expect(library.pathOf({ recording }, { tenant, language: "it" })).toBe(`/none/recordings/${tenant}/${recording}.wav`);
});
