import { expect, test } from "vitest";
import { anyIce, browserTerms } from "../browser-terms.ts";
import type { SoundScene } from "./scene.ts";
import { A, anyMedia, B, HERE } from "./scene.ts";

/** What a browser is told of its leg before anything is agreed. */
export function browserLegs(scene: SoundScene): void {
  const opened = async (leg: typeof A) => {
    const local = await scene.engine.open(leg, { ...HERE, isWebRtc: true });
    if (!local.ok || local.value.webRtc === undefined) throw new Error("not opened for a browser");
    return { ...local.value, webRtc: local.value.webRtc };
  };

  test("a browser's leg has credentials, a place, and the digest of a certificate", async () => {
    const { webRtc, address, port } = await opened(A);
    expect(webRtc.ice.usernameFragment).toMatch(/^[A-Za-z0-9+/]{4,256}$/);
    expect(webRtc.ice.password).toMatch(/^[A-Za-z0-9+/]{22,256}$/);
    expect(webRtc.candidates).toContainEqual(expect.objectContaining({ address, port, type: "host" }));
    expect(webRtc.fingerprint).toEqual({
      hash: expect.stringMatching(/^sha-/),
      value: expect.stringMatching(/^[0-9A-F]{2}(?::[0-9A-F]{2}){31,}$/),
    });
  });

  test("no two legs have the same credentials, and a restart brings new ones", async () => {
    const [first, second] = [await opened(A), await opened(B)];
    expect(first.webRtc.ice.password).not.toBe(second.webRtc.ice.password);
    scene.engine.connect(A, { ...anyMedia, protection: browserTerms(first, second, false) });
    const renewed = await scene.engine.renewIce(A, anyIce);
    expect(renewed?.usernameFragment).not.toBe(first.webRtc.ice.usernameFragment);
  });

  test("a plain leg, and one that is not open, have none", async () => {
    const local = await scene.opened(A);
    expect(local.webRtc).toBeUndefined();
    expect([await scene.engine.renewIce(A, anyIce), await scene.engine.renewIce(B, anyIce)]).toEqual([
      undefined,
      undefined,
    ]);
  });
}
