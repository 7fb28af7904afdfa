import { verdictOf } from "@cordboard/core";
import type { Dialog, Replaces } from "@cordboard/sip";
import { printReplaces } from "@cordboard/sip";
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

const asOurs = ({ id }: Pick<Dialog, "id">): Replaces => ({
  callId: id.callId,
  toTag: id.remoteTag,
  fromTag: id.localTag,
  isEarlyOnly: false,
});

/** A phone asks for the place of a dialog. */
async function dial(phone: Phone, replaces: Replaces): Promise<PlacedCall> {
  const call = phone.dial("102", {
    headers: [
      ["Require", "replaces"],
      ["Replaces", printReplaces(replaces)],
    ],
  });
  await scene.settle();
  return call;
}

const incoming = (): number => scene.facts.filter(({ type }) => type === "incoming").length;

describe("a call that asks for another's place", () => {
  test("names the leg, whichever side it called from", async () => {
    const { a, b, annDialog, bobDialog } = await scene.talking();
    const carol = await scene.phone("103");
    for (const [dialog, leg] of [
      [annDialog, a],
      [bobDialog, b],
    ] as const) {
      await dial(carol, asOurs(dialog));
      expect(scene.fact("incoming").replaces).toBe(leg);
      await scene.end(scene.caller);
    }
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("may ask for that of a phone that rings", async () => {
    const { phone, device } = await scene.registered("102");
    const leg = await scene.place(device);
    const { headers } = phone.incoming[0]?.request ?? expect.fail("nobody calls");
    const rings = scene.network.messages.find((message) => message.startsWith("SIP/2.0 180")) ?? "";
    const toTag = headers.fromTag ?? "";
    const fromTag = /^To:.*;tag=([^\r\n;]+)/im.exec(rings)?.[1] ?? "";
    await dial(await scene.phone("103"), { callId: leg, toTag, fromTag, isEarlyOnly: true });
    expect(scene.fact("incoming").replaces).toBe(leg);
    await scene.end(scene.caller);
    await scene.end(leg);
    await scene.expectNothingLeft();
  });

  test("like any other names none", async () => {
    const phone = await scene.phone("101");
    phone.dial("102");
    await scene.settle();
    expect(scene.fact("incoming").replaces).toBeNull();
  });

  test("that is not there is refused with 481, and core hears nothing", async () => {
    const phone = await scene.phone("103");
    const call = await dial(phone, { callId: "gone", toTag: "1", fromTag: "2", isEarlyOnly: false });
    expect([call.failure, incoming()]).toEqual([481, 0]);
    await scene.expectNothingLeft();
  });

  test("of another tenant is refused with 481", async () => {
    const { a, b, annDialog } = await scene.talking();
    const stranger = await scene.phone("201", { domain: other.domain });
    const call = await dial(stranger, asOurs(annDialog));
    expect([call.failure, incoming()]).toEqual([481, 1]);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("from a stranger is asked who it is first", async () => {
    const { a, b, annDialog } = await scene.talking();
    const stranger = await scene.phone("103", { password: "guessed" });
    const call = await dial(stranger, asOurs(annDialog));
    expect([call.failure, incoming()]).toEqual([407, 1]);
    await scene.end(a);
    await scene.end(b);
  });

  test("only if that still rings is refused with 486 once it is answered", async () => {
    const { a, b, annDialog } = await scene.talking();
    const call = await dial(await scene.phone("103"), { ...asOurs(annDialog), isEarlyOnly: true });
    expect([call.failure, incoming()]).toEqual([486, 1]);
    await scene.end(a);
    await scene.end(b);
    await scene.expectNothingLeft();
  });

  test("of a caller that nobody has answered is refused with 481", async () => {
    const ann = await scene.phone("101");
    const waiting = ann.dial("102");
    await scene.settle();
    await scene.order(scene.caller, { type: "ring" });
    const headers = waiting.responses.at(-1)?.headers;
    const { callId = "", toTag = "", fromTag = "" } = headers ?? {};
    const call = await dial(await scene.phone("103"), { callId, toTag, fromTag, isEarlyOnly: false });
    expect([call.failure, incoming()]).toEqual([481, 1]);
    await scene.end(scene.caller);
    await scene.expectNothingLeft();
  });

  test("of one that is ending is declined", async () => {
    const { a, b, annDialog } = await scene.talking();
    scene.network.isLost = (message) => message.startsWith("BYE");
    scene.say(a, { type: "end", reason: verdictOf({ kind: "ordered", why: "normal-clearing" }) });
    const call = await dial(await scene.phone("103"), asOurs(annDialog));
    expect([call.failure, incoming()]).toEqual([603, 1]);
    scene.network.isLost = () => false;
    await scene.pass(1000);
    await scene.end(b);
    await scene.expectNothingLeft();
  });
});
