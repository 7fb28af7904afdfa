/** Methods of all SIP standards that phones and carriers use. */
const methods = [
  ...["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO"],
  ...["PRACK", "SUBSCRIBE", "NOTIFY", "UPDATE", "REFER", "MESSAGE", "PUBLISH"],
];

const statuses = [100, 180, 183, 200, 202, 302, 401, 407, 420, 423, 481, 486, 487, 491, 503, 603];

const sdp = [
  "v=0",
  "o=ann 2890844526 2890842807 IN IP4 192.0.2.10",
  "s=-",
  "c=IN IP4 192.0.2.10",
  "t=0 0",
  "a=group:BUNDLE 0",
  "m=audio 49170 RTP/AVP 0 8 9 111 101",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000/1",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-16",
  "a=ptime:20",
  "a=sendrecv",
  "m=video 0 RTP/AVP 31",
  "",
].join("\r\n");

/** The same sound with keys in the description. */
const sdpWithKeys = sdp
  .replace("RTP/AVP 0 8", "RTP/SAVP 0 8")
  .replace(
    "a=sendrecv",
    [
      "a=crypto:1 AEAD_AES_256_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKiss",
      "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd|2^48 WSH=64",
      "a=sendrecv",
    ].join("\r\n"),
  );

/** The same sound as a browser wants it. */
const sdpOfBrowser = sdp
  .replace("RTP/AVP 0 8", "UDP/TLS/RTP/SAVPF 0 8")
  .replace(
    "a=sendrecv",
    [
      "a=mid:0",
      "a=ice-ufrag:wXyZ",
      "a=ice-pwd:9vF1yG3q6s8w+K0dNn5jZ/Tt",
      "a=ice-options:trickle",
      `a=fingerprint:sha-256 ${Array(32).fill("5E").join(":")}`,
      "a=setup:actpass",
      "a=rtcp-mux",
      "a=candidate:842163049 1 udp 2122260223 192.0.2.10 55996 typ host generation 0 network-cost 999",
      "a=candidate:1 1 udp 1686052607 2001:db8::10 49170 typ srflx raddr 0.0.0.0 rport 9",
      "a=candidate:2 1 tcp 1518280447 192.0.2.10 9 typ host tcptype active",
      "a=sendrecv",
    ].join("\r\n"),
  );

const multipart = [
  "--edge",
  "Content-Type: application/sdp",
  "",
  sdp,
  "--edge",
  "Content-Type: application/resource-lists+xml",
  "Content-Disposition: recipient-list",
  "",
  "<resource-lists/>",
  "--edge--",
  "",
].join("\r\n");

interface SampleOptions {
  readonly host: string;
  readonly transport: "UDP" | "TCP";
  readonly user: string;
}

const digest =
  'Digest username="101", realm="demo.localhost", nonce="1700000000000.00ff.ab\\"cd", uri="sip:demo.localhost", response="6629fae49393a05397450978507c4ef1", algorithm=SHA-256, cnonce="0a4f113b", qop=auth, nc=00000001, opaque=""';

interface Special {
  readonly more: readonly string[];
  readonly body?: string;
}

function message(start: string, method: string, { host, transport, user }: SampleOptions, special: Special): string {
  const { more, body = "" } = special;
  const contact = `Contact: "Ann" <sip:ann@192.0.2.1:5060;transport=${transport.toLowerCase()};ob>;expires=60;q=0.7;+sip.instance="<urn:uuid:0>"`;
  return [
    start,
    `Via: SIP/2.0/${transport} 192.0.2.1:5060;branch=z9hG4bK-${method};rport;received=192.0.2.99, SIP/2.0/TCP [2001:db8::1]:5061;branch=z9hG4bKsecond`,
    "Max-Forwards: 70",
    `Record-Route: <sip:p1.${host};lr>, <sip:[2001:db8::9]:5070;lr;transport=tcp>`,
    `From: "Ann \\"The\\" Caller" <sip:ann%20b@${host}:5060;user=phone?Subject=x>;tag=ann1;x="a;b"`,
    `To: Bob <sip:${user}@${host}>`,
    `Call-ID: sample-${method}@192.0.2.1`,
    `CSeq: 4711 ${method}`,
    ...(more.some((line) => line.startsWith("Contact:")) ? [] : [contact]),
    "User-Agent: Sample/1.0 (with a (nested) comment)",
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS",
    "Supported: timer, 100rel , replaces",
    "Date: Fri, 20 Nov 2026 10:00:00 GMT",
    ...more,
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    "",
    body,
  ].join("\r\n");
}

/** Valid messages to change: every method and usual statuses, with SDP, several parts, digest, folding and compact forms; and things on the same port that are no SIP. */
export function sipSamples(options: Partial<SampleOptions> = {}): readonly Uint8Array[] {
  const all: SampleOptions = { host: "example.org", transport: "UDP", user: "bob", ...options };
  const uri = `sip:${all.user}@${all.host}`;
  const withBody = ["Content-Type: application/sdp"];
  const requests = methods.map((method) => {
    const more = method === "INVITE" ? withBody : [`Authorization: ${digest}`, "Event: presence;id=1"];
    return message(`${method} ${uri} SIP/2.0`, method, all, { more, body: method === "INVITE" ? sdp : "" });
  });
  const responses = statuses.map((status) => {
    const challenge = ['WWW-Authenticate: Digest realm="x", nonce="n", qop="auth,auth-int", algorithm=MD5, stale=TRUE'];
    const special = status === 200 || status === 183 ? { more: withBody, body: sdp } : { more: challenge };
    return message(`SIP/2.0 ${status} Some reason, é`, "INVITE", all, special);
  });
  const invite = (special: Special): string => message(`INVITE ${uri} SIP/2.0`, "INVITE", all, special);
  const unregister = { more: ["Contact: *", "Expires: 0", "Path: <sip:p;lr>"] };
  const special = [
    invite({ more: ['Content-Type: multipart/mixed;boundary="edge"'], body: multipart }),
    ...[sdpWithKeys, sdpOfBrowser].map((body) => invite({ more: withBody, body })),
    invite({ more: ["Subject: folded", "  over", "\tlines", "Replaces: a;to-tag=b;from-tag=c"] }),
    message(`REGISTER sip:${all.host} SIP/2.0`, "REGISTER", all, unregister),
    `INVITE ${uri} SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKc\r\nf: <sip:a@b>;tag=1\r\nt: <${uri}>\r\ni: compact\r\nCSeq: 1 INVITE\r\nm: <sip:a@192.0.2.1>\r\nc: application/sdp\r\nl: ${sdp.length}\r\n\r\n${sdp}`,
    "\r\n\r\n",
    "GET /sip HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\n\r\n",
  ];
  // A STUN Binding request with a SOFTWARE attribute, as phones send it to the SIP port to keep it open.
  const stun = [0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x80, 0x22, 0, 5];
  const encoder = new TextEncoder();
  return [
    ...[...requests, ...responses, ...special].map((each) => encoder.encode(each)),
    Uint8Array.from([...stun, 116, 101, 115, 116, 33, 0, 0, 0]),
  ];
}
