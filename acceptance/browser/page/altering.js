// Runs in the browser: changes session descriptions on their way, as a program in between could.
const rules = { sent: [], received: [] };
const altered = (way, sdp) =>
  rules[way].reduce((text, [pattern, by]) => text.replace(new RegExp(pattern, "gm"), by), sdp);

/** From now on these replacements are made, and no others: pairs of a regular expression and what stands in its place. */
export function alterDescriptions({ sent = [], received = [] }) {
  Object.assign(rules, { sent, received });
}

const { prototype } = RTCPeerConnection;
const { setRemoteDescription } = prototype;
prototype.setRemoteDescription = function take({ type, sdp }) {
  return setRemoteDescription.call(this, { type, sdp: altered("received", sdp) });
};
const { get: localDescription } = Object.getOwnPropertyDescriptor(prototype, "localDescription");
Object.defineProperty(prototype, "localDescription", {
  get() {
    const own = localDescription.call(this);
    return own === null ? null : { type: own.type, sdp: altered("sent", own.sdp) };
  },
});
