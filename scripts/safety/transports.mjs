// Rules of SIP's transports: who may hold a connection for how long, and to whom anything is said.
const stack = "packages/protocols/sip";
const transport = `${stack}/src/transport`;

const connections = [
  {
    rule: "SIP: connections of one source have a limit",
    find: "(source?.all ?? 0) < limits.perSource && ",
    replace: "",
    named: /connections of one source are bounded/,
  },
  {
    rule: "SIP: connections in all have a limit",
    find: " && this.#byName.size < limits.total;",
    replace: ";",
    named: /connections in all are bounded/,
  },
  {
    rule: "SIP: of one source that says nothing the oldest connection makes room",
    find: "silent.size >= limits.silentPerSource || ",
    replace: "",
    named: /the oldest makes room/,
  },
  {
    rule: "SIP: a connection must bring a message in time",
    find: "return Math.min(message, openedAt + firstMessageMs);",
    replace: "return message;",
    named: /brings no message in time/,
  },
  {
    rule: "SIP: a message once begun must be finished in time",
    find: "beganAt === undefined ? Number.POSITIVE_INFINITY : beganAt + messageMs;",
    replace: "Number.POSITIVE_INFINITY;",
    named: /once begun must be finished in time/,
  },
  {
    rule: "SIP: bytes that wait for a connection have a limit",
    find: "const begin = { dialled, now: clock.monotonic(), backlogBytes: limits.backlogBytes };",
    replace: "const begin = { dialled, now: clock.monotonic(), backlogBytes: 2 ** 40 };",
    named: /a peer that takes nothing is refused more/,
  },
].map((edit) => ({
  ...edit,
  file: `${transport}/connections.ts`,
  tests: [`${stack}/test/sockets-bounds.int.test.ts`],
}));

const tls = [
  {
    rule: "SIP: over TLS nothing is said to a peer that does not prove its name",
    find: "minVersion: OLDEST,\n          ...(host",
    replace: "minVersion: OLDEST,\n          rejectUnauthorized: false,\n          ...(host",
    named: /says nothing to a peer whose certificate/,
  },
  {
    rule: "SIP: over TLS the peer proves the name that was dialled",
    find: "...(host === undefined ? {} : { servername: host }),",
    replace: "...(host === undefined ? {} : { servername: host, checkServerIdentity: () => undefined }),",
    named: /says nothing to a peer whose certificate/,
  },
].map((edit) => ({ ...edit, file: `${transport}/tls.ts`, tests: [`${stack}/test/sockets-tls.int.test.ts`] }));

const webSockets = [
  {
    rule: "SIP: a browser that pings and never reads is sent no more pongs",
    find: "if (socket.bufferedAmount === 0) socket.pong(data);",
    replace: "socket.pong(data);",
    named: /a ping a pong/,
  },
  {
    rule: "SIP: a WebSocket beyond the limits is closed",
    find: "if (connections?.admits(peer.remote.address)) return connections",
    replace: "if (connections !== undefined) return connections",
    named: /of too many that never spoke/,
  },
].map((edit) => ({
  ...edit,
  file: `${transport}/web-socket.ts`,
  tests: [`${stack}/test/sockets-web.int.test.ts`],
}));

const stun = [
  {
    rule: "STUN: only requests are answered",
    find: "if (view.getUint16(0) !== method.bindingRequest || !isWhole) return undefined;",
    replace: "if (!isWhole) return undefined;",
  },
  {
    rule: "STUN: an answer is hardly longer than its question",
    find: "types.slice(0, MOST_NAMED)",
    replace: "types",
  },
].map((edit) => ({ ...edit, file: `${transport}/stun.ts`, tests: [`${transport}/stun.test.ts`] }));

const frames = [
  {
    rule: "SIP: a frame of a WebSocket has a limit",
    file: `${stack}/src/message/web-socket-framer.ts`,
    find: "if (frame.length > head + body) return tooLong;",
    replace: "",
    tests: [`${stack}/src/message/web-socket-framer.test.ts`],
  },
];

/** Rules §8 on connections, and what TLS is for. */
export const transportRules = [...connections, ...tls, ...webSockets, ...stun, ...frames];
