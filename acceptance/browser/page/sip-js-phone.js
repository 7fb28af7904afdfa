// Runs in the browser: a phone of SIP.js that does what a test says.
import { Inviter, Registerer, RegistererState, SessionState, UserAgent } from "sip.js";
import { stayConnected } from "../../../examples/04-phone-in-a-browser/stay-connected.js";
import { alterDescriptions } from "./altering.js";
import { Hearing } from "./hearing.js";

const plainMicrophone = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const constraints = { audio: plainMicrophone, video: false };

let lastSocket;
globalThis.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    lastSocket = this;
  }
};

/** One user at one server. */
class SipJsPhone {
  hearing = new Hearing();
  events = [];
  #agent;
  #session;
  #domain;
  #looksAfterNetwork = false;

  constructor({ url, user, password, domain, connection }) {
    this.#domain = domain;
    this.#agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${user}@${domain}`),
      transportOptions: { server: url },
      authorizationUsername: user,
      authorizationPassword: password,
      logLevel: "error",
      sessionDescriptionHandlerFactoryOptions: {
        iceGatheringTimeout: 200,
        peerConnectionConfiguration: connection,
      },
      delegate: { onInvite: (invitation) => this.#ring(invitation) },
    });
    const registerer = new Registerer(this.#agent);
    registerer.stateChange.addListener((state) => {
      if (state === RegistererState.Registered) this.#note("registered");
    });
    void this.#agent.start().then(() => registerer.register());
  }

  #note(type, detail) {
    this.events.push({ type, detail: detail ?? null, at: performance.now() });
  }

  #ring(invitation) {
    if (this.#session !== undefined) {
      void invitation.reject({ statusCode: 486 });
      return;
    }
    this.#take(invitation);
    this.#note("ringing", invitation.remoteIdentity.uri.user);
  }

  #take(session) {
    this.#session = session;
    this.hearing.forget();
    session.delegate = {
      onSessionDescriptionHandler: ({ peerConnection }) => {
        this.hearing.follow(peerConnection);
        if (this.#looksAfterNetwork) this.#lookAfterNetwork(peerConnection);
      },
      onInvite: (request) => this.#note(/a=(sendonly|inactive)/.test(request.body) ? "held" : "resumed", "remote"),
      onInfo: (info) => info.accept(),
    };
    session.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.#note("talking");
      if (state !== SessionState.Terminated) return;
      this.#session = undefined;
      this.#note("ended");
    });
  }

  call(number) {
    const target = UserAgent.makeURI(`sip:${number}@${this.#domain}`);
    const inviter = new Inviter(this.#agent, target, { sessionDescriptionHandlerOptions: { constraints } });
    this.#take(inviter);
    return inviter.invite();
  }
  answer() {
    return this.#session.accept({ sessionDescriptionHandlerOptions: { constraints } });
  }
  hangUp() {
    const session = this.#session;
    if (session === undefined) return undefined;
    return session.state === SessionState.Established
      ? session.bye()
      : (session.cancel ?? session.reject).call(session);
  }
  #offer(options, modifiers) {
    return new Promise((resolve, reject) => {
      void this.#session.invite({
        sessionDescriptionHandlerOptions: { constraints, ...options },
        sessionDescriptionHandlerModifiers: modifiers,
        requestDelegate: {
          onAccept: () => resolve(true),
          onReject: ({ message }) => reject(new Error(`${message.statusCode}`)),
        },
      });
    });
  }
  async hold() {
    await this.#offer({ hold: true });
    this.#note("held", "local");
  }
  async resume() {
    await this.#offer({ hold: false });
    this.#note("resumed", "local");
  }
  restartIce() {
    return this.#offer({ offerOptions: { iceRestart: true } });
  }
  transfer(number) {
    return this.#session.refer(UserAgent.makeURI(`sip:${number}@${this.#domain}`));
  }
  async digits(text) {
    const { peerConnection } = this.#session.sessionDescriptionHandler;
    // The session is established by its ACK; keys are agreed a little later, and digits are refused before.
    while (peerConnection.connectionState !== "connected")
      await new Promise((resolve) => peerConnection.addEventListener("connectionstatechange", resolve, { once: true }));
    if (!this.#session.sessionDescriptionHandler.sendDtmf(text)) throw new Error("no digits can be sent");
  }
  usePassword(password) {
    this.#agent.configuration.authorizationPassword = password;
  }
  /** What a page does when its network is another: SIP's connection would take minutes to notice. */
  reconnect() {
    // SIP.js waits until the browser has closed the old one, which takes ten seconds where nobody answers.
    lastSocket?.dispatchEvent(new CloseEvent("close", { code: 1006 }));
    return this.#agent.reconnect();
  }
  alter(replacements) {
    alterDescriptions(replacements);
  }
  stayConnected() {
    this.#looksAfterNetwork = true;
  }
  #lookAfterNetwork(connection) {
    stayConnected(connection, {
      reconnect: () => void this.reconnect(),
      isConnected: () => this.#agent.isConnected(),
      restartIce: () => void this.restartIce(),
    });
  }
  connection() {
    return this.#session?.sessionDescriptionHandler.peerConnection;
  }
  stop() {
    return this.#agent.stop();
  }
}

globalThis.makePhone = (account) => new SipJsPhone(account);
