import type { LegId } from "@cordboard/kernel";
import type { Exchange } from "./exchange.ts";
import { across, inward, mustOffer, outward, roleOf } from "./exchange.ts";
import type { Endpoints, Seat } from "./seat.ts";

/** The next thing that rtpengine is to be asked for a call. */
export type Step =
  | { readonly do: "open"; readonly seat: Seat }
  /** Joins a leg with its inner side, which takes it away from whom it was joined with. */
  | { readonly do: "turn-inward"; readonly seat: Seat; readonly exchange: Exchange; readonly told: string }
  | {
      readonly do: "join";
      readonly seats: readonly [Seat, Seat];
      readonly exchange: Exchange;
      readonly told: string;
    }
  | { readonly do: "drop"; readonly seat: Seat }
  | { readonly do: "end" };

/**
 * What is to be asked next so that a call becomes what its seats want; undefined when it is. Legs are opened first, because a
 * caller waits for that. A leg goes only when nobody is joined with it, because rtpengine would take the other one along.
 */
export function nextStep(seats: ReadonlyMap<LegId, Seat>): Step | undefined {
  const all = [...seats.values()];
  if (all.length === 0) return undefined;
  if (all.every(({ state }) => state === "closing")) return { do: "end" };
  const opening = all.find(({ state }) => state === "opening");
  if (opening !== undefined) return { do: "open", seat: opening };
  for (const seat of all) {
    const step = seat.state === "closing" ? closing(seat, all) : settling(seat, seats);
    if (step !== undefined) return step;
  }
  return undefined;
}

function settling(seat: Seat, seats: ReadonlyMap<LegId, Seat>): Step | undefined {
  const { wants } = seat;
  if (wants.to !== "leg") return turningInward(seat, wants.to === "builtin" ? wants.at : undefined);
  const other = seats.get(wants.leg);
  const isMutual =
    other !== seat && other?.state === "open" && other.wants.to === "leg" && other.wants.leg === seat.leg;
  if (!isMutual || seat.media === undefined || other.media === undefined) return turningInward(seat, undefined);
  // One exchange serves both.
  return seat.leg < other.leg ? joining(seat, other) : undefined;
}

function joining(seat: Seat, other: Seat): Step | undefined {
  const [first, second] = roleOf(seat) === "answers" || roleOf(other) === "offers" ? [other, seat] : [seat, other];
  const step = joiningBy(first, second);
  const isTold = [first, second].every(({ told }) => told === step?.told);
  if (mustOffer(second)) {
    // Who always makes the offer cannot step back for once: the other makes its own alone.
    const isFree = roleOf(first) !== "offers" && roleOf(second) !== "answers";
    const swapped = isFree ? joiningBy(second, first) : undefined;
    return swapped === undefined ? turningInward(second, undefined) : { ...swapped, told: step?.told ?? "" };
  }
  return isTold && !mustOffer(first) ? undefined : step;
}

function joiningBy(first: Seat, second: Seat): Extract<Step, { do: "join" }> | undefined {
  if (first.media === undefined || second.media === undefined) return undefined;
  const exchange = across(first, second, [first.media, second.media]);
  return { do: "join", seats: [first, second], exchange, told: JSON.stringify(exchange) };
}

/** Nothing when that is what rtpengine was told last; who has been told nothing is with nobody. */
function turningInward(seat: Seat, at: Endpoints | undefined): Step | undefined {
  if (seat.media === undefined || (seat.told === undefined && at === undefined && !mustOffer(seat))) return undefined;
  const isOffering = roleOf(seat) === "offers";
  const usual = (isOffering ? outward : inward)(seat, seat.media, at);
  const told = JSON.stringify(usual);
  if (mustOffer(seat)) return { do: "turn-inward", seat, exchange: outward(seat, seat.media, at), told };
  return seat.told === told ? undefined : { do: "turn-inward", seat, exchange: usual, told };
}

function closing(seat: Seat, all: readonly Seat[]): Step | undefined {
  if (seat.joined !== undefined) return turningInward(seat, undefined) ?? { do: "drop", seat };
  // Whoever is still joined with it is turned elsewhere by a step of its own.
  return all.some(({ joined }) => joined === seat.leg) ? undefined : { do: "drop", seat };
}
