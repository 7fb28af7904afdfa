// Runs in the browser: a phone of JsSIP that does what a test says.
import JsSIP from "jssip";
import { stayConnected } from "../../../examples/04-phone-in-a-browser/stay-connected.js";
import { alterDescriptions } from "./altering.js";
import { Hearing } from "./hearing.js";

const plainMicrophone = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const mediaConstraints = { audio: plainMicrophone, video: false };

/** One user at one server. */
class JsSipPhone {
  hearing = new Hearing();
  events = [];
  #agent;
  #session;
  #domain;
  #media;
  #looksAfterNetwork = false;

  constructor({ url, user, password, domain, connection }) {
    this.#domain = domain;
    this.#media = { mediaConstraints, pcConfig: connection };
    this.#agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri: `sip:${user}@${domain}`,
      password,
      register: true,
      session_timers: false,
    });
    this.#agent.on("registered", () => this.#note("registered"));
    this.#agent.on("registrationFailed", ({ cause }) => this.#note("registration failed", cause));
    this.#agent.on("newRTCSession", ({ session, originator }) => this.#take(session, originator));
    this.#agent.start();
  }

  #note(type, detail) {
    this.events.push({ type, detail: detail ?? null, at: performance.now() });
  }

  #take(session, originator) {
    if (this.#session !== undefined && originator === "remote") {
      session.terminate({ status_code: 486 });
      return;
    }
    this.#session = session;
    this.hearing.forget();
    const follow = (connection) => {
      this.hearing.follow(connection);
      if (this.#looksAfterNetwork) this.#lookAfterNetwork(connection);
      connection.addEventListener("iceconnectionstatechange", () => this.#note(`ice ${connection.iceConnectionState}`));
      connection.addEventListener("connectionstatechange", () => this.#note(`sound ${connection.connectionState}`));
    };
    if (session.connection === null || session.connection === undefined)
      session.on("peerconnection", ({ peerconnection }) => follow(peerconnection));
    else follow(session.connection);
    if (originator === "remote") this.#note("ringing", session.remote_identity.uri.user);
    // Networks that are going away are not waited for.
    session.on("icecandidate", ({ ready }) => setTimeout(ready, 200));
    session.on("confirmed", () => this.#note("talking"));
    session.on("hold", ({ originator: by }) => this.#note("held", by));
    session.on("unhold", ({ originator: by }) => this.#note("resumed", by));
    session.on("newDTMF", ({ dtmf, originator: by }) => this.#note(`digit ${dtmf.tone}`, by));
    session.on("ended", ({ cause }) => this.#over("ended", cause));
    session.on("failed", ({ cause }) => this.#over("failed", cause));
  }

  #over(type, cause) {
    this.#session = undefined;
    this.#note(type, cause);
  }

  call(number) {
    this.#note("calling", number);
    this.#agent.call(`sip:${number}@${this.#domain}`, this.#media);
  }
  answer() {
    this.#session.answer(this.#media);
  }
  hangUp() {
    this.#session?.terminate();
  }
  hold() {
    return this.#change("hold");
  }
  resume() {
    return this.#change("unhold");
  }
  /** Settles with the answer: until then JsSIP takes no other wish, and says so by a mere `false`. */
  #change(wish) {
    return new Promise((resolve, reject) => {
      if (!this.#session[wish]({}, () => resolve(true))) reject(new Error(`${wish} is not possible now`));
    });
  }
  transfer(number) {
    this.#session.refer(`sip:${number}@${this.#domain}`);
  }
  digits(text) {
    this.#session.sendDTMF(text, { transportType: "RFC2833" });
  }
  restartIce() {
    return new Promise((resolve) =>
      this.#session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, () => resolve(true)),
    );
  }
  usePassword(password) {
    this.#agent.set("password", password);
  }
  /** What a page does when its network is another: SIP's connection would take minutes to notice. */
  reconnect() {
    this.#agent.transport.disconnect();
    this.#agent.transport.connect();
  }
  alter(replacements) {
    alterDescriptions(replacements);
  }
  stayConnected() {
    this.#looksAfterNetwork = true;
  }
  #lookAfterNetwork(connection) {
    stayConnected(connection, {
      reconnect: () => this.reconnect(),
      isConnected: () => this.#agent.isConnected(),
      restartIce: () => this.restartIce(),
    });
  }
  connection() {
    return this.#session?.connection;
  }
  stop() {
    this.#agent.stop();
  }
}

globalThis.makePhone = (account) => new JsSipPhone(account);
