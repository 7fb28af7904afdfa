import type { CallRecording, RecordingFiles, VoiceMessage } from "@cordboard/core";
import type { Millis, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import { makeId, ms } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { morning } from "./scene.ts";

/** Files of sound that exist in memory alone. */
export class SoundShelf implements RecordingFiles {
  readonly #lengths = new Map<string, Millis>();

  put(tenant: TenantId, recording: RecordingId, lasted: number): void {
    this.#lengths.set(`${tenant}/${recording}`, ms(lasted));
  }

  has(tenant: TenantId, recording: RecordingId): boolean {
    return this.#lengths.has(`${tenant}/${recording}`);
  }

  lengthOf(tenant: TenantId, recording: RecordingId): Promise<Millis | undefined> {
    return Promise.resolve(this.#lengths.get(`${tenant}/${recording}`));
  }

  remove(tenant: TenantId, recording: RecordingId): Promise<void> {
    this.#lengths.delete(`${tenant}/${recording}`);
    return Promise.resolve();
  }
}

const { clock, random } = machine;
export const newRecordingId = (): RecordingId => makeId("rec", clock.now(), random);

/** A recording at the leg of 101, who talks with Bert. */
export const aRecording = (tenant: TenantId, change: Partial<CallRecording> = {}): CallRecording => ({
  id: newRecordingId(),
  tenant,
  call: makeId("call", clock.now(), random),
  leg: makeId("leg", clock.now(), random),
  extension: "101",
  other: { name: "Bert", number: "102" },
  startedAt: morning,
  by: "command",
  ...change,
});

/** A message that Bert begins to leave. */
export const aMessage = (tenant: TenantId, user: UserId, change: Partial<VoiceMessage> = {}): VoiceMessage => ({
  id: makeId("vm", clock.now(), random),
  tenant,
  user,
  from: { name: "Bert", number: "102" },
  at: morning,
  lasted: ms(0),
  isHeard: false,
  recording: newRecordingId(),
  call: makeId("call", clock.now(), random),
  ...change,
});
