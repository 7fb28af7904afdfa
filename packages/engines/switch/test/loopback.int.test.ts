import type { SoundEngine } from "@cordboard/core";
import type { DeviceId } from "@cordboard/kernel";
import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import type { Phone, PhoneOptions } from "@cordboard/phone";
import { createPhone } from "@cordboard/phone";
import { dnsResolver, nodeTransports } from "@cordboard/sip/node";
import { freePortRange } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SipSwitch } from "../src/index.ts";
import { createSwitch } from "../src/index.ts";
import { ContactShelf, House, hash, home, passwordOf } from "./house.ts";
import { Operator } from "./operator.ts";

const clock = clockOf(globalThis);
const random = randomOf(globalThis);

let sound: SoundEngine;
let sip: SipSwitch;
let operator: Operator;
let phones: Phone[];
let ports: { readonly udp: number; readonly tcp: number };
const devices = new Map<string, DeviceId>();

beforeEach(async () => {
  const house = new House();
  sound = createBuiltinSound({
    ports: await freePortRange(40),
    workers: 1,
    clock,
    random,
    log: silentLog,
    drainMs: ms(0),
  });
  sip = createSwitch({
    transports: nodeTransports({ address: "127.0.0.1", udpPort: 0, tcpPort: 0 }),
    resolve: dnsResolver(),
    sound,
    directory: house,
    secrets: house,
    tokens: house,
    contacts: new ContactShelf(),
    clock,
    random,
    hash,
    log: silentLog,
    pathOfRecording: () => "",
  });
  operator = new Operator(sip, devices);
  phones = [];
  devices.clear();
  sip.onDevice(({ id, user }) => devices.set(house.user(home.id, user)?.extension ?? "", id));
  const [udp, tcp] = await sip.listen();
  ports = { udp: udp?.port ?? 0, tcp: tcp?.port ?? 0 };
});

afterEach(async () => {
  await Promise.all(phones.map((phone) => phone.close()));
  await sip.close();
  await sound.stopAll();
  expect(sip.describe()).toMatchObject({ legs: [], timers: 0, sip: { timers: 0, connections: 0 } });
});

/** A registered phone that sends a tone. */
async function phone(
  user: string,
  transport: "udp" | "tcp",
  more: Partial<PhoneOptions> & { readonly frequencyHz: number },
): Promise<Phone> {
  const { frequencyHz, ...rest } = more;
  const made = await createPhone({
    clock,
    random,
    hash,
    server: { address: "127.0.0.1", port: ports[transport], transport },
    user,
    password: passwordOf(user),
    domain: home.domain,
    sound: { frequencyHz },
    ...rest,
  });
  phones.push(made);
  await made.register();
  return made;
}

test("two phones hear each other over real sockets, hold, resume, send digits and hang up", async () => {
  const ann = await phone("101", "udp", { frequencyHz: 440 });
  const bob = await phone("102", "tcp", { frequencyHz: 880, answer: "auto" });
  const call = ann.call("102");
  const answered = await bob.nextCall();
  await call.answered();
  await Promise.all([call.hears(880), answered.hears(440)]);
  await call.hold();
  await operator.heard("held");
  await answered.hearsSilence();
  await call.resume();
  await operator.heard("resumed");
  await Promise.all([call.hears(880), answered.hears(440)]);
  await answered.sendDigits("5");
  await operator.heard("digit");
  await answered.hangUp();
  await call.ended();
  await operator.heard("ended", 2);
  const ends = operator.facts.flatMap((fact) => (fact.type === "ended" ? [fact] : []));
  expect(ends.map(({ reason }) => [reason.why, reason.party])).toEqual([
    ["normal-clearing", "callee"],
    ["normal-clearing", "callee"],
  ]);
  for (const { quality } of ends) expect(quality?.packetsReceived).toBeGreaterThan(10);
  expect(sip.describe()).toMatchObject({ legs: [], sip: { dialogs: 0, calls: 0 }, sound: { legs: 0, portsInUse: 0 } });
});

test("a caller who gives up stops the other phone's ringing", async () => {
  const ann = await phone("101", "tcp", { frequencyHz: 440 });
  const bob = await phone("102", "udp", { frequencyHz: 880 });
  const call = ann.call("102");
  const ringing = await bob.nextCall();
  await call.ringing();
  call.cancel();
  await ringing.ended();
  await operator.heard("ended", 2);
  expect(operator.facts.flatMap((fact) => (fact.type === "ended" ? fact.reason.why : []))).toEqual([
    "cancelled",
    "cancelled",
  ]);
  expect(sip.describe()).toMatchObject({ legs: [], sip: { dialogs: 0, calls: 0 }, sound: { legs: 0, portsInUse: 0 } });
});
