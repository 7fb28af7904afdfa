import type { LegId } from "@cordboard/kernel";
import type { CallScene } from "./call-scene.ts";

/** 101's phone calls a number, and the first that is rung there answers: who calls, and who answered. */
export function talk(scene: CallScene, dialled: string): readonly [caller: LegId, callee: LegId] {
  const caller = scene.phoneCalls(dialled);
  scene.bookKeeps();
  const placed = scene.placedSince(caller);
  const [winner] = placed;
  if (winner === undefined) throw new Error("nobody was called");
  scene.answers(winner);
  for (const other of placed) if (other !== winner) scene.gone(other, "completed-elsewhere");
  scene.answers(caller);
  scene.ordered();
  return [caller, winner];
}
