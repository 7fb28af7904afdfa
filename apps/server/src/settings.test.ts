import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSettings, settingsCatalogue, shownSettings } from "./settings.ts";

const served = { isDemo: false, isTerminal: false };
let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "cordboard-settings-"));
});
afterEach(() => rmSync(data, { recursive: true }));

const read = (environment: Readonly<Record<string, string>>, defaults = served) =>
  readSettings({ CORDBOARD_DATA: data, ...environment }, defaults);

/** The names of the settings that were at fault, each with why. */
const faultsOf = (environment: Readonly<Record<string, string>>): readonly string[] => {
  const result = read(environment);
  return result.ok ? [] : result.error.map(({ name, why }) => `${name} ${why}`);
};

test("nothing set gives the documented defaults", () => {
  const result = read({});
  expect(result.ok && result.value).toMatchObject({
    bind: ["0.0.0.0", "::"],
    httpPort: 8080,
    httpsPort: 8443,
    dialerPort: 2343,
    sipPort: 5060,
    rtpPorts: { first: 10_000, last: 19_999 },
    plainHttp: "loopback",
    logFormat: "json",
    sipTrace: false,
    srtp: "offered",
  });
});

test("the demo listens on loopback, in a folder of its own", () => {
  const result = readSettings({}, { isDemo: true, isTerminal: false });
  expect(result.ok && result.value).toMatchObject({ bind: ["127.0.0.1"], data: "./data-demo" });
});

test.each([
  ["CORDBOARD_HTTP_PORT", "off", { httpPort: "off" }],
  ["CORDBOARD_SIP_PORT", "0", { sipPort: 0 }],
  ["CORDBOARD_BIND", "192.0.2.1, ::1", { bind: ["192.0.2.1", "::1"] }],
  ["CORDBOARD_RTP_PORTS", "20000-20099", { rtpPorts: { first: 20_000, last: 20_099 } }],
  ["CORDBOARD_MEDIA", "builtin", { media: [] }],
  [
    "CORDBOARD_MEDIA",
    "rtpengine=10.0.0.5:22222, tcp:[fd00::5]:22223,sound-2.example.com:22222",
    {
      media: [
        { transport: "udp", host: "10.0.0.5", port: 22_222 },
        { transport: "tcp", host: "fd00::5", port: 22_223 },
        { transport: "udp", host: "sound-2.example.com", port: 22_222 },
      ],
    },
  ],
  [
    "CORDBOARD_ALLOW_ORIGINS",
    "https://crm.example.com, https://*.example.org",
    { allowOrigins: ["https://crm.example.com", "https://*.example.org"] },
  ],
  ["CORDBOARD_DEAD_CALL_SECONDS", "off", { deadCallSeconds: "off" }],
  ["CORDBOARD_ONE_WAY_CALL_SECONDS", "300", { oneWayCallSeconds: 300 }],
  ["CORDBOARD_STUN", "stun:stun.example.com:3478", { stun: ["stun:stun.example.com:3478"] }],
  ["CORDBOARD_MAIL_FROM", "phone@example.com", { mailFrom: "phone@example.com" }],
  ["CORDBOARD_MAIL_FROM", "Telephone, ground floor <phone@example.com>", { smtpUrl: undefined }],
])("%s=%s is taken", (name, value, expected) => {
  const result = read({ [name]: value });
  expect(result.ok && result.value).toMatchObject(expected);
});

