import type { LegId } from "@cordboard/kernel";
import { seededRandom } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { Phone } from "./phone.ts";
import { Scene } from "./scene.ts";

const STEPS = 150;

/** Whatever phones and core may do, in any order, while the network loses a fifth of all datagrams. */
test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
  "storm %i leaves nothing behind, and ends each leg once",
  async (seed) => {
    const random = seededRandom(seed);
    const scene = new Scene();
    await scene.sip.listen();
    const devices = [
      await scene.registered("101"),
      await scene.registered("102"),
      await scene.registered("103", { transport: "tcp" }),
    ];
    const phones: readonly Phone[] = devices.map(({ phone }) => phone);
    for (const phone of phones)
      phone.onCall = (call) => void (random.chance(0.3) ? call.reject(486) : call.progress(180));
    // Connections, whose dialling ends have ports from 50000 on, lose nothing.
    scene.network.isLost = (_message, from, to) => from.port < 50_000 && to.port < 50_000 && random.chance(0.2);

    const pick = <Item>(items: readonly Item[]): Item | undefined => items[random.between(0, items.length - 1)];
    const legs = (): readonly LegId[] => scene.sip.describe().legs.map(({ id }) => id);
    const withLeg = (act: (leg: LegId, other: LegId | undefined) => void): void => {
      const leg = pick(legs());
      if (leg !== undefined) act(leg, pick(legs()));
    };
    const deeds: readonly (() => unknown)[] = [
      () => pick(phones)?.dial("102", random.chance(0.2) ? { body: "" } : {}),
      () => scene.place(pick(devices)?.device ?? ("dev_none" as never), random.chance(0.5) ? {} : { deadline: 3000 }),
      () => withLeg((leg) => scene.say(leg, { type: "ring" })),
      () =>
        withLeg((leg, other) =>
          scene.say(leg, { type: "answer", like: random.chance(0.5) ? null : (other ?? null) }, 3000),
        ),
      () => withLeg((leg, other) => other !== undefined && scene.say(leg, { type: "bridge", to: other }, 3000)),
      () => withLeg((leg, other) => other !== undefined && scene.say(leg, { type: "early-media", of: other })),
      () => withLeg((leg) => scene.say(leg, { type: "play", source: { kind: "echo" } }, 2000)),
      () => withLeg((leg) => void scene.end(leg, "normal-clearing", 5000)),
      () => withLeg((leg) => scene.sound.tell({ type: "lost", leg, why: "storm" })),
      () => {
        const phone = pick(phones);
        const call = pick(phone?.incoming.filter(({ isEnded }) => !isEnded) ?? []);
        if (call !== undefined) phone?.pickUp(call);
      },
      () => {
        const phone = pick(phones);
        void pick(phone?.dialogs ?? [])?.reinvite({
          body: phone?.offer(random.chance(0.5) ? "sendonly" : "sendrecv") ?? "",
        });
      },
      () => void pick(pick(phones)?.dialogs ?? [])?.bye(),
    ];
    for (let step = 0; step < STEPS; step++) {
      pick(deeds)?.();
      if (random.chance(0.7)) await scene.pass(random.between(0, 1500), 100);
    }

    scene.network.isLost = () => false;
    // An INVITE that was lost so far may still come through, 32 s later and then again with credentials: it is ended, too.
    for (let round = 0; round < 14; round++) {
      for (const leg of legs()) await scene.end(leg, "normal-clearing", 5000);
      for (const phone of phones) for (const dialog of phone.dialogs) void dialog.bye();
      await scene.pass(5000, 500);
    }
    expect(scene.facts.length).toBeGreaterThan(10);
    await scene.expectNothingLeft();
    await scene.close();
    expect(scene.clock.pending).toBe(0);
    expect(scene.logged).toEqual([]);
  },
);
