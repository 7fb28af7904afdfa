import { isIceUri, isOriginPattern } from "@cordboard/http";
import type { NgAddress } from "@cordboard/rtpengine";
import { z } from "zod";
import { mailServerSetting, senderSetting } from "./mail-settings.ts";
import { mediaSetting } from "./media-setting.ts";
import type { PortSetting } from "./port-settings.ts";
import { portRangeSetting, portSetting } from "./port-settings.ts";
import { secondsOrOffSetting } from "./seconds-setting.ts";

/** The settings of one start: read once, never changed. */
export interface Settings {
  readonly bind: readonly string[];
  readonly httpPort: PortSetting;
  readonly httpsPort: PortSetting;
  readonly dialerPort: PortSetting;
  readonly sipPort: PortSetting;
  readonly sipsPort: PortSetting;
  readonly rtpPorts: { readonly first: number; readonly last: number };
  /** Where the rtpengines are that carry the sound; none for the built-in engine alone. */
  readonly media: readonly NgAddress[];
  readonly publicAddress: string | undefined;
  readonly srtp: "off" | "offered" | "required";
  /** As set; when it is not, the address is made of the host name and the real HTTPS port. */
  readonly publicUrl: URL | undefined;
  readonly allowOrigins: readonly string[];
  /** Servers that help browsers' sound to find a way, told to browsers alone. */
  readonly stun: readonly string[];
  readonly turn: readonly string[];
  readonly turnSecret: string | undefined;
  readonly deadCallSeconds: number | "off";
  readonly oneWayCallSeconds: number | "off";
  readonly trustedProxies: readonly string[];
  readonly plainHttp: "loopback" | "allow";
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly data: string;
  readonly databaseUrl: string | undefined;
  readonly dbUser: string;
  readonly adminPassword: string | undefined;
  readonly secretKey: string | undefined;
  readonly demoPublic: boolean;
  /** Where mail is handed in; undefined: nowhere. */
  readonly smtpUrl: URL | undefined;
  readonly mailFrom: string | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFormat: "json" | "text";
  readonly sipTrace: boolean;
}

/** How a setting is documented. */
export interface SettingEntry {
  readonly name: string;
  readonly kind: string;
  readonly unit?: string;
  readonly default: string;
  readonly description: string;
  readonly secret: boolean;
}

/** What the kind of start changes in the defaults. */
export interface SettingDefaults {
  readonly isDemo: boolean;
  readonly isTerminal: boolean;
}

/** A setting with how its text becomes a value; the text is `undefined` when it is not set. */
export interface Setting extends SettingEntry {
  readonly parse: (defaults: SettingDefaults) => z.ZodType<unknown, string | undefined>;
}

const text = z.string().min(1).max(4096);
const optionalText = text.optional();

const list = z
  .string()
  .optional()
  .transform((value) => (value ?? "").split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()])));

const origin = (value: string): boolean => {
  try {
    const url = new URL(value);
    return url.origin === value && (url.protocol === "https:" || url.protocol === "http:");
  } catch {
    return false;
  }
};

/** Browsers are slow to try many. */
const MAX_ICE_SERVERS = 8;

const areIceUris =
  (kind: "stun" | "turn") =>
  (items: readonly string[]): boolean =>
    items.length <= MAX_ICE_SERVERS && items.every((item) => isIceUri(kind, item));