describe("faults", () => {
  test.each([
    ["CORDBOARD_HTTP_PORT", "-1"],
    ["CORDBOARD_HTTP_PORT", "65536"],
    ["CORDBOARD_HTTPS_PORT", "https"],
    ["CORDBOARD_RTP_PORTS", "20000-10000"],
    ["CORDBOARD_PUBLIC_ADDRESS", "example.com"],
    ["CORDBOARD_PUBLIC_URL", "phones.example.com"],
    ["CORDBOARD_ALLOW_ORIGINS", "https://crm.example.com/path"],
    ["CORDBOARD_ALLOW_ORIGINS", "*"],
    ["CORDBOARD_ALLOW_ORIGINS", "https://192.0.2.*"],
    ["CORDBOARD_DEAD_CALL_SECONDS", "0"],
    ["CORDBOARD_ONE_WAY_CALL_SECONDS", "-1"],
    ["CORDBOARD_STUN", "turn:turn.example.com"],
    ["CORDBOARD_STUN", Array(9).fill("stun:stun.example.com").join(",")],
    ["CORDBOARD_TURN", "turn:turn.example.com"],
    ["CORDBOARD_TRUSTED_PROXIES", "10.0.0.0/64"],
    ["CORDBOARD_PLAIN_HTTP", "yes"],
    ["CORDBOARD_MEDIA", "rtpengine"],
    ["CORDBOARD_MEDIA", "rtpengine="],
    ["CORDBOARD_MEDIA", "rtpengine=127.0.0.1"],
    ["CORDBOARD_MEDIA", "rtpengine=127.0.0.1:22222,,"],
    ["CORDBOARD_MEDIA", "asterisk=127.0.0.1:22222"],
    ["CORDBOARD_SECRET_KEY", "abc"],
    ["CORDBOARD_SMTP_URL", "mail.example.com"],
    ["CORDBOARD_SMTP_URL", "https://mail.example.com"],
    ["CORDBOARD_SMTP_URL", "smtp://"],
    ["CORDBOARD_MAIL_FROM", "Telephone"],
    ["CORDBOARD_MAIL_FROM", "Telephone <phone@example.com>, x@example.com"],
    ["CORDBOARD_MAIL_FROM", "a\r\nBcc: b <phone@example.com>"],
    ["CORDBOARD_ADMIN_PASSWORD", "short"],
    ["CORDBOARD_TLS_CERT", "/a/cert.pem"],
  ])("%s=%s is refused by its name", (name, value) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  test("are all told at once", () => {
    const faults = faultsOf({ CORDBOARD_HTTP_PORT: "x", CORDBOARD_SIP_PORT: "y", CORDBOARD_PLAIN_HTTP: "z" });
    expect(faults).toHaveLength(3);
  });

  test.each([
    ["CORDBOARD_HTP_PORT", "CORDBOARD_HTTP_PORT"],
    ["CORDBOARD_HTTP_PORTS", "CORDBOARD_HTTP_PORT"],
    ["CORDBOARD_HTTP_PROT", "CORDBOARD_HTTP_PORT"],
    ["CORDBOARD_TRUSTED", "CORDBOARD_TRUSTED_PROXIES"],
  ])("an unknown %s is one, with what was probably meant", (name, meant) => {
    expect(faultsOf({ [name]: "1" })).toEqual([`${name} is not a setting; did you mean ${meant}?`]);
  });

  test("a name like none of ours is told where to look", () => {
    expect(faultsOf({ CORDBOARD_COFFEE: "1" })).toEqual(["CORDBOARD_COFFEE is not a setting; see docs/settings.md"]);
  });

  test("a mail server without an address that mail is from is one", () => {
    expect(faultsOf({ CORDBOARD_SMTP_URL: "smtps://u:pw@mail.example.com" })).toEqual([
      "CORDBOARD_MAIL_FROM is needed with CORDBOARD_SMTP_URL",
    ]);
  });

  test("a secret that is wrong is not repeated", () => {
    expect(faultsOf({ CORDBOARD_SECRET_KEY: "hunter2-hunter2" }).join()).not.toContain("hunter2");
    expect(faultsOf({ CORDBOARD_SMTP_URL: "mail://u:hunter2@h" }).join()).not.toContain("hunter2");
  });
});

test("the file in the data folder counts where the environment says nothing", () => {
  writeFileSync(join(data, "cordboard.json"), JSON.stringify({ CORDBOARD_HTTP_PORT: 9000, CORDBOARD_SIP_PORT: "off" }));
  const result = read({ CORDBOARD_HTTP_PORT: "9001" });
  expect(result.ok && result.value).toMatchObject({ httpPort: 9001, sipPort: "off" });
});

test.each(["{", "[]", '{"CORDBOARD_HTTP_PORT": null}'])("a file of %s is a fault", (content) => {
  writeFileSync(join(data, "cordboard.json"), content);
  expect(faultsOf({})).toHaveLength(1);
});

test("secrets are hidden when settings are logged", () => {
  const secretKey = "5e".repeat(32);
  const result = read({
    CORDBOARD_ADMIN_PASSWORD: "a-good-password",
    CORDBOARD_DATABASE_URL: "postgresql://u:pw@h/d",
    CORDBOARD_SECRET_KEY: secretKey,
    CORDBOARD_TURN: "turn:turn.example.com",
    CORDBOARD_TURN_SECRET: "shared-with-the-relay",
    CORDBOARD_SMTP_URL: "smtps://u:letter-box@mail.example.com",
    CORDBOARD_MAIL_FROM: "phone@example.com",
  });
  const text = result.ok ? JSON.stringify(shownSettings(result.value)) : "";
  expect(text.match(/\(hidden\)/g)).toHaveLength(settingsCatalogue.filter(({ secret }) => secret).length);
  expect(text).not.toMatch(new RegExp(`a-good-password|u:pw|shared-with|letter-box|${secretKey}`));
});

test("every setting is documented", () => {
  for (const { name, description, default: fallback } of settingsCatalogue) {
    expect(name).toMatch(/^CORDBOARD_[A-Z_]+$/);
    expect(description.length * fallback.length).toBeGreaterThan(0);
  }
});
