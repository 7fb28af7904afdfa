import { createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { IceCredentials, NegotiatedMedia } from "@cordboard/core";
import type { StunCrypto } from "@cordboard/ice";
import { parseStun, printStun } from "@cordboard/ice";
import { leaveOut } from "@cordboard/testkit/left-out";
import { rtpengineMissing } from "@cordboard/testkit/rtpengine";
import { describe, expect, onTestFinished, test } from "vitest";
import { leg, Rig } from "./rig.ts";

const [A, B] = [leg("A"), leg("B")];
const [USERNAME, PRIORITY, CONTROLLING] = [0x0006, 0x0024, 0x802a];
const crypto: StunCrypto = { hmacSha1: (key, bytes) => createHmac("sha1", key).update(bytes).digest() };

/** A browser's socket: how a check by these credentials is answered there. */
async function browserSocket() {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const check = async (port: number, ours: IceCredentials, theirs: IceCredentials): Promise<string> => {
    const transaction = randomBytes(12);
    const attributes = [
      { type: USERNAME, value: Buffer.from(`${theirs.usernameFragment}:${ours.usernameFragment}`) },
      { type: PRIORITY, value: Buffer.from([0x7e, 0xff, 0xff, 0xff]) },
      { type: CONTROLLING, value: randomBytes(8) },
    ];
    const signing = { key: Buffer.from(theirs.password), crypto };
    const answered = new Promise<string>((resolve) => {
      const listen = (bytes: Buffer): void => {
        const message = parseStun(bytes);
        if (!message.ok || !transaction.equals(message.value.transaction)) return;
        socket.off("message", listen);
        resolve(message.value.class);
      };
      socket.on("message", listen);
    });
    socket.send(printStun({ class: "request", transaction, attributes }, signing), port, "127.0.0.1");
    return answered;
  };
  return { port: socket.address().port, check };
}

describe("a browser that begins its ICE anew", () => {
  const missing = rtpengineMissing();
  if (missing !== undefined) leaveOut(missing);

  test("is let in by what it was answered with, and no more by what was before", async () => {
    const rig = await Rig.start([{}]);
    onTestFinished(() => rig.end());
    const browser = await browserSocket();
    const opened = await rig.engine.open(A, { address: "127.0.0.1", isWebRtc: true });
    if (!opened.ok || opened.value.webRtc === undefined) throw new Error("not opened for a browser");
    const { port, webRtc } = opened.value;
    const agreed = (localIce: IceCredentials, remoteIce: IceCredentials): NegotiatedMedia => ({
      remote: { address: "127.0.0.1", port: browser.port, rtcpPort: browser.port },
      codecs: [{ payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 }],
      digitsPayload: 101,
      direction: "sendrecv",
      protection: {
        kind: "webrtc",
        ...{ localIce, remoteIce, isRemoteLite: false, isControlling: false, dtlsRole: "server" },
        candidates: [
          { foundation: "1", priority: 2_130_706_431, address: "127.0.0.1", port: browser.port, type: "host" },
        ],
        fingerprints: [webRtc.fingerprint],
      },
    });
    const first: IceCredentials = { usernameFragment: "first", password: "the/first/password/of/it" };
    const second: IceCredentials = { usernameFragment: "second", password: "the/second/password/of/it" };
    rig.engine.connect(A, agreed(webRtc.ice, first));
    await rig.talking(B, { frequencyHz: 620 }, A);
    rig.engine.bridge(A, B);
    await expect.poll(() => browser.check(port, first, webRtc.ice)).toBe("success");
    const renewed = await rig.engine.renewIce(A, second);
    if (renewed === undefined) throw new Error("not renewed");
    rig.engine.connect(A, agreed(renewed, second));
    await expect.poll(() => browser.check(port, first, webRtc.ice)).toBe("error");
    for (const _again of [1, 2, 3]) expect(await browser.check(port, second, renewed)).toBe("success");
  });
});
