// Runs in the browser: a phone of JsSIP that registers, calls, is called, and stays connected when its network changes.
import JsSIP from "jssip";
import { stayConnected } from "./stay-connected.js";

const { number, call, answer, leave } = document.forms[0].elements;
const show = (text) => {
  document.querySelector("output").value = text;
};
const fetchAccess = async () => {
  const response = await fetch("access", { method: "POST" });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

let access = await fetchAccess();
const agent = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(access.socket)],
  uri: access.uri,
  password: access.token,
});
// The token is good for four minutes at least.
setInterval(async () => {
  try {
    access = await fetchAccess();
    agent.set("password", access.token);
  } catch {
    // Without a network there is no token; the next one will do.
  }
}, 120_000);

const media = () => ({ mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: access.iceServers } });
let session;

/** Shows a call, lets it be heard, and keeps it alive. */
function take(next) {
  if (session !== undefined) return next.terminate({ status_code: 486 });
  session = next;
  const isIncoming = session.direction === "incoming";
  answer.disabled = !isIncoming;
  leave.disabled = false;
  show(isIncoming ? `${session.remote_identity.uri.user} calls` : "calling");
  const follow = (connection) => {
    connection.addEventListener("track", ({ streams }) => {
      document.querySelector("audio").srcObject = streams[0];
    });
    stayConnected(connection, {
      reconnect() {
        agent.transport.disconnect();
        agent.transport.connect();
      },
      isConnected: () => agent.isConnected(),
      restartIce: () => next.renegotiate({ rtcOfferConstraints: { iceRestart: true } }),
    });
  };
  if (session.connection) follow(session.connection);
  else session.on("peerconnection", ({ peerconnection }) => follow(peerconnection));
  // JsSIP would wait seconds for addresses of networks that are going away.
  session.on("icecandidate", ({ ready }) => setTimeout(ready, 200));
  session.on("confirmed", () => {
    answer.disabled = true;
    show("talking");
  });
  const over = ({ cause }) => {
    session = undefined;
    answer.disabled = true;
    leave.disabled = true;
    show(cause);
  };
  session.on("ended", over);
  session.on("failed", over);
}

agent.on("registered", () => show("ready"));
agent.on("registrationFailed", ({ cause }) => show(cause));
agent.on("newRTCSession", ({ session: next }) => take(next));
agent.start();

call.form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (session === undefined) agent.call(number.value, media());
});
answer.addEventListener("click", () => session?.answer(media()));
leave.addEventListener("click", () => session?.terminate());
