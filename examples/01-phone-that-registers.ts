// A phone: it registers, keeps itself registered, rings when it is called, and may place a call and listen for a second.
//
//   node 01-phone-that-registers.ts sip:ann@127.0.0.1:5060 secret
//   node 01-phone-that-registers.ts sip:ann@127.0.0.1:5060 secret sip:bob@127.0.0.1:5060
//
// Start 02 or 03 first, or name any other registrar; then call it from a softphone that is registered there as well.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { buildOffer, createSipAgent, PCMA, parseUri, printSdp } from "@cordboard/sip";
import { nodeParts } from "@cordboard/sip/node";

const [aor = "sip:ann@127.0.0.1:5060", password = "secret", callee] = process.argv.slice(2);
const { user = "", host, port } = parseUri(aor) ?? { host: "127.0.0.1", port: undefined };
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const phone = createSipAgent(nodeParts({ address: "127.0.0.1", udpPort: 0 }));
await phone.listen();
const ear = createSocket("udp4").bind(0, "127.0.0.1");
await once(ear, "listening");

phone.onCall((call) => {
  call.progress(180);
  say(`ringing: ${call.request.headers.from?.uri}`);
  call.onCancel((cancel) => say(`stopped ringing: ${cancel?.headers.get("Reason") ?? "the caller gave up"}`));
});

const credentials = { username: user, password };
const registrar = `sip:${host}${port === undefined ? "" : `:${port}`}`;
const registration = phone.register({ registrar, aor, credentials, expiresSeconds: 300 });
const registered = await registration.first;
say(registered.ok ? `registered: ${aor}` : `not registered: ${registered.status} (${registered.cause})`);

async function leave(): Promise<void> {
  await registration.unregister();
  await phone.close();
  ear.close();
}

if (!registered.ok) await leave();
else if (callee !== undefined) {
  const endpoint = { address: "127.0.0.1", port: ear.address().port };
  const offer = buildOffer({ sessionId: "1", version: 1 }, { endpoint, codecs: [PCMA] });
  phone.invite(
    { uri: callee, from: aor, credentials, route: [`<${registrar};lr>`], body: printSdp(offer) },
    {
      onProgress: (status) => say(`progress: ${status}`),
      onAnswer(dialog, { status }) {
        say(`answered: ${status}`);
        let packets = 0;
        ear.on("message", () => {
          packets++;
          if (packets === 50) void dialog.bye();
        });
        return {
          handlers: { onEnd: ({ cause }) => void leave().then(() => say(`ended: ${cause} after ${packets} packets`)) },
        };
      },
      onFailure: (status) => void leave().then(() => say(`failed: ${status}`)),
    },
  );
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void leave());
