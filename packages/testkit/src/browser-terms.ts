import type { IceCredentials, LocalMedia, MediaProtection } from "@cordboard/core";

/** What a browser begins ICE anew with. */
export const anyIce: IceCredentials = { usernameFragment: "theirs", password: "a/password/of/the/browser" };

/** What a browser's leg is told of its peer when both are legs of sound engines of ours. Whoever `isControlling` chooses the way, and is called. */
export function browserTerms(
  own: LocalMedia,
  other: LocalMedia,
  isControlling: boolean,
): Extract<MediaProtection, { kind: "webrtc" }> {
  if (own.webRtc === undefined || other.webRtc === undefined) throw new Error("opened for no browser");
  return {
    kind: "webrtc",
    localIce: own.webRtc.ice,
    remoteIce: other.webRtc.ice,
    candidates: other.webRtc.candidates,
    isRemoteLite: false,
    isControlling,
    fingerprints: [other.webRtc.fingerprint],
    dtlsRole: isControlling ? "server" : "client",
  };
}
