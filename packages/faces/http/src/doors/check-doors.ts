import type { HostName } from "./host.ts";
import { parseHost } from "./host.ts";
import type { DoorSettings, DoorVerdict, RequestFacts } from "./types.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
const PAGES = /^\/(?:$|(?:v1|v2|admin)(?:\/|$))/;

/**
 * Whether a request may come in, decided before anything else looks at it: its Host must be ours, its Origin must be
 * ours or allowed where the request could do something, and without TLS only this machine is served.
 */
export function checkDoors(facts: RequestFacts, settings: DoorSettings): DoorVerdict {
  const host = facts.host === undefined ? undefined : parseHost(facts.host);
  if (!facts.target.startsWith("/")) return { kind: "refuse", code: "bad-request" };
  if (host === undefined || !isOurName(host.name, facts, settings)) return { kind: "refuse", code: "unknown-host" };

  const origin = facts.origin === undefined ? "none" : kindOfOrigin(facts.origin, host, facts, settings);
  const couldAct = facts.isUpgrade || facts.isPreflight || !SAFE_METHODS.has(facts.method);
  if (couldAct && origin === "foreign") return { kind: "refuse", code: "foreign-origin" };

  const isPlainFromAfar = !facts.isTls && !facts.isLoopback && settings.plainHttp === "loopback";
  if (isPlainFromAfar) return plainFromAfar(facts, host, settings);

  const allowedOrigin = origin === "allowed" ? facts.origin : undefined;
  if (facts.isPreflight && allowedOrigin !== undefined) return { kind: "preflight", allowedOrigin };
  return { kind: "pass", allowedOrigin };
}

/** Over plain HTTP from another machine: health is answered, pages are sent on to TLS, all else is refused. */
function plainFromAfar(facts: RequestFacts, host: HostName, settings: DoorSettings): DoorVerdict {
  const isReading = (facts.method === "GET" || facts.method === "HEAD") && !facts.isUpgrade && !facts.hasCredential;
  if (isReading && facts.path === "/health") return { kind: "pass", allowedOrigin: undefined };
  const origin = isReading && PAGES.test(facts.path) ? secureOrigin(host, settings) : undefined;
  return origin === undefined
    ? { kind: "refuse", code: "tls-required" }
    : { kind: "redirect", location: `${origin}${facts.target}` };
}

/** Where the same page is by TLS: the public URL if the request used its name, else the same name on our own port. */
function secureOrigin(host: HostName, settings: DoorSettings): string | undefined {
  const { protocol, hostname, origin } = new URL(settings.publicOrigin);
  if (protocol === "https:" && bare(hostname) === host.name) return origin;
  const port = settings.httpsPort();
  if (port === undefined) return undefined;
  const name = host.name.includes(":") ? `[${host.name}]` : host.name;
  return `https://${name}${port === 443 ? "" : `:${port}`}`;
}

function isOurName(name: string, facts: RequestFacts, settings: DoorSettings): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === facts.localAddress ||
    name === bare(new URL(settings.publicOrigin).hostname) ||
    settings.isTenantDomain(name)
  );
}

/** Own: where this request went, or the public URL (TLS may end before us). `null` and other oddities are foreign. */
function kindOfOrigin(
  origin: string,
  host: HostName,
  facts: RequestFacts,
  settings: DoorSettings,
): "own" | "allowed" | "foreign" {
  if (!URL.canParse(origin)) return "foreign";
  const { origin: given } = new URL(origin);
  if (given === "null" || given !== origin.toLowerCase()) return "foreign";
  const name = host.name.includes(":") ? `[${host.name}]` : host.name;
  const target = `${facts.isTls ? "https" : "http"}://${name}${host.port === undefined ? "" : `:${host.port}`}`;
  if (given === settings.publicOrigin || (URL.canParse(target) && new URL(target).origin === given)) return "own";
  return settings.isAllowedOrigin(given) ? "allowed" : "foreign";
}

/** A URL's host name as Host parsing gives it: IPv6 without brackets. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");
