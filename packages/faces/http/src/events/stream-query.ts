import type { StreamPosition, Topic } from "@cordboard/core";
import { eventCatalogue } from "@cordboard/core";

/** What a client asks of the stream. */
export interface StreamQuery {
  /** Where it wants to resume; `unknown` when it named a place that cannot be one; `undefined` when it starts anew. */
  readonly since: StreamPosition | "unknown" | undefined;
  readonly topics: ReadonlySet<Topic>;
}

const topics: ReadonlySet<Topic> = new Set(eventCatalogue.map(({ topic }) => topic));
const POSITION = /^(?<epoch>[\x21-\x7e]{1,64}):(?<seq>\d{1,15})$/;
const LONGEST = 128;

/**
 * Reads `?since=<epoch>:<seq>` (`Last-Event-ID` goes first) and `?topics=calls,devices`. A topic that does not exist yet
 * is nothing to send, not an error; without `topics` all are meant.
 */
export function readStreamQuery(target: string, lastEventId: string | undefined): StreamQuery {
  const mark = target.indexOf("?");
  const query = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1));
  const wanted = query.get("topics");
  return {
    since: readPosition(lastEventId ?? query.get("since") ?? ""),
    topics: wanted === null || wanted === "" ? topics : named(wanted),
  };
}

function named(wanted: string): ReadonlySet<Topic> {
  const words = new Set(wanted.toLowerCase().split(","));
  return new Set([...topics].filter((topic) => words.has(topic)));
}

function readPosition(text: string): StreamPosition | "unknown" | undefined {
  if (text === "") return undefined;
  const groups = text.length > LONGEST ? undefined : POSITION.exec(text)?.groups;
  const epoch = groups?.["epoch"];
  return epoch === undefined ? "unknown" : { epoch, seq: Number(groups?.["seq"]) };
}
