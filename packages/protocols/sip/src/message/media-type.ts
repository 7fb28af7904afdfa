import { skipBlanks, skipToken } from "./characters.ts";
import type { Params } from "./params.ts";
import { parseParams } from "./params.ts";

/**
 * Reads a media type, in lower case, without its parameters; undefined when malformed. Blanks around the slash are let
 * through, and what follows is not looked at. @rfc 3261#20.15
 */
export function readMediaType(text: string, from: number = 0, to: number = text.length): string | undefined {
  const typeEnd = skipToken(text, from, to);
  const slash = skipBlanks(text, typeEnd, to);
  if (typeEnd === from || slash === to || text.charCodeAt(slash) !== SLASH) return undefined;
  const start = skipBlanks(text, slash + 1, to);
  const end = skipToken(text, start, to);
  const next = skipBlanks(text, end, to);
  if (end === start || (next < to && text.charCodeAt(next) !== SEMICOLON)) return undefined;
  const type =
    slash === typeEnd && start === slash + 1
      ? text.slice(from, end)
      : `${text.slice(from, typeEnd)}/${text.slice(start, end)}`;
  return type.toLowerCase();
}

/** The parameters behind a media type or a disposition; undefined when they are malformed. */
export function paramsBehind(text: string): Params | undefined {
  const semicolon = text.indexOf(";");
  return parseParams(text, semicolon < 0 ? text.length : semicolon);
}

const SLASH = 47;
const SEMICOLON = 59;
