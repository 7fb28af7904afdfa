import { seededRandom } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printPlainRtp } from "../packet.ts";
import { nodeSrtpCrypto as crypto } from "../transport/srtp-crypto.ts";
import { counterOf, nonceOf } from "./nonce.ts";
import { packetIndex } from "./packet-window.ts";
import type { SrtpProfile } from "./profile.ts";
import { srtpProfileNamed, srtpProfiles } from "./profile.ts";
import type { SrtpMasterKey } from "./session-keys.ts";
import { masterKeyOf, sessionKeysOf } from "./session-keys.ts";
import { SrtcpStream } from "./srtcp.ts";
import { SrtpStream } from "./srtp.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (found: Uint8Array | undefined): string | undefined => found && Buffer.from(found).toString("hex");

function master(name: string, keyAndSalt: string): SrtpMasterKey {
  const profile = srtpProfileNamed(name);
  const key = profile === undefined ? undefined : masterKeyOf(profile, bytes(keyAndSalt));
  if (key === undefined) throw new Error(`no key for ${name}`);
  return key;
}

function anyMaster(profile: SrtpProfile, seed = 1): SrtpMasterKey {
  const key = masterKeyOf(profile, seededRandom(seed).bytes(profile.keyBytes + profile.saltBytes));
  if (key === undefined) throw new Error("no key");
  return key;
}

const rtp = (sequence: number, text = "some sound", ssrc = 0xcafe_babe): Uint8Array =>
  printPlainRtp({ marker: false, payload: 8, sequence, timestamp: 160 * sequence, ssrc }, Buffer.from(text));

const CM = "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6";
const GCM = "000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab";
const PLAIN_RTP = `800f1234 decafbad cafebabe ${"ab".repeat(16)}`;
const PLAIN_RTCP = `81c8000b cafebabe ${"ab".repeat(16)}`;

