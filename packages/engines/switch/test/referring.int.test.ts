import type { LegId } from "@cordboard/kernel";
import type { Dialog, Replaces } from "@cordboard/sip";
import { printReferTo } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { other } from "./house.ts";
import type { Phone, PlacedCall } from "./phone.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.sip.listen();
});
afterEach(() => scene.close());

const carol = "sip:103@home.example";

/** A dialog as the switch has it. */
const asOurs = ({ id }: Pick<Dialog, "id">): Replaces => ({
  callId: id.callId,
  toTag: id.remoteTag,
  fromTag: id.localTag,
  isEarlyOnly: false,
});

/** A call of a phone's own, by the tags of the last answer to it. */
function ringing({ responses }: PlacedCall): Replaces {
  const headers = responses.at(-1)?.headers;
  return {
    callId: headers?.callId ?? "",
    toTag: headers?.toTag ?? "",
    fromTag: headers?.fromTag ?? "",
    isEarlyOnly: false,
  };
}

/** A phone calls, and is answered by us. */
async function answered(phone: Phone, number: string): Promise<{ readonly leg: LegId; readonly dialog: Dialog }> {
  const call = phone.dial(number);
  await scene.settle();
  const leg = scene.caller;
  await scene.order(leg, { type: "answer", like: null });
  if (call.dialog === undefined) throw new Error("the caller was not answered");
  return { leg, dialog: call.dialog };
}

const told = (leg: LegId): boolean => scene.facts.some((fact) => fact.type === "refer-asked" && fact.leg === leg);

describe("a phone that sends its call on", () => {
  test.each([
    { to: carol, number: "103" },
    { to: "tel:+39-040-123;phone-context=example.org", number: "+39-040-123" },
    { to: "sip:*8%23@10.0.0.1:5060;user=phone", number: "*8#" },
  ])("to $to is heard by core, and hears what became of it", async ({ to, number }) => {
    const { a, b, annDialog } = await scene.talking();
    const referral = annDialog.refer(to);
    await scene.settle();
    expect(await referral.accepted).toMatchObject({ ok: true, status: 202 });
    expect(scene.fact("refer-asked", a)).toMatchObject({ number, replaces: null });
    await scene.order(a, { type: "refer-result", status: 200 });
    expect(await referral.result).toBe(200);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("may be the one that was called, and may try again when it was refused", async () => {
    const { a, b, bobDialog } = await scene.talking();
    for (const status of [404, 486]) {
      const referral = bobDialog.refer(carol);
      await scene.settle();
      await scene.order(b, { type: "refer-result", status });
      expect(await referral.result).toBe(status);
    }
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("to whom it talks with in another call names that call's leg", async () => {
    const { a, b, ann, annDialog } = await scene.talking();
    const second = await answered(ann, "103");
    const referral = annDialog.refer(carol, { replaces: asOurs(second.dialog) });
    await scene.settle();
    expect(scene.fact("refer-asked", a)).toMatchObject({ number: "103", replaces: second.leg });
    await scene.order(a, { type: "refer-result", status: 200 });
    expect(await referral.result).toBe(200);
    for (const leg of [a, b, second.leg]) await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("to whom it only rings in another call names that call's leg too", async () => {
    const { a, b, ann, annDialog } = await scene.talking();
    const call = ann.dial("103");
    await scene.settle();
    const second = scene.caller;
    await scene.order(second, { type: "ring" });
    annDialog.refer(carol, { replaces: ringing(call) });
    await scene.settle();
    expect(scene.fact("refer-asked", a).replaces).toBe(second);
    for (const leg of [a, b, second]) await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("and names a placed leg's dialog, has that leg named", async () => {
    const { a, b, annDialog, bobDialog } = await scene.talking();
    annDialog.refer(carol, { replaces: asOurs(bobDialog) });
    await scene.settle();
    expect(scene.fact("refer-asked", a).replaces).toBe(b);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("to a dialog that is not there is told so at once, keeps its call, and core hears nothing", async () => {
    const { a, b, annDialog } = await scene.talking();
    const replaces = { callId: "gone", toTag: "1", fromTag: "2", isEarlyOnly: false };
    const referral = annDialog.refer(carol, { replaces });
    await scene.settle();
    expect((await referral.accepted).status).toBe(202);
    expect(await referral.result).toBe(481);
    expect([told(a), annDialog.isEnded]).toEqual([false, false]);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("cannot name a dialog of another tenant", async () => {
    const { a, b, annDialog } = await scene.talking();
    const stranger = await scene.phone("201", { domain: other.domain });
    const theirs = await answered(stranger, "101");
    const referral = annDialog.refer(carol, { replaces: asOurs(theirs.dialog) });
    await scene.settle();
    expect(await referral.result).toBe(481);
    expect(told(a)).toBe(false);
    for (const leg of [a, b, theirs.leg]) await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("has to wait while it is already doing so", async () => {
    const { a, b, annDialog } = await scene.talking();
    annDialog.refer(carol);
    await scene.settle();
    const second = annDialog.refer("sip:104@home.example");
    await scene.settle();
    expect((await second.accepted).status).toBe(491);
    expect(scene.factsOf(a).filter((type) => type === "refer-asked").length).toBe(1);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test.each(["sip:home.example", `sip:${"1".repeat(65)}@home.example`])(
    "to %s, which names no number, is refused",
    async (to) => {
      const { a, b, annDialog } = await scene.talking();
      const referral = annDialog.refer(to);
      await scene.settle();
      expect((await referral.accepted).status).toBe(400);
      expect([told(a), annDialog.isEnded]).toEqual([false, false]);
      await scene.end(a);
      await scene.end(b);
      await scene.expectNothingLeft();
    },
  );

  test("may ask for nothing but a call", async () => {
    const { a, b, annDialog } = await scene.talking();
    const outcome = annDialog.request("REFER", { headers: [["Refer-To", printReferTo(`${carol};method=MESSAGE`)]] });
    await scene.settle();
    expect((await outcome).status).toBe(403);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("and whose call we end meanwhile hears that it came to nothing", async () => {
    const { a, b, annDialog } = await scene.talking();
    annDialog.refer(carol);
    await scene.settle();
    await scene.end(a);
    expect(scene.network.messages.filter((message) => message.includes("\r\n\r\nSIP/2.0 487")).length).toBe(1);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("and hangs up without waiting leaves no subscription behind, and is told of no failure", async () => {
    const { a, b, annDialog } = await scene.talking();
    annDialog.refer(carol);
    await scene.settle();
    await annDialog.bye();
    await scene.settle();
    expect(scene.network.messages.some((message) => /\r\n\r\nSIP\/2.0 [3-6]/.test(message))).toBe(false);
    await scene.end(b);
    expect(scene.factsOf(a).at(-1)).toBe("ended");
    await scene.expectNothingLeft();
  });
});

test("a carrier cannot send calls on", async () => {
  const carrier = await scene.phone("carrier");
  const leg = await scene.placeOut(scene.house.addTrunk("10.0.1.1:6000"), "0039040");
  const dialog = carrier.pickUp();
  await scene.settle();
  const referral = dialog.refer(carol);
  await scene.settle();
  expect((await referral.accepted).status).toBe(403);
  expect(told(leg)).toBe(false);
  await scene.end(leg);
  await scene.expectNothingLeft();
});

test("a word to a phone that has not asked is a failure", async () => {
  const { a } = await scene.talking();
  const action = await scene.order(a, { type: "refer-result", status: 200 });
  expect(scene.fact("failed", a).action).toBe(action);
});
