import { ms } from "@cordboard/kernel";
import { digitSteps, parseRtp, printPlainRtp, printTelephoneEvent, readRtp, rtpFields } from "@cordboard/rtp";
import type { AgreedAudio } from "@cordboard/sip";
import { PCMU, TELEPHONE_EVENT } from "@cordboard/sip";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { RtpReceiver } from "./rtp-receiver.ts";

const agreed: AgreedAudio = {
  remote: { address: "127.0.0.1", port: 4000 },
  remoteRtcp: { address: "127.0.0.1", port: 4001 },
  codecs: [{ codec: PCMU, sendAs: 0, receiveAs: 0, remoteFmtp: undefined }],
  telephoneEvent: { codec: TELEPHONE_EVENT, sendAs: 101, receiveAs: 101, remoteFmtp: undefined },
  direction: "sendrecv",
  isHeld: false,
  ptimeMs: undefined,
  protection: undefined,
};

let clock: ManualClock;
let receiver: RtpReceiver;
let digits: string;

beforeEach(() => {
  clock = manualClock();
  digits = "";
  receiver = new RtpReceiver(clock, (digit) => {
    digits += digit;
  });
});

function receive(bytes: Uint8Array): boolean {
  const fields = rtpFields();
  return readRtp(bytes, fields) && receiver.receive(bytes, fields, agreed) !== undefined;
}

interface Sent {
  readonly sequence: number;
  readonly ssrc?: number;
  readonly payload?: number;
  readonly body?: Uint8Array;
  readonly timestamp?: number;
}

const send = ({
  sequence,
  ssrc = 1,
  payload = 0,
  body = new Uint8Array(160),
  timestamp = 160 * sequence,
}: Sent): boolean =>
  receive(printPlainRtp({ marker: false, payload, sequence: sequence & 0xffff, timestamp, ssrc }, body));

test("counts what came and what did not, over the wrap of the sequence", () => {
  for (const sequence of [65_533, 65_534, 65_536, 65_538]) {
    send({ sequence });
    clock.advance(ms(20));
  }
  expect(receiver.statistics()).toMatchObject({ received: 4, lost: 2 });
});

test("goes on counting when another source speaks", () => {
  for (const sequence of [1, 2, 4]) send({ sequence });
  for (const sequence of [900, 902]) send({ sequence, ssrc: 2 });
  expect(receiver.statistics()).toMatchObject({ received: 5, lost: 2 });
});

test("packets at an even pace have no jitter, others have", () => {
  for (let sequence = 0; sequence < 50; sequence++) {
    send({ sequence });
    clock.advance(ms(20));
  }
  expect(receiver.statistics().jitterMs).toBeCloseTo(0);
  for (let sequence = 50; sequence < 150; sequence++) {
    send({ sequence });
    clock.advance(ms(sequence % 2 === 0 ? 10 : 30));
  }
  expect(receiver.statistics().jitterMs).toBeCloseTo(10, 0);
});

test("hears each digit once, though its packets are many and some are lost", () => {
  let sequence = 10;
  for (const digit of "11#") {
    const timestamp = 160 * sequence;
    for (const [i, { event }] of digitSteps(digit).entries()) {
      sequence++;
      if (i !== 2) send({ sequence, payload: 101, timestamp, body: printTelephoneEvent(event) });
      clock.advance(ms(20));
    }
    send({ sequence: ++sequence });
  }
  expect(digits).toBe("11#");
});

test("a digit whose end is lost is heard once sound goes on", () => {
  const [step] = digitSteps("7");
  if (step !== undefined) send({ sequence: 1, payload: 101, body: printTelephoneEvent(step.event) });
  clock.advance(ms(200));
  expect(digits).toBe("");
  send({ sequence: 11 });
  expect(digits).toBe("7");
});

test("listeners get sound in its order in time, and nothing after they have left", () => {
  const heard: number[] = [];
  const stop = receiver.listen((samples) => void heard.push(samples.length));
  for (const sequence of [5, 6, 8, 7]) send({ sequence });
  stop();
  send({ sequence: 9 });
  expect(heard).toEqual([160, 160, 320]);
});

test("a payload type that was not agreed is not ours", () => {
  expect(send({ sequence: 1, payload: 18 })).toBe(false);
  expect(receiver.statistics().received).toBe(0);
});

test("no bytes whatever upset it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(receive(bytes)).toBe(parseRtp(bytes).ok && [0, 101].includes((bytes[1] ?? 0) & 0x7f));
    }),
  );
});
