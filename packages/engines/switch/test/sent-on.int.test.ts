import type { SoundEngine } from "@cordboard/core";
import { clockOf, ms, randomOf, silentLog } from "@cordboard/kernel";
import { createBuiltinSound } from "@cordboard/media";
import type { Phone, PhoneCall, PhoneOptions } from "@cordboard/phone";
import { createPhone } from "@cordboard/phone";
import { dnsResolver, nodeTransports } from "@cordboard/sip/node";
import { freePortRange } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SipSwitch } from "../src/index.ts";
import { createSwitch } from "../src/index.ts";
import { ContactShelf, House, hash, home, passwordOf } from "./house.ts";
import { Office } from "./office.ts";

/** Core, switch, sound and phones on real sockets: whoever is left hears whom they should. */
const clock = clockOf(globalThis);
const random = randomOf(globalThis);

let sound: SoundEngine;
let sip: SipSwitch;
let office: Office;
let phones: Phone[];
let port: number;

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
    transports: nodeTransports({ address: "127.0.0.1", udpPort: 0 }),
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
  office = new Office({ sip, house, clock, settle: () => Promise.resolve() });
  phones = [];
  port = (await sip.listen())[0]?.port ?? 0;
});

afterEach(async () => {
  await Promise.all(phones.map((phone) => phone.close()));
  await office.close();
  await sip.close();
  await sound.stopAll();
  expect(sip.describe()).toMatchObject({ legs: [], timers: 0, sip: { timers: 0, connections: 0 } });
});

/** A registered phone that sends a tone. */
async function phone(user: string, frequencyHz: number, more: Partial<PhoneOptions> = {}): Promise<Phone> {
  const made = await createPhone({
    clock,
    random,
    hash,
    server: { address: "127.0.0.1", port, transport: "udp" },
    user,
    password: passwordOf(user),
    domain: home.domain,
    sound: { frequencyHz },
    ...more,
  });
  phones.push(made);
  await made.register();
  return made;
}

/** One phone calls another, which answers by itself: the call at either end. */
async function talk(from: Phone, to: Phone): Promise<readonly [PhoneCall, PhoneCall]> {
  const call = from.call(to.user);
  const taken = await to.nextCall();
  await Promise.all([call.answered(), taken.answered()]);
  return [call, taken];
}

const hear = (a: PhoneCall, bSends: number, b: PhoneCall, aSends: number): Promise<unknown> =>
  Promise.all([a.hears(bSends), b.hears(aSends)]);

test("a call that is sent on to a number is heard there, and its phone shows where it is", async () => {
  const ann = await phone("101", 440);
  const bob = await phone("102", 880, { answer: "auto" });
  const carol = await phone("103", 1300, { answer: "auto" });
  const [near, far] = await talk(ann, bob);
  await hear(near, 880, far, 440);
  expect(await far.transfer("103")).toBe(200);
  const third = await carol.nextCall();
  await hear(near, 1300, third, 440);
  await near.showsNumber("103");
  await far.ended();
  await near.hangUp();
  await third.ended();
});

test("a call that is sent on to whom its phone talks with leaves the two to each other", async () => {
  const ann = await phone("101", 440);
  const bob = await phone("102", 880, { answer: "auto" });
  const carol = await phone("103", 1300, { answer: "auto" });
  const [near, far] = await talk(ann, bob);
  await far.hold();
  const [asking, third] = await talk(bob, carol);
  expect(await far.transfer(asking)).toBe(200);
  await hear(near, 1300, third, 440);
  await Promise.all([near.showsNumber("103"), third.showsNumber("101")]);
  await Promise.all([far.ended(), asking.ended()]);
  await third.hangUp();
  await near.ended();
});

test("a phone takes over the call of another of the same user", async () => {
  const ann = await phone("101", 440);
  const bob = await phone("102", 880, { answer: "auto" });
  const [near, far] = await talk(ann, bob);
  const second = await phone("102", 1300);
  const taking = second.call("101", { replaces: far });
  await taking.answered();
  await hear(near, 1300, taking, 440);
  await far.ended();
  await taking.hangUp();
  await near.ended();
});

test("a phone that rings takes the call when it is told to by command", async () => {
  const ann = await phone("101", 440);
  const bob = await phone("102", 880, { obeysTalk: true });
  const call = ann.call("102");
  const ringing = await bob.nextCall();
  await call.ringing();
  await office.command(office.leg("102"), { type: "answer" });
  await hear(call, 880, ringing, 440);
  expect(ringing.events).toEqual(["talk"]);
  await call.hangUp();
  await ringing.ended();
});

test("three who meet in a room hear one another", async () => {
  const ann = await phone("101", 440);
  const bob = await phone("102", 880, { answer: "auto" });
  const carol = await phone("103", 1300, { answer: "auto" });
  const [near, far] = await talk(ann, bob);
  await office.command(office.leg("101"), { type: "invite", number: "103" });
  const third = await carol.nextCall();
  await third.answered();
  await far.play("silence");
  await hear(near, 1300, third, 440);
  await far.hangUp();
  await hear(near, 1300, third, 440);
  await near.hangUp();
  await third.ended();
});
