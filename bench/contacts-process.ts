// A registrar alone in its process: a whole switch with a clock that is moved by hand, on a network in memory. Prints one line of
// JSON: what its contacts cost. Started by contacts.ts, with --expose-gc.
import type { ContactStore, StoredContact, Tenant, User } from "@cordboard/core";
import { plainReach } from "@cordboard/core";
import type { DeviceId, TenantId, UserId } from "@cordboard/kernel";
import { instant, makeId, ms, ok, randomOf, silentLog } from "@cordboard/kernel";
import type { Flow, SipTransport, TransportEvents } from "@cordboard/sip";
import { answerChallenge, challengesOf, makeHa1, parseMessage } from "@cordboard/sip";
import { nodeHash } from "@cordboard/sip/node";
import { loadDirectory } from "@cordboard/store";
import type { SipSwitch } from "@cordboard/switch";
import { createSwitch } from "@cordboard/switch";
import { fakeSound, manualClock } from "@cordboard/testkit";

const CONTACTS = Number(process.argv[2] ?? 100_000);
/** So many register, then time passes until the stack has forgotten their transactions. */
const BATCH = 5000;
const FORGOTTEN_AFTER = ms(70_000);
const PASSWORD = "a secret that all have";

const tenant: Tenant = {
  id: "ten_bench" as TenantId,
  domain: "pbx.example.com",
  realm: "pbx.example.com",
  timeZone: "Europe/Rome",
  country: "IT",
  language: "en",
  isDefault: true,
  hasRecordingNotice: true,
};
const clock = manualClock(instant(Date.now()));
const random = randomOf(globalThis);
const local = { address: "10.0.0.1", port: 5060 };

