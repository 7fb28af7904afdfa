import type { MediaProtection } from "@cordboard/core";
import { isDtls } from "@cordboard/dtls";
import { fingerprintOf, makeDtlsIdentity, nodeDtlsCrypto } from "@cordboard/dtls/node";
import { candidatePriority, makeIceCredentials } from "@cordboard/ice";
import { ms } from "@cordboard/kernel";
import { printPlainRtp } from "@cordboard/rtp";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import { defaultTimings } from "../../timings.ts";
import type { Endpoint } from "../addresses.ts";
import type { WebRtcSnapshot } from "../wire-snapshot.ts";
import { WebRtcShield } from "./web-rtc-shield.ts";

type WebRtc = Extract<MediaProtection, { kind: "webrtc" }>;

const OURS: Endpoint = { address: "10.0.0.1", port: 4000 };
const BROWSERS: Endpoint = { address: "10.0.0.2", port: 5000 };
const { pathWithin, keysWithin, pathBackWithin } = defaultTimings;
const CONSENT_LASTS_MS = 30_000;

/** A shield of ours and one in place of a browser, and a network between them that lets through what `passes`. */
function shieldAndBrowser(passes: (datagram: Uint8Array, to: Endpoint) => boolean = () => true) {
  const clock = manualClock();
  const random = seededRandom(7);
  const network = { passes };
  const told: string[] = [];
  const heard = { ours: 0, browsers: 0 };
  const queue: { readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];
  const identities = { ours: makeDtlsIdentity(0), browsers: makeDtlsIdentity(0) };
  const ice = { ours: makeIceCredentials(random), browsers: makeIceCredentials(random) };
  const terms = (of: "ours" | "browsers"): WebRtc => {
    const other = of === "ours" ? "browsers" : "ours";
    const { address, port } = of === "ours" ? BROWSERS : OURS;
    return {
      kind: "webrtc",
      localIce: ice[of],
      remoteIce: ice[other],
      candidates: [{ foundation: "1", priority: candidatePriority("host"), address, port, type: "host" }],
      isRemoteLite: false,
      isControlling: of === "browsers",
      fingerprints: [{ hash: "sha-256", value: fingerprintOf("sha-256", identities[other].certificate) }],
      dtlsRole: of === "ours" ? "server" : "client",
    };
  };
  const make = (of: "ours" | "browsers", from: WebRtc | WebRtcSnapshot = terms(of)): WebRtcShield =>
    new WebRtcShield(
      { clock, random, timings: defaultTimings, dtls: nodeDtlsCrypto(identities[of]) },
      {
        onRtp: () => void heard[of]++,
        onRtcp: () => {},
        onForeign: () => {},
        onCutOff: (trouble, why) => void (of === "ours" && told.push(`${trouble}: ${why}`)),
        send: (bytes, to) => void queue.push({ bytes, to }),
        sendRtcp: () => {},
      },
      from,
    );
  let shield = make("ours");
  const browser = make("browsers");
  return {
    get shield() {
      return shield;
    },
    browser,
    heard,
    /** Takes our side to another worker. */
    async move(): Promise<void> {
      await shield.settled();
      shield = make("ours", structuredClone(shield.release()));
    },
    clock,
    network,
    told,
    ice,
    random,
    terms,
    run(forMs: number): void {
      for (let passed = 0; passed < forMs; passed += 25) {
        clock.advance(ms(25));
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          if (!network.passes(next.bytes, next.to)) continue;
          if (next.to.port === OURS.port) shield.take(next.bytes, BROWSERS);
          else browser.take(next.bytes, OURS);
        }
      }
    },
  };
}

test("a browser that is found and keyed is left alone, however long it talks", () => {
  const { run, told } = shieldAndBrowser();
  run(120_000);
  expect(told).toEqual([]);
});

