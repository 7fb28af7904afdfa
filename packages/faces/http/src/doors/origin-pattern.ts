/** An origin as operators write it: `*` stands for letters, digits and dashes in a name's part, and for either scheme or any port. */
const PATTERN = /^(?<scheme>https?|\*):\/\/(?<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9*.-]{1,253})(?::(?<port>\d{1,5}|\*))?$/;
const STAR = "*";

interface Pattern {
  readonly scheme: string;
  readonly labels: readonly string[];
  /** The digits, `*`, or nothing for the scheme's own port. */
  readonly port: string;
}

/**
 * Whether a list of allowed origins may hold this: `https://crm.example.com`, `https://*.example.com`, `*://shop-*.example.com`,
 * `http://localhost:*`. A name must have a part without stars at its end, so that nobody allows the whole net by a slip; a pattern
 * of addresses is none.
 */
export function isOriginPattern(text: string): boolean {
  const pattern = patternOf(text);
  if (pattern === undefined) return false;
  const { scheme, labels, port } = pattern;
  const last = labels.at(-1) ?? "";
  const hasStar = labels.some((label) => label.includes(STAR));
  const isAddress = /^\d+$/.test(last);
  if (last.includes(STAR) || labels.some((label) => label.split(STAR).length > 2)) return false;
  if (hasStar) return !isAddress && labels.length > 1 && labels.every((label) => label !== "");
  const plain = `${scheme === STAR ? "https" : scheme}://${labels.join(".")}${port === "" || port === STAR ? "" : `:${port}`}`;
  return URL.canParse(plain) && new URL(plain).origin === plain;
}

/** Tells whether an origin, as a browser sends it, is on a list of patterns. */
export function originMatcher(patterns: readonly string[]): (origin: string) => boolean {
  const known = patterns.flatMap((text) => patternOf(text) ?? []);
  return (origin) => {
    const given = patternOf(origin);
    return given !== undefined && !origin.includes(STAR) && known.some((pattern) => fits(pattern, given));
  };
}

function patternOf(text: string): Pattern | undefined {
  const { scheme, host, port = "" } = PATTERN.exec(text)?.groups ?? {};
  if (scheme === undefined || host === undefined) return undefined;
  return { scheme, labels: host.startsWith("[") ? [host] : host.split("."), port };
}

function fits(pattern: Pattern, given: Pattern): boolean {
  return (
    (pattern.scheme === STAR || pattern.scheme === given.scheme) &&
    (pattern.port === STAR || pattern.port === given.port) &&
    pattern.labels.length === given.labels.length &&
    pattern.labels.every((label, at) => labelFits(label, given.labels[at] ?? ""))
  );
}

/** One star a part: it stands for at least one character. */
function labelFits(label: string, given: string): boolean {
  const [before = "", after] = label.split(STAR);
  if (after === undefined) return label === given;
  return given.length > before.length + after.length && given.startsWith(before) && given.endsWith(after);
}
