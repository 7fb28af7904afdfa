// Runs in the browser: keeps a call's sound alive when the network changes, or the page has slept.

/** Sound comes every 20 ms; after so long without any the network is taken for gone. */
const QUIET_MS = 500;
const LOOK_EVERY_MS = 100;
/** How long SIP has to connect, and then ICE to find a way, before all is tried again. */
const AGAIN_AFTER_MS = 3_000;

async function packetsReceived(connection) {
  const all = [...(await connection.getStats()).values()];
  return all.reduce((sum, { type, packetsReceived: count = 0 }) => (type === "inbound-rtp" ? sum + count : sum), 0);
}

/**
 * Watches what a call hears. When it falls quiet, SIP's connection is opened anew by `reconnect()`, since the old one would take minutes
 * to notice, and as soon as `isConnected()`, ICE is begun anew by `restartIce()`: the server sends to wherever the browser is then. Until
 * something is heard again it goes on trying, and it ends with the call.
 */
export function stayConnected(connection, { reconnect, isConnected, restartIce }) {
  let packets = 0;
  let heardAt = performance.now();
  let triedAt;
  let hasRestarted = false;
  const isTimeToTry = (now) => {
    if (triedAt === undefined) return packets > 0 && now - heardAt > QUIET_MS;
    return now - triedAt > AGAIN_AFTER_MS;
  };
  const look = async () => {
    const count = await packetsReceived(connection);
    const now = performance.now();
    if (count !== packets) {
      packets = count;
      heardAt = now;
      triedAt = undefined;
    } else if (isTimeToTry(now)) {
      triedAt = now;
      hasRestarted = false;
      reconnect();
    } else if (triedAt !== undefined && !hasRestarted && isConnected()) {
      triedAt = now;
      hasRestarted = true;
      restartIce();
    }
  };
  const timer = setInterval(async () => {
    if (connection.connectionState === "closed") clearInterval(timer);
    else await look();
  }, LOOK_EVERY_MS);
}
