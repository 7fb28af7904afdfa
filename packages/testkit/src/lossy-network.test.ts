import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { Weather } from "./lossy-network.ts";
import { clearWeather, lossyNetwork } from "./lossy-network.ts";
import { manualClock } from "./manual-clock.ts";

/** What arrives of a hundred numbered datagrams. */
async function arrivals(weather: Weather, seed: number, name: "udp" | "tcp" = "udp"): Promise<readonly number[]> {
  const clock = manualClock();
  const network = lossyNetwork(clock, seed, weather);
  const heard: number[] = [];
  const [from, to] = [
    network.transport({ name, address: "10.0.0.1", port: 1 }),
    network.transport({ name, address: "10.0.0.2", port: 2 }),
  ];
  await from.open({ onMessage() {}, onClosed() {} });
  await to.open({ onMessage: ([number]) => void heard.push(number ?? -1), onClosed() {} });
  for (let i = 0; i < 100; i++) from.send(Uint8Array.of(i), { remote: { address: "10.0.0.2", port: 2 } });
  clock.advance(ms(10_000));
  expect(network.flying).toBe(0);
  return heard;
}

const inOrder = Array.from({ length: 100 }, (_, i) => i);

describe("the lossy network", () => {
  test("brings all in order in clear weather", async () => expect(await arrivals(clearWeather, 1)).toEqual(inOrder));

  test("loses, doubles and turns round as told, the same for the same seed", async () => {
    const storm: Weather = { loss: 0.2, duplication: 0.2, delayMs: [1, 50] };
    const heard = await arrivals(storm, 3);
    expect(new Set(heard).size).toBeLessThan(95);
    expect(heard.length).toBeGreaterThan(new Set(heard).size);
    expect(heard).not.toEqual(heard.toSorted((a, b) => a - b));
    expect(await arrivals(storm, 3)).toEqual(heard);
    expect(await arrivals(storm, 4)).not.toEqual(heard);
  });

  test("loses nothing of a reliable transport", async () => {
    expect(await arrivals({ loss: 0.5, duplication: 0.5, delayMs: [1, 50] }, 5, "tcp")).toEqual(inOrder);
  });

  test("an address can be cut off and come back, and a port is taken once", async () => {
    const clock = manualClock();
    const network = lossyNetwork(clock, 1);
    const heard: number[] = [];
    const peer = network.transport({ address: "10.0.0.2", port: 0 });
    const remote = await peer.open({ onMessage: ([number]) => void heard.push(number ?? -1), onClosed() {} });
    if (remote === undefined) throw new Error("the peer has no address");
    const sender = network.transport({ address: "10.0.0.1", port: 1 });
    await sender.open({ onMessage() {}, onClosed() {} });
    network.isolate("10.0.0.2");
    sender.send(Uint8Array.of(1), { remote });
    clock.advance(ms(10));
    network.restore("10.0.0.2");
    sender.send(Uint8Array.of(2), { remote });
    clock.advance(ms(10));
    expect(heard).toEqual([2]);
    await expect(
      network.transport({ address: "10.0.0.1", port: 1 }).open({ onMessage() {}, onClosed() {} }),
    ).rejects.toMatchObject({ code: "bind-failed" });
    await sender.close();
    expect(sender.send(Uint8Array.of(3), { remote }).ok).toBe(false);
  });

  test("what an address sends can be refused, at once or a moment later", async () => {
    const clock = manualClock();
    const network = lossyNetwork(clock, 1);
    const heard: number[] = [];
    const refusals: string[] = [];
    const to = { remote: { address: "10.0.0.2", port: 2 } };
    const peer = network.transport({ address: "10.0.0.2", port: 2 });
    await peer.open({ onMessage: ([number]) => void heard.push(number ?? -1), onClosed() {} });
    const sender = network.transport({ address: "10.0.0.1", port: 1 });
    await sender.open({ onMessage() {}, onClosed() {} });
    network.isolate("10.0.0.1", "refusing");
    expect(sender.send(Uint8Array.of(1), to)).toMatchObject({ ok: false, error: "unreachable" });
    network.isolate("10.0.0.1", "refusing-later");
    expect(sender.send(Uint8Array.of(2), to, (refusal) => void refusals.push(refusal)).ok).toBe(true);
    clock.advance(ms(10));
    expect([heard, refusals]).toEqual([[], ["unreachable"]]);
    network.isolate("10.0.0.1", "unsteady");
    for (let i = 0; i < 100; i++) sender.send(Uint8Array.of(i), to, (refusal) => void refusals.push(refusal));
    clock.advance(ms(10));
    expect(heard.length + refusals.length).toBe(101);
    expect(Math.min(heard.length, refusals.length)).toBeGreaterThan(30);
  });

  test("a group's address brings a message to each of its members, and whoever watches sees it once", async () => {
    const clock = manualClock();
    const network = lossyNetwork(clock, 1);
    const heard: string[] = [];
    for (const address of ["10.0.0.2", "10.0.0.3"]) {
      const member = network.transport({ address, port: 5060 });
      await member.open({ onMessage: () => void heard.push(address), onClosed() {} });
    }
    network.group("10.0.0.9", ["10.0.0.2", "10.0.0.3"]);
    const seen: string[] = [];
    network.watch(({ to }) => void seen.push(to.address));
    const sender = network.transport({ address: "10.0.0.1", port: 1 });
    await sender.open({ onMessage() {}, onClosed() {} });
    sender.send(Uint8Array.of(1), { remote: { address: "10.0.0.9", port: 5060 } });
    clock.advance(ms(10));
    expect([seen, heard]).toEqual([["10.0.0.9"], ["10.0.0.2", "10.0.0.3"]]);
  });
});
