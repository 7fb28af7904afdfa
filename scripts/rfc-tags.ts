/** One place of a standard that the code follows, as a docstring's `@rfc` tag names it. */
export interface RfcTag {
  readonly rfc: number;
  /** As in `17.1.1.2`; empty for the whole document. */
  readonly section: string;
  /** What of it, in our words. */
  readonly what: string;
  readonly file: string;
  /** How the code departs from it; undefined when it does not. */
  readonly deviation: string | undefined;
}

const DOCSTRING = /\/\*\*[\s\S]*?\*\//g;
const TAG = /@(rfc|deviation)\b[ \t]*/;
const PLACE = /^(\d{3,5})(?:#([\w.]*\w))?[.,:;]?\s*(.*)$/;

/** The docstring's lines without its stars. A line that continues a tag (indented by two or more) joins the one before. */
function linesOf(docstring: string): readonly string[] {
  const lines: string[] = [];
  for (const raw of docstring.replace(/^\/\*\*|\*\/$/g, "").split("\n")) {
    const line = raw.replace(/^\s*\* ?/, "").trimEnd();
    const before = lines.at(-1);
    if (before !== undefined && TAG.test(before) && /^ {2,}[^ @]/.test(line))
      lines[lines.length - 1] = `${before} ${line.trim()}`;
    else lines.push(line.trim());
  }
  return lines;
}

/** The tags of a docstring with their words, and its first sentence. A tag may stand anywhere in a line. */
function readDocstring(docstring: string): {
  readonly tags: readonly (readonly [string, string])[];
  readonly first: string;
} {
  const parts = linesOf(docstring).map((line) => line.split(TAG));
  const tags = parts.flatMap((words) =>
    words.flatMap((word, at) => (at % 2 === 1 ? [[word, (words[at + 1] ?? "").trim()] as const] : [])),
  );
  const prose = parts
    .map((words) => words[0] ?? "")
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return { tags, first: /^.*?[.:](?= |$)/.exec(prose)?.[0].slice(0, -1) ?? prose };
}

/**
 * All `@rfc` tags of a source file, each with the `@deviation` of the same docstring (`none` means no deviation). A tag
 * without words of its own takes the docstring's first sentence.
 */
export function rfcTagsOf(file: string, text: string): readonly RfcTag[] {
  return (text.match(DOCSTRING) ?? []).flatMap((docstring) => {
    const { tags, first } = readDocstring(docstring);
    const textsOf = (tag: string): readonly string[] => tags.flatMap(([name, words]) => (name === tag ? [words] : []));
    const deviation = textsOf("deviation")
      .filter((words) => words !== "" && words !== "none")
      .join("; ");
    return textsOf("rfc").map((place): RfcTag => {
      const [, rfc, section = "", words = ""] = PLACE.exec(place) ?? [];
      if (rfc === undefined) throw new Error(`${file}: @rfc needs a place such as 3261#17.1.1.2, not: ${place}`);
      return {
        rfc: Number(rfc),
        section,
        what: words === "" ? first : words,
        file,
        deviation: deviation === "" ? undefined : deviation,
      };
    });
  });
}

/** Orders sections as a table of contents does: 9 before 17, 17.1 before 17.1.1. */
export function bySection(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = (left[at] ?? "").localeCompare(right[at] ?? "", "en", { numeric: true });
    if (order !== 0) return order;
  }
  return 0;
}