/** All settings; the key is the name inside the program. */
export const catalogue: Readonly<Record<keyof Settings, Setting>> = {
  bind: {
    name: "CORDBOARD_BIND",
    kind: "comma list of addresses",
    default: "all addresses (IPv6 and IPv4); 127.0.0.1 in the demo",
    description: "Addresses to listen on, for web and SIP alike.",
    secret: false,
    parse: ({ isDemo }) =>
      list.transform((items) => (items.length > 0 ? items : isDemo ? ["127.0.0.1"] : ["0.0.0.0", "::"])),
  },
  httpPort: {
    name: "CORDBOARD_HTTP_PORT",
    kind: "port, 0 or off",
    default: "8080",
    description:
      "All web faces, WebSockets and pages without encryption; for other machines only health and redirects.",
    secret: false,
    parse: () => portSetting(8080),
  },
  httpsPort: {
    name: "CORDBOARD_HTTPS_PORT",
    kind: "port, 0 or off",
    default: "8443",
    description: "All web faces, WebSockets and pages over TLS.",
    secret: false,
    parse: () => portSetting(8443),
  },
  dialerPort: {
    name: "CORDBOARD_DIALER_PORT",
    kind: "port, 0 or off",
    default: "2343",
    description: "The WebFones dialer alone, over TLS, where programs written for it expect it.",
    secret: false,
    parse: () => portSetting(2343),
  },
  sipPort: {
    name: "CORDBOARD_SIP_PORT",
    kind: "port, 0 or off",
    default: "5060",
    description: "SIP over UDP and TCP.",
    secret: false,
    parse: () => portSetting(5060),
  },
  sipsPort: {
    name: "CORDBOARD_SIPS_PORT",
    kind: "port, 0 or off",
    default: "5061",
    description: "SIP over TLS, with the same certificate as the web.",
    secret: false,
    parse: () => portSetting(5061),
  },
  rtpPorts: {
    name: "CORDBOARD_RTP_PORTS",
    kind: "range of ports",
    default: "10000-19999",
    description: "UDP ports for sound; each side of a call takes two.",
    secret: false,
    parse: () => portRangeSetting,
  },
  media: {
    name: "CORDBOARD_MEDIA",
    kind: "builtin, or rtpengine= and a comma list of host:port",
    default: "builtin",
    description:
      "What carries the sound: the built-in engine, or rtpengines by their ng protocol over UDP (tcp:host:port for TCP) with the built-in engine for all that they do not do. Digits of calls that an rtpengine carries alone are heard only if it runs with --listen-tcp-ng at the same port and --dtmf-log-ng-tcp.",
    secret: false,
    parse: () => mediaSetting,
  },
  publicAddress: {
    name: "CORDBOARD_PUBLIC_ADDRESS",
    kind: "IP address",
    default: "the local address that the system uses towards that peer",
    description: "What session descriptions and SIP headers tell peers outside private ranges.",
    secret: false,
    parse: () => z.union([z.ipv4(), z.ipv6()], "must be an IPv4 or IPv6 address").optional(),
  },
  publicUrl: {
    name: "CORDBOARD_PUBLIC_URL",
    kind: "URL",
    default: "https://<host name>:<https port>",
    description: "Where browsers and programs reach us: links, cookies, and the Host that is accepted.",
    secret: false,
    parse: () =>
      z
        .string()
        .optional()
        .refine((value) => value === undefined || origin(value), "must be an origin, as in https://phones.example.com")
        .transform((value) => (value === undefined ? undefined : new URL(value))),
  },
  allowOrigins: {
    name: "CORDBOARD_ALLOW_ORIGINS",
    kind: "comma list of origins",
    default: "none: pages of the server itself alone",
    description:
      "Web pages of these origins may use the web faces, live streams and SIP over WebSocket from a browser. * stands for letters, digits and dashes in one part of a name, as in https://*.example.com, or for either scheme or any port.",
    secret: false,
    parse: () =>
      list.refine(
        (items) => items.every(isOriginPattern),
        "must be origins, as in https://crm.example.com or https://*.example.com",
      ),
  },
  stun: {
    name: "CORDBOARD_STUN",
    kind: "comma list of stun: URIs",
    default: "none",
    description: "STUN servers that browsers are told of, as in stun:stun.example.com:3478.",
    secret: false,
    parse: () => list.refine(areIceUris("stun"), "must be at most 8 URIs, as in stun:stun.example.com:3478"),
  },
  turn: {
    name: "CORDBOARD_TURN",
    kind: "comma list of turn: URIs",
    default: "none",
    description:
      "TURN servers that browsers are told of, as in turn:turn.example.com:3478?transport=udp, each with a name and password that end after 12 hours.",
    secret: false,
    parse: () =>
      list.refine(areIceUris("turn"), "must be at most 8 URIs, as in turn:turn.example.com:3478?transport=udp"),
  },
  turnSecret: {
    name: "CORDBOARD_TURN_SECRET",
    kind: "text of at least 16 characters",
    default: "none",
    description: "The secret that the TURN servers share with us: coturn's static-auth-secret, with use-auth-secret.",
    secret: true,
    parse: () => z.string().min(16, "must have at least 16 characters").max(256).optional(),
  },
  deadCallSeconds: {
    name: "CORDBOARD_DEAD_CALL_SECONDS",
    kind: "seconds or off",
    default: "60",
    description:
      "A call of which nobody sends sound ends so long after that was noticed, which takes 10 seconds. Holding and being parked do not count. off: never.",
    secret: false,
    parse: () => secondsOrOffSetting("60"),
  },
  oneWayCallSeconds: {
    name: "CORDBOARD_ONE_WAY_CALL_SECONDS",
    kind: "seconds or off",
    default: "off",
    description:
      "A leg that sends no sound while others of its call do ends so long after that was noticed. off: never, since some phones send nothing while they are muted.",
    secret: false,
    parse: () => secondsOrOffSetting("off"),
  },
  trustedProxies: {
    name: "CORDBOARD_TRUSTED_PROXIES",
    kind: "comma list of addresses or networks",
    default: "none",
    description: "Only from these is X-Forwarded-* believed.",
    secret: false,
    parse: () =>
      list.refine(
        (items) => items.every((item) => z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).safeParse(item).success),
        "must be addresses or networks, as in 10.0.0.0/8",
      ),
  },
  plainHttp: {
    name: "CORDBOARD_PLAIN_HTTP",
    kind: "loopback or allow",
    default: "loopback",
    description: "allow: the plain port serves everybody, because TLS ends in front of us.",
    secret: false,
    parse: () => z.enum(["loopback", "allow"], "must be loopback or allow").default("loopback"),
  },
  tlsCert: {
    name: "CORDBOARD_TLS_CERT",
    kind: "file",
    default: "one signed by a local authority made at first start",
    description: "Certificate chain (PEM). Watched: a new one is used for new connections.",
    secret: false,
    parse: () => optionalText,
  },
  tlsKey: {
    name: "CORDBOARD_TLS_KEY",
    kind: "file",
    default: "as above",
    description: "Key of the certificate (PEM).",
    secret: false,
    parse: () => optionalText,
  },
  data: {
    name: "CORDBOARD_DATA",
    kind: "folder",
    default: "./data; ./data-demo in the demo",
    description: "Database, certificates and secret key.",
    secret: false,
    parse: ({ isDemo }) => text.default(isDemo ? "./data-demo" : "./data"),
  },
  databaseUrl: {
    name: "CORDBOARD_DATABASE_URL",
    kind: "postgresql:// URL",
    default: "the embedded PostgreSQL",
    description: "An own PostgreSQL 15 or newer instead of the embedded one.",
    secret: true,
    parse: () => z.string().startsWith("postgres", "must be a postgresql:// address").optional(),
  },
  dbUser: {
    name: "CORDBOARD_DB_USER",
    kind: "account name",
    default: "nobody",
    description: "Whom the embedded database runs as when the server is started by root.",
    secret: false,
    parse: () => text.default("nobody"),
  },
  adminPassword: {
    name: "CORDBOARD_ADMIN_PASSWORD",
    kind: "text of at least 8 characters",
    default: "made at first start and shown, or written to <data>/admin-password",
    description: "Password of the first administrator; used only when there is none yet.",
    secret: true,
    parse: () => z.string().min(8, "must have at least 8 characters").max(256).optional(),
  },
  secretKey: {
    name: "CORDBOARD_SECRET_KEY",
    kind: "64 hexadecimal digits",
    default: "<data>/secret.key, made at first start",
    description: "Key under which stored secrets are sealed. Not part of a backup.",
    secret: true,
    parse: () =>
      z
        .string()
        .regex(/^[0-9a-f]{64}$/i, "must be 64 hexadecimal digits")
        .optional(),
  },
  demoPublic: {
    name: "CORDBOARD_DEMO_PUBLIC",
    kind: "0 or 1",
    default: "0",
    description: "1: the demo may listen on other than loopback, with random secrets in place of the known ones.",
    secret: false,
    parse: () =>
      z
        .enum(["0", "1"], "must be 0 or 1")
        .default("0")
        .transform((value) => value === "1"),
  },
  smtpUrl: {
    name: "CORDBOARD_SMTP_URL",
    kind: "smtp:// or smtps:// URL",
    default: "none; voice messages are not sent by e-mail",
    description:
      "Mail server that takes our mail, with name and password if it wants them. A password is only ever sent over TLS, or to this machine.",
    secret: true,
    parse: () => mailServerSetting,
  },
  mailFrom: {
    name: "CORDBOARD_MAIL_FROM",
    kind: "address, with a name or without",
    default: "none; needed with CORDBOARD_SMTP_URL",
    description: "Whom our mail is from, as in Telephone <phone@example.com>.",
    secret: false,
    parse: () => senderSetting.optional(),
  },
  logLevel: {
    name: "CORDBOARD_LOG_LEVEL",
    kind: "debug, info, warn or error",
    default: "info",
    description: "The least important lines that are logged.",
    secret: false,
    parse: () => z.enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error").default("info"),
  },
  logFormat: {
    name: "CORDBOARD_LOG_FORMAT",
    kind: "json or text",
    default: "text on a terminal and in the demo, else json",
    description:
      "How log lines look. Lines in JSON that follow each other within 20 ms are written together; those are all that a kill can lose.",
    secret: false,
    parse: ({ isDemo, isTerminal }) =>
      z.enum(["json", "text"], "must be json or text").default(isTerminal || isDemo ? "text" : "json"),
  },
  srtp: {
    name: "CORDBOARD_SRTP",
    kind: "off, offered or required",
    default: "offered",
    description:
      "SRTP with phones and carriers over TLS, by keys in the session description. offered: with those who can; required: plain sound is refused; off: none. `user protect` says it of single users and phones. Browsers' sound is always protected.",
    secret: false,
    parse: () => z.enum(["off", "offered", "required"], "must be off, offered or required").default("offered"),
  },
  sipTrace: {
    name: "CORDBOARD_SIP_TRACE",
    kind: "off or on",
    default: "off",
    description:
      "on: every SIP message is a line of level info in the log, under channel sip-trace; credentials and digits are masked.",
    secret: false,
    parse: () =>
      z
        .enum(["off", "on"], "must be off or on")
        .default("off")
        .transform((value) => value === "on"),
  },
};
