/** One attribute; those that are undefined are left out. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Text as it may stand between tags and in attributes of XML; what XML 1.0 has no place for becomes U+FFFD. */
export function xmlText(text: string): string {
  let escaped = "";
  for (const character of text.toWellFormed())
    escaped += escapes.get(character) ?? (isAllowed(character) ? character : "\ufffd");
  return escaped;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

function isAllowed(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= 32 ? code !== 0xfffe && code !== 0xffff : code === 9 || code === 10 || code === 13;
}

/** One element: its attributes are escaped here, its content is XML already. */
export function xmlElement(name: string, attributes: Attributes, content: string = ""): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) text += ` ${key}="${xmlText(String(value))}"`;
  }
  return content === "" ? `${text}/>` : `${text}>${content}</${name}>`;
}

/** A whole document of one element. */
export const xmlDocument = (root: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
