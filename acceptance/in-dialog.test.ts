import { describe, test } from "vitest";
import { withSippOffice } from "./sipp-office.ts";
import type { SippContent, SippHearing, SippSound, SippStep } from "./sipp-scenario.ts";
import {
  acknowledge,
  acknowledgeRefusal,
  answer,
  answerCall,
  called,
  calling,
  dial,
  dialAndTalk,
  hangUp,
  hear,
  hearAnswer,
  hearCall,
  hearHangUp,
  offerAgain,
  pause,
  pickUp,
  request,
} from "./sipp-scenario.ts";

const me = calling();

describe("in a talk", () => {
  const office = withSippOffice(["201", "202"]);
  const waits = [...pickUp(), ...hearHangUp()];
  const talks = (...steps: readonly SippStep[]): readonly SippStep[] => [...dialAndTalk("202"), ...steps];

  test.each<{ what: string; sound: SippSound; ours: string }>([
    { what: "holds by sendonly", sound: { direction: "sendonly" }, ours: "a=recvonly" },
    { what: "holds by inactive", sound: { direction: "inactive" }, ours: "a=inactive" },
    { what: "holds by 0.0.0.0", sound: { address: "0.0.0.0" }, ours: "a=(recvonly|inactive)" },
    { what: "wants only to hear", sound: { direction: "recvonly" }, ours: "a=sendonly" },
    { what: "moves to another port", sound: { port: "[media_port+10]" }, ours: "a=sendrecv" },
  ])("a phone $what, and takes that back", ({ sound, ours }) =>
    office.play({
      "201": talks(
        ...offerAgain(me, 3, { ...sound, version: 2 }, { wants: [ours] }),
        ...offerAgain(me, 4, { version: 3 }, { wants: ["a=sendrecv"] }),
        ...hangUp(me, 5),
      ),
      "202": waits,
    }),
  );

  test("a phone asks for our offer by a re-INVITE without one, and answers in its ACK", () =>
    office.play({
      "201": talks(
        request("INVITE", me, 3),
        hear(100, { may: "be" }),
        hear(200, { wants: ["m=audio [0-9]+ RTP/AVP 0 8 101"] }),
        acknowledge(me, 3, { sound: { codecs: [8], version: 2 } }),
        ...hangUp(me, 4),
      ),
      "202": waits,
    }));

  test("what one side changes to is offered to the other, who may refuse it and talks on", () => {
    const refusing = [hear("INVITE", { wants: ["RTP/AVP 8 101"] }), answer(488), hear("ACK"), ...hangUp(called, 1)];
    return office.play({
      "201": talks(...offerAgain(me, 3, { codecs: [8], version: 2 }), ...hearHangUp()),
      "202": [...pickUp(), ...refusing],
    });
  });

  test("an offer of nothing that the other has is refused, and the talk goes on", () => {
    const offer = request("INVITE", me, 3, { sound: { codecs: [9], version: 2 } });
    return office.play({
      "201": talks(offer, hear(100, { may: "be" }), hear(488), acknowledgeRefusal(me, 3, offer), ...hangUp(me, 4)),
      "202": waits,
    });
  });

  const relayed = (type: string, text: string): SippContent => ({ body: { type, text } });
  test.each<{ method: string; content: SippContent; status: number; wants?: readonly string[]; what: string }>([
    { method: "UPDATE", what: "without an offer", content: {}, status: 200 },
    { method: "UPDATE", what: "with one", content: { sound: { version: 2 } }, status: 200, wants: ["m=audio"] },
    { method: "UPDATE", what: "with what nobody has", content: { sound: { codecs: [9], version: 2 } }, status: 488 },
    {
      method: "INFO",
      what: "with a digit",
      content: relayed("application/dtmf-relay", "Signal=5\nDuration=160"),
      status: 200,
    },
    { method: "INFO", what: "with a bare digit", content: relayed("application/dtmf", "7"), status: 200 },
    {
      method: "INFO",
      what: "with a picture",
      content: relayed("image/png", "?"),
      status: 415,
      wants: ["Accept: .*dtmf"],
    },
    { method: "INFO", what: "with nothing", content: {}, status: 200 },
    { method: "OPTIONS", what: "", content: {}, status: 200, wants: ["Allow: .*REFER", "Accept: *application/sdp"] },
    { method: "PUBLISH", what: "which nobody serves", content: {}, status: 405, wants: ["Allow: "] },
    { method: "NONSENSE", what: "which nobody knows", content: {}, status: 405 },
  ])("$method $what gets $status, and the talk goes on", ({ method, content, status, wants = [] }) => {
    const asks = [request(method, me, 3, content), hear(status, { wants }), ...hangUp(me, 4)];
    return office.play({ "201": talks(...asks), "202": waits });
  });

  test("the reason for its end is told to the other side", () =>
    office.play({
      "201": talks(
        request("BYE", me, 3, { headers: ['Reason: Q.850;cause=31;text="Normal, unspecified"'] }),
        hear(200),
      ),
      "202": [...pickUp(), ...hearHangUp({ wants: ["Reason: *Q.850;cause=31"] })],
    }));
});

