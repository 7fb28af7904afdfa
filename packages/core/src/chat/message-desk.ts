import type { Clock, Millis, Result, UserId } from "@cordboard/kernel";
import { ms, ok, refused, seconds } from "@cordboard/kernel";
import type { EventBus } from "../bus/index.ts";
import type { Directory } from "../directory/index.ts";
import type { MessageRefusal, MessageWay, SendMessage } from "./types.ts";

/** Longest content of a message, in bytes. */
export const LONGEST_MESSAGE = 4096;

/** So many messages of one sender may come at once; after them, one each `PACE`. */
export const MOST_AT_ONCE = 20;

/** The pace of who sends without end. */
export const PACE: Millis = seconds(1);

/** Lets users of one tenant write to one another. */
export interface MessageDesk {
  /** Where the message is to go; that it went is told on the stream. */
  send(message: SendMessage): Result<MessageWay, MessageRefusal>;
}

/** What the desk works with. */
export interface MessageDeskParts {
  readonly directory: Directory;
  readonly bus: Pick<EventBus, "publish">;
  readonly clock: Clock;
}

/** Makes the desk. It keeps nothing: who is not there does not get the message later. */
export function createMessageDesk({ directory, bus, clock }: MessageDeskParts): MessageDesk {
  const paces = new Paces(clock);
  return {
    send({ actor, to, contentType, text, bytes, reaches }) {
      const user = directory.userAt(actor.tenant, to);
      if (actor.user === undefined || actor.extension === undefined || user === undefined)
        return refused({ code: "unknown-number" });
      if (bytes > LONGEST_MESSAGE) return refused({ code: "message-too-long", most: LONGEST_MESSAGE });
      const wait = paces.waitOf(actor.user);
      if (wait !== undefined) return refused({ code: "too-many-messages", wait });
      const devices = directory.devices(actor.tenant, user.id).filter(reaches);
      if (devices.length === 0) return refused({ code: "not-registered" });
      paces.sent(actor.user);
      bus.publish(actor.tenant, "message.sent.v1", {
        message: { from: actor.extension, to, contentType, text, bytes },
      });
      return ok({ devices });
    },
  };
}

/** How fast each sender sends: a bucket that fills by one each {@link PACE}, kept as the time at which it is full again. */
class Paces {
  readonly #clock: Clock;
  readonly #fullAt = new Map<UserId, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long the sender has to wait; undefined when it may send. */
  waitOf(user: UserId): Millis | undefined {
    const wait = this.#owed(user) + PACE - MOST_AT_ONCE * PACE;
    return wait > 0 ? ms(wait) : undefined;
  }

  sent(user: UserId): void {
    const now = this.#clock.monotonic();
    // Whoever has been quiet is as good as new: only those who write now take room.
    for (const [each, fullAt] of this.#fullAt) {
      if (fullAt > now) break;
      this.#fullAt.delete(each);
    }
    const fullAt = now + this.#owed(user) + PACE;
    this.#fullAt.delete(user);
    this.#fullAt.set(user, fullAt);
  }

  /** How long it takes until the sender's bucket is full. */
  #owed(user: UserId): number {
    return Math.max(0, (this.#fullAt.get(user) ?? 0) - this.#clock.monotonic());
  }
}
