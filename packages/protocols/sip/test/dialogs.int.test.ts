import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Dialog, DialogHandlers, Outcome, SipAgent } from "../src/index.ts";
import { glareDelay } from "../src/index.ts";
import type { World } from "./world.ts";
import { makeWorld, nothingAlive, SERVER } from "./world.ts";

interface Pair {
  readonly world: World;
  readonly ann: SipAgent;
  readonly bob: SipAgent;
  /** The dialog of her who called, and of him who answered. */
  readonly hers: Dialog;
  readonly his: Dialog;
}

/** Two agents that talk; both take every re-INVITE. */
async function talking(): Promise<Pair> {
  const world = makeWorld();
  const [ann, bob] = [await world.agent(SERVER), await world.agent("10.0.0.2")];
  const handlers: DialogHandlers = {
    onEnd() {},
    onReinvite: (incoming) => void incoming.respond(200, { body: "v=0" }),
  };
  const dialogs: { hers?: Dialog; his?: Dialog | undefined } = {};
  bob.onCall((call) => {
    dialogs.his = call.answer({ body: "v=0" }, handlers);
  });
  ann.invite(
    { uri: "sip:bob@10.0.0.2", from: "sip:ann@example.org", body: "v=0" },
    {
      onAnswer: (dialog) => {
        dialogs.hers = dialog;
        return { handlers };
      },
      onFailure: () => expect.fail("the call failed"),
    },
  );
  await world.clock.run(ms(100));
  const { hers, his } = dialogs;
  if (hers === undefined || his === undefined) throw new Error("nobody talks");
  return { world, ann, bob, hers, his };
}

describe("re-INVITEs that cross (RFC 3261 §14)", () => {
  test.each([0, 128, 255])("fail on both sides, and each gets through after its delay of byte %i", async (byte) => {
    const { world, hers, his } = await talking();
    const both = Promise.all([hers.reinvite({ body: "v=0" }), his.reinvite({ body: "v=0" })]);
    await world.clock.run(ms(100));
    expect((await both).map(({ status }) => status)).toEqual([491, 491]);
    const delays = [glareDelay(true, byte), glareDelay(false, byte)] as const;
    expect(delays[0]).toBeGreaterThan(delays[1]);
    const outcomes: Outcome[] = [];
    for (const [i, dialog] of [hers, his].entries()) {
      world.clock.after(delays[i] ?? ms(0), () => {
        void dialog.reinvite({ body: "v=0" }).then((outcome) => outcomes.push(outcome));
      });
    }
    await world.clock.run(ms(5000));
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200]);
    expect([hers.isEnded, his.isEnded]).toEqual([false, false]);
  });

  test("one at a time on each side: the second is refused at home", async () => {
    const { world, hers } = await talking();
    const first = hers.reinvite({ body: "v=0" });
    expect(await hers.reinvite({ body: "v=0" })).toMatchObject({ ok: false, status: 491 });
    await world.clock.run(ms(100));
    expect(await first).toMatchObject({ ok: true });
  });
});

describe("what an agent tells of itself", () => {
  test("names every transaction and dialog with its state, age and peer", async () => {
    const { world, ann, bob } = await talking();
    await world.clock.run(ms(900));
    const id = ann.describe().dialogList[0]?.id;
    expect(ann.describe()).toMatchObject({
      dialogs: 1,
      dialogList: [
        {
          id: { callId: expect.any(String) },
          at: "confirmed",
          isCaller: true,
          transport: "udp",
          peer: { address: "10.0.0.2", port: 5060 },
        },
      ],
      transactions: [
        { kind: "invite-client", method: "INVITE", at: "accepted", transport: "udp", peer: { address: "10.0.0.2" } },
      ],
    });
    expect(ann.describe().transactions[0]?.ageMs).toBeGreaterThanOrEqual(900);
    const [hisDialog] = bob.describe().dialogList;
    expect(hisDialog).toMatchObject({ isCaller: false, peer: { address: SERVER } });
    expect(hisDialog?.ageMs).toBeLessThan(1000);
    expect(hisDialog?.id).toEqual({ callId: id?.callId, localTag: id?.remoteTag, remoteTag: id?.localTag });
    expect(bob.describe().transactions).toMatchObject([{ kind: "invite-server", method: "INVITE", at: "accepted" }]);
    expect(JSON.parse(JSON.stringify(ann.describe()))).toEqual(ann.describe());
  });

  test("shows a dialog whose BYE is not answered as ending", async () => {
    const { world, ann, bob, hers } = await talking();
    await bob.close();
    void hers.bye();
    await world.clock.run(ms(100));
    expect(ann.describe().dialogList).toMatchObject([{ at: "ending" }]);
    expect(ann.describe().transactions).toMatchObject([{}, { kind: "request-client", method: "BYE", at: "trying" }]);
    await world.clock.run(ms(200_000));
    expect(ann.describe()).toMatchObject({ ...nothingAlive, dialogList: [], transactions: [] });
  });

  test("names no more than it is asked to, and counts all", async () => {
    const world = makeWorld();
    const agent = await world.agent(SERVER);
    for (let i = 0; i < 30; i++) void agent.send({ method: "OPTIONS", uri: "sip:10.0.0.9", from: "sip:a@b" });
    await world.clock.run(ms(5));
    const { transactions, clientTransactions } = agent.describe(10);
    expect([transactions.length, clientTransactions]).toEqual([10, 30]);
    await agent.close();
  });
});