describe("before the answer", () => {
  const office = withSippOffice(["201", "202"]);
  const prack = (cseq: number, content: SippContent = {}): readonly SippStep[] => [
    request("PRACK", me, cseq, { ...content, headers: ["RAck: [$rseq] 2 INVITE"] }),
    hear(200),
  ];
  const reliably: SippHearing = {
    wants: ["Require: *100rel"],
    keep: { rseq: ["RSeq", "[0-9]+"], remote: ["To", ".*"], target: ["Contact", "<([^>]*)>"] },
  };

  test("a caller who requires it acknowledges each sign, may be there, and cannot offer again", () =>
    office.play({
      "201": [
        ...dial("202", me, { sound: {}, headers: ["Require: 100rel"] }),
        hear(180, reliably),
        ...prack(3),
        request("UPDATE", me, 4),
        hear(200),
        request("UPDATE", me, 5, { sound: { version: 2 } }),
        hear(500, { wants: ["Retry-After: *[0-9]"] }),
        hearAnswer(me),
        acknowledge(me, 2),
        ...hangUp(me, 6),
      ],
      "202": [hearCall(), answerCall(180), pause(300), answerCall(200, { sound: {} }), hear("ACK"), ...hearHangUp()],
    }));

  test("a caller who only supports it has nothing to acknowledge", () =>
    office.play({
      "201": [
        ...dial("202", me, { sound: {}, headers: ["Supported: 100rel"] }),
        hear(180),
        hearAnswer(me),
        acknowledge(me, 2),
        ...hangUp(me, 3),
      ],
      "202": [...pickUp(), ...hearHangUp()],
    }));

  test("whoever is called has its sound acknowledged, and may change it before it answers", () =>
    office.play({
      "201": [
        ...dial("202"),
        hear(183, { may: "be" }),
        hear(180, { may: "be" }),
        hearAnswer(me),
        acknowledge(me, 2),
        ...hangUp(me, 3),
      ],
      "202": [
        hearCall({ wants: ["Supported: .*100rel"] }),
        answerCall(183, { sound: {}, headers: ["Require: 100rel", "RSeq: 41"] }),
        hear("PRACK", { wants: ["RAck: *41 [0-9]+ INVITE"] }),
        answer(200),
        request("UPDATE", called, 1, { sound: { codecs: [8], version: 2 } }),
        hear(200, { wants: ["RTP/AVP 8 101"] }),
        request("UPDATE", called, 2),
        hear(200),
        answerCall(200),
        hear("ACK"),
        ...hearHangUp(),
      ],
    }));
});

describe("the timer of a session", () => {
  const office = withSippOffice(["201", "202"]);
  const waits = [...pickUp(), ...hearHangUp()];
  const timed = (...headers: readonly string[]): SippContent => ({
    sound: {},
    headers: ["Supported: timer", ...headers],
  });

  test.each([
    { asked: "Session-Expires: 90", granted: "Session-Expires: *90;refresher=uac" },
    { asked: "Session-Expires: 90;refresher=uac", granted: "Session-Expires: *90;refresher=uac" },
    { asked: "Session-Expires: 1800;refresher=uas", granted: "Session-Expires: *1800;refresher=uas" },
  ])("$asked is granted", ({ asked, granted }) =>
    office.play({
      "201": [
        ...dial("202", me, timed(asked, "Min-SE: 90", "Allow: INVITE, ACK, BYE, UPDATE")),
        hear(180, { may: "be" }),
        hearAnswer(me, { wants: [granted] }),
        acknowledge(me, 2),
        request("UPDATE", me, 3, { headers: [asked, "Supported: timer"] }),
        hear(200, { wants: ["Session-Expires: *[0-9]+;refresher="] }),
        ...hangUp(me, 4),
      ],
      "202": waits,
    }),
  );

  test("that is too short is refused with what is long enough", () =>
    office.play({
      "201": [
        ...dialAndTalk("202"),
        request("UPDATE", me, 3, { headers: ["Session-Expires: 30", "Supported: timer"] }),
        hear(422, { wants: ["Min-SE: *90"] }),
        ...hangUp(me, 4),
      ],
      "202": waits,
    }));

  test("is raised for whoever wants a longer one", () =>
    office.play({
      "201": [...dialAndTalk("202"), ...hangUp(me, 3)],
      "202": [
        hearCall({ wants: ["Session-Expires: "] }),
        answerCall(422, { headers: ["Min-SE: 4000"] }),
        hear("ACK"),
        hearCall({ wants: ["Session-Expires: *4000", "Min-SE: *4000"] }),
        answerCall(200, { sound: {}, headers: ["Require: timer", "Session-Expires: 4000;refresher=uac"] }),
        hear("ACK"),
        ...hearHangUp(),
      ],
    }));
});
