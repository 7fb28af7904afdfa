import { ms } from "@cordboard/kernel";
import type { RtpPacket } from "@cordboard/rtp";
import { parseRtp, parseTelephoneEvent, sequenceDistance, timestampDistance } from "@cordboard/rtp";
import type { AgreedAudio, AudioCodec } from "@cordboard/sip";
import { G722, OPUS, PCMA, TELEPHONE_EVENT } from "@cordboard/sip";
import { expect, test } from "vitest";
import { RtpSender } from "./rtp-sender.ts";
import { Clip } from "./sound-source.ts";

const agreedOn = (codec: AudioCodec): AgreedAudio => ({
  remote: { address: "127.0.0.1", port: 4000 },
  remoteRtcp: { address: "127.0.0.1", port: 4001 },
  codecs: [{ codec, sendAs: 99, receiveAs: 98, remoteFmtp: undefined }],
  telephoneEvent: { codec: TELEPHONE_EVENT, sendAs: 97, receiveAs: 96, remoteFmtp: undefined },
  direction: "sendrecv",
  isHeld: false,
  ptimeMs: undefined,
  protection: undefined,
});

/** A sender whose counters start at their last number. */
function aboutToWrap(): RtpSender {
  const sender = new RtpSender({ bytes: (count) => new Uint8Array(count).fill(255) });
  sender.clip = new Clip(new Int16Array(8000), true);
  return sender;
}

function packets(sender: RtpSender, count: number, agreed: AgreedAudio): RtpPacket[] {
  return Array.from({ length: count }, () => {
    const packet = sender.next(agreed);
    if (packet === undefined) throw new Error("no packet");
    const parsed = parseRtp(packet);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  });
}

test.each([
  { codec: PCMA, units: 160 },
  { codec: G722, units: 160 },
  { codec: OPUS, units: 960 },
])("$codec.name: counters rise over their wraps by one packet and $units units", ({ codec, units }) => {
  const sent = packets(aboutToWrap(), 5, agreedOn(codec));
  for (const [i, packet] of sent.entries()) {
    const before = sent[i - 1];
    expect(packet).toMatchObject({ payload: 99, ssrc: 0xffff_ffff, marker: i === 0 });
    if (before === undefined) continue;
    expect(sequenceDistance(before.sequence, packet.sequence)).toBe(1);
    expect(timestampDistance(before.timestamp, packet.timestamp)).toBe(units);
  }
});

test("after a pause the timestamp has moved on, the sequence has not, and a new spurt is marked", () => {
  const sender = aboutToWrap();
  const agreed = agreedOn(PCMA);
  const [before] = packets(sender, 1, agreed);
  sender.skip(49, agreed);
  const [after] = packets(sender, 1, agreed);
  expect(after?.marker).toBe(true);
  expect(sequenceDistance(before?.sequence ?? 0, after?.sequence ?? 0)).toBe(1);
  expect(timestampDistance(before?.timestamp ?? 0, after?.timestamp ?? 0)).toBe(8000);
});

test("a digit takes the place of sound, under one timestamp, and ends three times", () => {
  const sender = aboutToWrap();
  let isSent = false;
  sender.queueDigits("5", ms(60), ms(40), () => {
    isSent = true;
  });
  const sent = packets(sender, 6, agreedOn(PCMA));
  const events = sent.filter(({ payload }) => payload === 97);
  expect(events.map(({ body }) => parseTelephoneEvent(body))).toMatchObject([
    { event: 5, isEnd: false, duration: 160 },
    { event: 5, isEnd: false, duration: 320 },
    { event: 5, isEnd: true, duration: 480 },
    { event: 5, isEnd: true, duration: 480 },
    { event: 5, isEnd: true, duration: 480 },
  ]);
  expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1);
  expect(events.map(({ marker }) => marker)).toEqual([true, false, false, false, false]);
  expect([sent.at(-1)?.payload, isSent]).toEqual([99, false]);
  packets(sender, 1, agreedOn(PCMA));
  expect(isSent).toBe(true);
});

test("without sound only digits are sent", () => {
  const sender = new RtpSender({ bytes: (count) => new Uint8Array(count) });
  expect([sender.isBusy, sender.next(agreedOn(PCMA))]).toEqual([false, undefined]);
  sender.queueDigits("1", ms(20), ms(0), () => {});
  expect(sender.isBusy).toBe(true);
  expect(packets(sender, 3, agreedOn(PCMA)).every(({ payload }) => payload === 97)).toBe(true);
  expect(sender.isBusy).toBe(false);
});