const extensionOf = (index: number): string => String(1_000_000 + index);
const userId = (index: number): UserId => `usr_${extensionOf(index).padStart(26, "0")}` as UserId;
const addressOf = (index: number): string => `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
const instanceOf = (index: number): string =>
  `<urn:uuid:00000000-0000-1000-8000-${extensionOf(index).padStart(12, "0")}>`;

/** Memory that is really held, in bytes. */
function held(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A REGISTER as a desk phone sends it, each time as bytes and addresses of its own. */
function register(index: number, cseq: number, proof: string): Uint8Array {
  const extension = extensionOf(index);
  const address = addressOf(index);
  return new TextEncoder().encode(
    [
      `REGISTER sip:${tenant.domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:5062;branch=z9hG4bK${index.toString(36)}x${cseq};rport`,
      `From: "Desk ${extension}" <sip:${extension}@${tenant.domain}>;tag=${index}`,
      `To: "Desk ${extension}" <sip:${extension}@${tenant.domain}>`,
      `Call-ID: 0_${(index * 7919).toString(16).padStart(24, "0")}@${address}`,
      `CSeq: ${cseq} REGISTER`,
      `Contact: <sip:${extension}@${address}:5062>;+sip.instance="${instanceOf(index)}"`,
      ...(proof === "" ? [] : [`Authorization: ${proof}`]),
      "Allow: INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER, SUBSCRIBE, REFER, PUBLISH, UPDATE, MESSAGE",
      "Max-Forwards: 70",
      `User-Agent: Desk Phone T4${index % 10}S 66.86.0.${index % 4}`,
      "Expires: 3600",
      "Allow-Events: talk,hold,conference,refer,check-sync",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n"),
  );
}

interface Line {
  readonly sip: SipSwitch;
  /** Sends a message of a phone; the answer. */
  ask(index: number, bytes: Uint8Array): Promise<Uint8Array>;
}

function openSwitch(contacts: ContactStore, onDevice: Parameters<SipSwitch["onDevice"]>[0]): Line {
  let events: TransportEvents | undefined;
  let answer: (bytes: Uint8Array) => void = () => {};
  const transport: SipTransport = {
    name: "udp",
    isReliable: false,
    family: 4,
    async open(heard) {
      events = heard;
      return local;
    },
    send(bytes) {
      answer(bytes);
      return ok(undefined);
    },
    localTowards: () => local,
    isOpen: () => false,
    connections: () => [],
    async close() {},
  };
  const sip = createSwitch({
    transports: [transport],
    resolve: async () => [],
    sound: fakeSound({ clock }),
    directory,
    secrets: {
      secretsOf: (_, user) => {
        const username = String(Number(user.slice("usr_".length)));
        return makeHa1(nodeHash, tenant.realm, { username, password: PASSWORD });
      },
    },
    tokens: { accepted: () => [] },
    contacts,
    clock,
    random,
    hash: nodeHash,
    log: silentLog,
    pathOfRecording: (_, recording) => `${recording}.wav`,
  });
  sip.onDevice(onDevice);
  return {
    sip,
    ask: (index, bytes) =>
      new Promise((resolve) => {
        answer = resolve;
        const flow: Flow = { transport: "udp", local, remote: { address: addressOf(index), port: 5062 } };
        events?.onMessage(bytes, flow);
      }),
  };
}

async function registerAll({ ask }: Line): Promise<void> {
  for (let index = 0; index < CONTACTS; index++) {
    const asked = parseMessage(await ask(index, register(index, 1, "")));
    const [challenge] = asked.ok && asked.value.type === "response" ? challengesOf(asked.value) : [];
    if (challenge === undefined) throw new Error("no challenge came");
    const credentials = { username: extensionOf(index), password: PASSWORD };
    const who = { method: "REGISTER", uri: `sip:${tenant.domain}`, credentials, nonceCount: 1 };
    const [, proof] = answerChallenge(challenge, who, { hash: nodeHash, random });
    const done = parseMessage(await ask(index, register(index, 2, proof)));
    if (!done.ok || done.value.type !== "response" || done.value.status !== 200) throw new Error("not registered");
    if (index % BATCH === BATCH - 1) clock.advance(FORGOTTEN_AFTER);
  }
  clock.advance(FORGOTTEN_AFTER);
}

/** The rows of a table, as a database driver gives them: each text stands by itself. */
function storedRows(): readonly StoredContact[] {
  const expiresAt = instant(clock.now() + 3_600_000);
  return Array.from({ length: CONTACTS }, (_, index): StoredContact => {
    const extension = extensionOf(index);
    const address = addressOf(index);
    const binding = {
      contact: `sip:${extension}@${address}:5062`,
      flow: { transport: "udp", local, remote: { address, port: 5062 } },
      path: [],
      expiresAt,
      qMilli: 1000,
      callId: `0_${(index * 7919).toString(16).padStart(24, "0")}@${address}`,
      cseq: 2,
      instance: instanceOf(index),
      userAgent: `Desk Phone T4${index % 10}S 66.86.0.${index % 4}`,
    };
    const row = {
      tenant: tenant.id,
      user: userId(index),
      device: makeId("dev", clock.now(), random) satisfies DeviceId,
      aor: `sip:${extension}@${tenant.domain}`,
      binding,
      expiresAt,
    };
    return JSON.parse(JSON.stringify(row)) as StoredContact;
  });
}

const users = Array.from(
  { length: CONTACTS },
  (_, index): User => ({
    id: userId(index),
    tenant: tenant.id,
    extension: extensionOf(index),
    name: `Desk ${index}`,
    role: "user",
    mobile: null,
    reach: plainReach,
    isAlwaysRecorded: false,
  }),
);
const directory = await loadDirectory({
  async follow(listener) {
    listener([
      { kind: "tenant", tenant: tenant.id, id: tenant.id, value: tenant },
      ...users.map((value) => ({ kind: "user", tenant: tenant.id, id: value.id, value }) as const),
    ]);
    return () => {};
  },
});
const wait = async (): Promise<void> => undefined;

/** What a task takes of the processor, in milliseconds. */
async function cpuMs(task: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const first = openSwitch({ load: async () => [], save: wait }, directory.setDevice);
await first.sip.listen();
const empty = held();
const registerCpuMs = await cpuMs(() => registerAll(first));
const registered = held() - empty;
const { registrations } = first.sip.describe();
const expireCpuMs = await cpuMs(() => clock.advance(ms(3_600_000)));
if (first.sip.describe().registrations > 0) throw new Error("some did not expire");
await first.sip.close();

const rowsCpuMs = await cpuMs(storedRows);
const second = openSwitch({ load: async () => storedRows(), save: wait }, directory.setDevice);
const before = held();
const restoreCpuMs = await cpuMs(() => second.sip.restore());
const restored = held() - before;
await second.sip.close();

process.stdout.write(
  `${JSON.stringify({
    contacts: registrations,
    bytesEach: registered / registrations,
    restoredBytesEach: restored / CONTACTS,
    registerCpuMs: registerCpuMs / CONTACTS,
    // Making the rows is the driver's work.
    restoreCpuMs: Math.max(0, restoreCpuMs - rowsCpuMs),
    expireCpuMs,
  })}\n`,
);
