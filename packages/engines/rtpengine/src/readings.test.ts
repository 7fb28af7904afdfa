import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Bencoded } from "./bencode.ts";
import { dictionary } from "./bencode.ts";
import { readLocalMedia } from "./local-media.ts";
import { readCall, readCallIds, readDigitNotice, readStatistics } from "./readings.ts";

/** A value of bencode for plain data, as rtpengine would send it. */
const coded = (value: unknown): Bencoded =>
  Array.isArray(value)
    ? value.map(coded)
    : typeof value === "object" && value !== null
      ? new Map(Object.entries(value).map(([name, each]) => [name, coded(each)]))
      : (value as Bencoded);
const reply = (value: Readonly<Record<string, unknown>>) =>
  dictionary(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coded(each)])));

const statistics = {
  currentstatistics: { sessionsown: 3 },
  totalstatistics: { uptime: "125" },
  interfaces: [{ ports: { used: 16, free: 984 } }, { ports: { used: 2, free: 8 } }, {}],
};

describe("what rtpengine answers", () => {
  test("tells how it does", () =>
    expect(readStatistics(reply({ statistics }))).toEqual({ calls: 3, upFor: 125_000, portsFree: 992 }));

  test.each([
    {},
    { statistics: 1 },
    { statistics: { ...statistics, totalstatistics: {} } },
    { statistics: { ...statistics, totalstatistics: { uptime: "x" } } },
    { statistics: { ...statistics, currentstatistics: { sessionsown: "3" } } },
  ])("tells nothing of it: %j", (wrong) => expect(readStatistics(reply(wrong))).toBeUndefined());

  test("tells which calls it holds", () => {
    expect(readCallIds(reply({ calls: ["one", 2, "three"] }))).toEqual(["one", "three"]);
    expect(readCallIds(reply({ calls: "one" }))).toEqual([]);
  });

  test("tells what a call has carried", () => {
    const place = { family: "IPv4", address: "192.0.2.1", port: 4000 };
    const rtp = { endpoint: place, "last packet": 9, flags: ["RTP", "confirmed"], stats: { packets: 50, errors: 2 } };
    const rtcp = { endpoint: { ...place, port: 4001 }, "advertised endpoint": place, stats: { packets: 1 } };
    const tags = { a: { medias: [{ streams: [rtp, rtcp] }] }, b: { medias: [] }, c: 1 };
    const at = { address: "192.0.2.1", port: 4000 };
    expect([...readCall(reply({ tags }))]).toEqual([
      [
        "a",
        {
          rtp: { packets: 50, errors: 2, endpoint: at, isConfirmed: true },
          rtcp: { packets: 1, errors: 0, endpoint: { ...at, port: 4001 }, isConfirmed: false },
          report: undefined,
        },
      ],
    ]);
    expect(readCall(reply({})).size).toBe(0);
  });

  test.each([
    [7, 7],
    [0, 0],
    [0xff_fffe, 0],
  ])("tells what hearers report of a side's sound, %i packets lost", (told, packetsLost) => {
    const rtp = { endpoint: { address: "192.0.2.1", port: 4000 }, stats: {}, SSRC: 4_000_000_001 };
    const mean = { samples: 3, jitter: 4, "round-trip time": 90_500, "round-trip time leg": 30_500, "packet loss": 1 };
    const SSRC = { "4000000001": { "cumulative loss": told, "average MOS": mean }, "5": {} };
    const side = (changes: object) => ({ medias: [{ streams: [{ ...rtp, ...changes }] }] });
    const tags = { a: side({}), b: side({ SSRC: 5 }), c: side({ SSRC: 6 }), d: side({ SSRC: "x" }) };
    const read = readCall(reply({ tags, SSRC }));
    expect(read.get("a")?.report).toEqual({ reports: 3, packetsLost, jitterMs: 4, roundTripMs: 30.5 });
    for (const silent of ["b", "c", "d"]) expect(read.get(silent)?.report).toBeUndefined();
  });

  test.each([
    [0, "0"],
    [9, "9"],
    [10, "*"],
    [11, "#"],
    [15, "D"],
  ])("event %i is the digit %s", (event, digit) => {
    const data = { callid: "c", source_tag: "leg_A", type: "DTMF", event, duration: 120 };
    const told = { callId: "c", leg: "leg_A", digit, lasted: 120 };
    expect(readDigitNotice(reply({ notify: "onDTMF", data }))).toEqual(told);
  });

  test.each([
    { notify: "onDTMF" },
    { notify: "onDTMF", data: { callid: "c", source_tag: "a", event: 16 } },
    { notify: "onDTMF", data: { callid: "c", source_tag: "a", event: "5" } },
    { notify: "onDTMF", data: { callid: "c", event: 5 } },
    { notify: "onSomething", data: { callid: "c", source_tag: "a", event: 5 } },
  ])("is no digit: %j", (wrong) => expect(readDigitNotice(reply(wrong))).toBeUndefined());

  const sdp = (...lines: readonly string[]): string =>
    ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 192.0.2.7", "t=0 0", ...lines, ""].join("\r\n");

  test("tells where to send", () => {
    expect(readLocalMedia(reply({ sdp: sdp("m=audio 30000 RTP/AVP 8", "a=rtcp:30001") }))).toEqual({
      address: "192.0.2.7",
      port: 30_000,
      rtcpPort: 30_001,
    });
    expect(readLocalMedia(reply({ sdp: sdp("m=audio 30000 RTP/AVP 8", "c=IN IP4 192.0.2.8") }))).toMatchObject({
      address: "192.0.2.8",
      rtcpPort: 30_001,
    });
  });

  test("tells a browser how to find it", () => {
    const lines = [
      "m=audio 30000 UDP/TLS/RTP/SAVPF 8",
      "a=rtcp:30000",
      "a=fingerprint:sha-256 AA:BB",
      "a=ice-ufrag:abcd",
      "a=ice-pwd:efghefghefghefghefghef",
      "a=candidate:f1 1 UDP 2130706431 192.0.2.7 30000 typ host",
      "a=candidate:f1 2 UDP 2130706430 192.0.2.7 30001 typ host",
      "a=candidate:f2 1 TCP 1 192.0.2.7 9 typ host",
      "a=candidate:",
    ];
    expect(readLocalMedia(reply({ sdp: sdp(...lines) }))?.webRtc).toEqual({
      ice: { usernameFragment: "abcd", password: "efghefghefghefghefghef" },
      fingerprint: { hash: "sha-256", value: "AA:BB" },
      candidates: [{ foundation: "f1", priority: 2_130_706_431, address: "192.0.2.7", port: 30_000, type: "host" }],
    });
  });

  test.each([{}, { sdp: 1 }, { sdp: "" }, { sdp: sdp() }, { sdp: sdp("m=audio 0 RTP/AVP 8") }])(
    "tells no place: %j",
    (wrong) => expect(readLocalMedia(reply(wrong))).toBeUndefined(),
  );

  test("is read without an exception, whatever it is", () => {
    const names = fc.constantFrom(
      "statistics",
      "tags",
      "medias",
      "streams",
      "endpoint",
      "notify",
      "data",
      "sdp",
      "SSRC",
      "a",
    );
    const value = fc.letrec<{ value: Bencoded }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<Bencoded>("onDTMF", sdp("m=audio x")),
        fc.string(),
        fc.integer(),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.array(fc.tuple(names, tie("value")), { maxLength: 4 }).map((list) => new Map(list)),
      ),
    })).value;
    fc.assert(
      fc.property(fc.array(fc.tuple(names, value)), (entries) => {
        const any = new Map(entries);
        for (const read of [readStatistics, readCallIds, readCall, readDigitNotice, readLocalMedia]) read(any);
      }),
    );
  });
});