describe("after a move to another worker", () => {
  const sound = printPlainRtp({ marker: false, payload: 8, sequence: 1, timestamp: 0, ssrc: 7 }, new Uint8Array(160));

  test("a browser that has missed the end of the handshake is told it again, and heard", async () => {
    let flights = 0;
    const net = shieldAndBrowser((datagram, to) => !isDtls(datagram) || to.port === OURS.port || ++flights === 1);
    net.run(1_000);
    net.network.passes = () => true;
    await net.move();
    net.run(2_000);
    net.browser.sendRtp(sound);
    net.shield.sendRtp(sound);
    net.run(25);
    expect(net.heard).toEqual({ ours: 1, browsers: 1 });
    expect(net.told).toEqual([]);
  });

  test("what comes to the place that was left opens nothing there", async () => {
    const net = shieldAndBrowser();
    net.run(1_000);
    const left = net.shield;
    await net.move();
    net.browser.sendRtp(sound);
    left.take(sound, BROWSERS);
    net.run(25);
    expect(net.heard).toEqual({ ours: 1, browsers: 0 });
  });
});

test("a browser that no way leads to is given up in its time", () => {
  const { run, told } = shieldAndBrowser(() => false);
  run(pathWithin - 25);
  expect(told).toEqual([]);
  run(50);
  expect(told).toEqual(["no-path: nothing has come from it for 15 s"]);
});

test("it is said when its packets come here and ours do not get there", () => {
  const { run, told } = shieldAndBrowser((_datagram, to) => to.port === OURS.port);
  run(pathWithin + 25);
  expect(told).toEqual(["no-path: its packets come here, ours have not reached it for 15 s"]);
});

test("ICE that begins anew has all the time again", () => {
  const { run, told, shield, terms, random } = shieldAndBrowser(() => false);
  run(pathWithin - 1_000);
  shield.agree({ ...terms("ours"), localIce: makeIceCredentials(random), remoteIce: makeIceCredentials(random) });
  run(pathWithin - 1_000);
  expect(told).toEqual([]);
  run(1_025);
  expect(told).toHaveLength(1);
});

test("the same agreement again, as in a session's refresh, gives no more time", () => {
  const { run, told, shield, terms } = shieldAndBrowser(() => false);
  run(pathWithin - 1_000);
  shield.agree(terms("ours"));
  run(1_025);
  expect(told).toHaveLength(1);
});

test("an agreement after it was given up gives it another chance", () => {
  const { run, told, shield, terms, network } = shieldAndBrowser(() => false);
  run(pathWithin + 25);
  shield.agree(terms("ours"));
  network.passes = () => true;
  run(60_000);
  expect(told).toHaveLength(1);
});

test("a handshake that is stuck is given up in its time, and who waits for its end goes on", async () => {
  const { run, told, shield } = shieldAndBrowser((datagram, to) => !isDtls(datagram) || to.port === OURS.port);
  run(1_000);
  const settled = shield.settled();
  run(keysWithin);
  expect(told).toEqual(["no-keys: the handshake was not done in 15 s"]);
  await settled;
  expect(shield.release().streams).toBeUndefined();
});

test("a browser that is away is waited for longer than its consent lasts, and then given up", () => {
  const { run, told, network } = shieldAndBrowser();
  run(1_000);
  network.passes = () => false;
  run(CONSENT_LASTS_MS + pathBackWithin - 6_000);
  expect(told).toEqual([]);
  run(7_000);
  expect(told).toEqual(["path-lost: it has answered nothing, and not come back by another way for 15 s"]);
});

test("a browser that slept for 40 s goes on", () => {
  const { run, told, network, ice, random, shield, browser, terms } = shieldAndBrowser();
  run(1_000);
  network.passes = () => false;
  run(40_000);
  network.passes = () => true;
  // What its page does when it wakes up.
  ice.ours = makeIceCredentials(random);
  ice.browsers = makeIceCredentials(random);
  shield.agree(terms("ours"));
  browser.agree(terms("browsers"));
  run(60_000);
  expect(told).toEqual([]);
});

test("nothing waits for a leg that is closed or has moved", () => {
  const first = shieldAndBrowser(() => false);
  first.shield.close();
  first.browser.close();
  const second = shieldAndBrowser(() => false);
  second.shield.release();
  second.browser.release();
  expect([first.clock.pending, second.clock.pending]).toEqual([0, 0]);
});