describe("known answers", () => {
  test("session keys of counter mode (RFC 3711 B.3)", () => {
    const keys = sessionKeysOf(crypto, master("AES_CM_128_HMAC_SHA1_80", CM), "rtp");
    expect(hex(keys.cipher)).toBe("c61e7a93744f39ee10734afe3ff7a087");
    expect(hex(keys.salt)).toBe("30cbbc08863d8c85d49db34a9ae1");
    expect(hex(keys.authentication)).toBe("cebe321f6ff7716b6fd4ab49af256a156d38baa4");
  });

  test("session keys of counter mode with 256 bits (RFC 6188 §7.4)", () => {
    const keys = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2";
    const found = sessionKeysOf(crypto, master("AES_256_CM_HMAC_SHA1_80", keys), "rtp");
    expect(hex(found.cipher)).toBe("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
    expect(hex(found.salt)).toBe("fa31791685ca444a9e07c6c64e93");
    expect(hex(found.authentication)).toBe("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
  });

  test.each([
    {
      name: "128 bits (RFC 3711 B.2)",
      key: "2b7e151628aed2a6abf7158809cf4f3c",
      first: "e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab 41e95b3bb0a2e8dd477901e4fca894c0",
      last: "ec8cdf7398607cb0f2d21675ea9ea1e4 362b7c3c6773516318a077d7fc5073ae 6a2cc3787889374fbeb4c81b17ba6c44",
    },
    {
      name: "256 bits (RFC 6188 §7.1)",
      key: "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
      first: "92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac 63c4868b7096d88421b563b8c94c9a31",
      last: "cea518c90fd91ced9cbb18c078a54711 3dbc4814f4da5f00a08772b63c6a046d 6eb246913062a16891433e97dd01a57f",
    },
  ])("the key stream of counter mode with $name", ({ key, first, last }) => {
    const counter = counterOf({ ssrc: 0, index: 0, salt: bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfd") });
    const stream = crypto.counterMode(bytes(key))(counter, new Uint8Array(0xff02 * 16));
    expect(hex(stream.subarray(0, 48))).toBe(first.replaceAll(" ", ""));
    expect(hex(stream.subarray(0xfeff * 16))).toBe(last.replaceAll(" ", ""));
  });

  const gallia = { ssrc: 0x5501_a0b2, index: 0xf17b, known: "8040f17b8041f8d35501a0b2" };
  const mars = { ssrc: 0x4d61_7273, index: 0x5d4, known: "81c8000d4d617273800005d4" };
  const text = Buffer.from("Gallia est omnis divisa in partes tres").toString("hex");
  const report = "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
  test.each([
    {
      name: "§16.1, a packet of sound with 128 bits",
      packet: { ...gallia, bits: 128, plain: text, nonce: "51753c6580c2726f20718414" },
      sealed:
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
    },
    {
      name: "§16.2, a packet of sound with 256 bits",
      packet: { ...gallia, bits: 256, plain: text, nonce: "51753c6580c2726f20718414" },
      sealed:
        "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
    },
    {
      name: "§17.1, a report with 128 bits",
      packet: { ...mars, bits: 128, plain: report, nonce: "517524055203726f207170bb" },
      sealed:
        "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade",
    },
    {
      name: "§17.2, a report with 256 bits",
      packet: { ...mars, bits: 256, plain: report, nonce: "517524055203726f207170bb" },
      sealed:
        "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be",
    },
  ])("the nonce and the sealed packet of RFC 7714 $name", ({ packet, sealed }) => {
    const nonce = nonceOf({ ...packet, salt: bytes("517569642070726f2071756f") });
    expect(hex(nonce)).toBe(packet.nonce);
    const aead = crypto.aead(Uint8Array.from({ length: packet.bits / 8 }, (_, i) => i));
    expect(hex(aead.seal(nonce, bytes(packet.known), bytes(packet.plain)))).toBe(sealed);
    expect(hex(aead.open(nonce, bytes(packet.known), bytes(sealed)))).toBe(packet.plain);
  });

  test.each([
    {
      name: "AES_CM_128_HMAC_SHA1_80",
      keys: CM,
      rtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
      rtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    },
    {
      name: "AEAD_AES_128_GCM",
      keys: GCM,
      rtp: "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
      rtcp: "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
    },
  ])("packets that another implementation protects with $name", ({ name, keys, rtp, rtcp }) => {
    expect(hex(new SrtpStream(crypto, master(name, keys)).protect(bytes(PLAIN_RTP)))).toBe(rtp);
    expect(hex(new SrtpStream(crypto, master(name, keys)).unprotect(bytes(rtp)))).toBe(hex(bytes(PLAIN_RTP)));
    expect(hex(new SrtcpStream(crypto, master(name, keys)).unprotect(bytes(rtcp)))).toBe(hex(bytes(PLAIN_RTCP)));
  });
});

describe.each(srtpProfiles)("$name", (profile) => {
  const pair = (): readonly [SrtpStream, SrtpStream] => [
    new SrtpStream(crypto, anyMaster(profile)),
    new SrtpStream(crypto, anyMaster(profile)),
  ];
  const control = (): readonly [SrtcpStream, SrtcpStream] => [
    new SrtcpStream(crypto, anyMaster(profile)),
    new SrtcpStream(crypto, anyMaster(profile)),
  ];
  const sent = (stream: SrtpStream | SrtcpStream, packet: Uint8Array): Uint8Array => {
    const out = stream.protect(packet);
    if (out === undefined) throw new Error("not protected");
    return out;
  };

  test("what is protected is let through as it was, grown by the tag on its way", () => {
    const [ours, theirs] = pair();
    const wire = sent(ours, rtp(7));
    expect(wire.length).toBe(rtp(7).length + profile.tagBytes);
    expect(hex(wire)).not.toContain(Buffer.from("some sound").toString("hex"));
    expect(hex(theirs.unprotect(wire))).toBe(hex(rtp(7)));
  });

  test("a packet that comes again is refused, also when later ones were there before", () => {
    const [ours, theirs] = pair();
    const wires = [1, 2, 3, 4].map((sequence) => sent(ours, rtp(sequence)));
    for (const i of [0, 2, 3, 1]) expect(theirs.unprotect(Uint8Array.from(wires[i] ?? []))).toBeDefined();
    for (const wire of wires) expect(theirs.unprotect(Uint8Array.from(wire))).toBeUndefined();
  });

  test("what is older than the window is refused, though it never came", () => {
    const [ours, theirs] = pair();
    const old = sent(ours, rtp(1));
    const borderline = sent(ours, rtp(2));
    for (let sequence = 3; sequence <= 129; sequence++) theirs.unprotect(sent(ours, rtp(sequence)));
    expect(theirs.unprotect(old)).toBeUndefined();
    expect(theirs.unprotect(borderline)).toBeDefined();
  });

  test("the same number is never sent twice: another packet under the same key stream would give both away", () => {
    const [ours] = pair();
    sent(ours, rtp(9, "one"));
    expect(ours.protect(rtp(9, "two"))).toBeUndefined();
  });

  test("numbers wrap around any number of times", () => {
    const [ours, theirs] = pair();
    for (let i = 0; i < 140_000; i += 7_000) {
      const packet = rtp((60_000 + i) & 0xffff);
      expect(hex(theirs.unprotect(sent(ours, packet))), `at ${i}`).toBe(hex(packet));
    }
  });

  test("any changed bit is noticed, and nothing is taken note of", () => {
    const [ours, theirs] = pair();
    const wire = sent(ours, rtp(1));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 * wire.length - 1 }), (bit) => {
        const changed = Uint8Array.from(wire);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(theirs.unprotect(changed)).toBeUndefined();
      }),
    );
    expect(theirs.unprotect(wire)).toBeDefined();
  });

  test("another key opens nothing", () => {
    const [ours] = pair();
    expect(new SrtpStream(crypto, anyMaster(profile, 2)).unprotect(sent(ours, rtp(1)))).toBeUndefined();
  });

  test("a stranger's sources do not fill the table", () => {
    const [ours, theirs] = pair();
    const random = seededRandom(3);
    for (let i = 0; i < 300; i++) theirs.unprotect(random.bytes(60));
    for (let ssrc = 1; ssrc <= 128; ssrc++) expect(theirs.unprotect(sent(ours, rtp(1, "x", ssrc)))).toBeDefined();
    expect(ours.protect(rtp(1, "x", 129))).toBeUndefined();
    const [ourControl, theirControl] = control();
    const report = (ssrc: number): Uint8Array => bytes(`80c90001 ${ssrc.toString(16).padStart(8, "0")} 00000000`);
    for (let ssrc = 1; ssrc <= 128; ssrc++)
      expect(theirControl.unprotect(sent(ourControl, report(ssrc)))).toBeDefined();
    expect(ourControl.protect(report(129))).toBeUndefined();
  });

  test("each source counts its reports by itself", () => {
    const [, theirs] = control();
    const firstOf = (ssrc: string): Uint8Array => sent(control()[0], bytes(`81c8000b ${ssrc} ${"ab".repeat(16)}`));
    const wires = ["cafebabe", "decafbad"].map(firstOf);
    for (const wire of wires) expect(theirs.unprotect(wire)).toBeDefined();
    for (const wire of wires) expect(theirs.unprotect(wire)).toBeUndefined();
  });

  test("any bytes get an answer", () => {
    const [ours, theirs] = pair();
    const [ourControl, theirControl] = control();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (any) => {
        expect(theirs.unprotect(Uint8Array.from(any))).toBeUndefined();
        expect(theirControl.unprotect(any)).toBeUndefined();
        ours.protect(any);
        ourControl.protect(any);
      }),
    );
  });

  test("another worker goes on where the stream is", () => {
    const [ours, theirs] = pair();
    const first = sent(ours, rtp(65_535));
    theirs.unprotect(Uint8Array.from(first));
    const [moved, movedThere] = [ours, theirs].map(
      (stream) => new SrtpStream(crypto, anyMaster(profile), structuredClone(stream.snapshot())),
    );
    if (moved === undefined || movedThere === undefined) throw new Error("not moved");
    expect(movedThere.unprotect(first)).toBeUndefined();
    expect(moved.protect(rtp(65_535))).toBeUndefined();
    expect(hex(movedThere.unprotect(sent(moved, rtp(0))))).toBe(hex(rtp(0)));
  });

  test("reports are protected, let through once, and refused when they are changed or in the clear", () => {
    const [ours, theirs] = control();
    const report = bytes(PLAIN_RTCP);
    const wires = [sent(ours, report), sent(ours, report)];
    expect(wires.map(hex)[0]).not.toBe(wires.map(hex)[1]);
    for (const wire of wires) {
      const changed = Uint8Array.from(wire);
      changed[9] = (changed[9] ?? 0) ^ 1;
      expect(theirs.unprotect(changed)).toBeUndefined();
      expect(hex(theirs.unprotect(wire))).toBe(hex(report));
      expect(theirs.unprotect(wire)).toBeUndefined();
    }
    expect(theirs.unprotect(report)).toBeUndefined();
    const moved = new SrtcpStream(crypto, anyMaster(profile), structuredClone(ours.snapshot()));
    expect(hex(theirs.unprotect(sent(moved, report)))).toBe(hex(report));
  });
});

test.each([
  { newest: -1, sequence: 40_000, index: 40_000 },
  { newest: 65_535, sequence: 0, index: 65_536 },
  { newest: 65_536, sequence: 65_535, index: 65_535 },
  { newest: 5, sequence: 60_000, index: 60_000 },
  { newest: 3 * 65_536 + 1, sequence: 65_530, index: 2 * 65_536 + 65_530 },
])("after $newest the number $sequence means $index", ({ newest, sequence, index }) => {
  expect(packetIndex(newest, sequence)).toBe(index);
});
