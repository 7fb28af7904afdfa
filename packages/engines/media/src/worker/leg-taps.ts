import type { SpeaksTo } from "@cordboard/core";
import type { RtpFields } from "@cordboard/rtp";
import type { G711Law } from "@cordboard/sound";
import type { LegRecording } from "./leg-recording.ts";
import type { Room, RoomMember, Seat } from "./room.ts";

/** One origin for all that goes to a peer: it is one stream already. */
const TO_PEER = 0;

/** Who wants a leg's sound as samples, beside the leg that it is bridged with: the room that it takes part in, and its recording. */
export class LegTaps {
  readonly #member: RoomMember;
  #place: { readonly room: Room; readonly seat: Seat } | undefined;
  #recording: LegRecording | undefined;
  #areOpen = false;

  constructor(member: RoomMember) {
    this.#member = member;
  }

  /** Whether anybody does. Kept, because every packet asks. */
  get areOpen(): boolean {
    return this.#areOpen;
  }

  get room(): Room | undefined {
    return this.#place?.room;
  }

  get recording(): LegRecording | undefined {
    return this.#recording;
  }

  /** Takes a place in a room; in the same room again it only changes whom it speaks to. */
  enter(room: Room, speaksTo: SpeaksTo): void {
    if (this.#place?.room === room) {
      this.#place.seat.speaksTo = speaksTo;
      return;
    }
    this.leaveRoom();
    this.#place = { room, seat: room.enter(this.#member, speaksTo) };
    this.#review();
  }

  leaveRoom(): void {
    this.#place?.room.leave(this.#member);
    this.#place = undefined;
    this.#review();
  }

  /** Begins to record; undefined when that is over. */
  record(recording: LegRecording | undefined): void {
    this.#recording = recording;
    this.#review();
  }

  /** A packet of sound from the peer, whose fields have just been read. */
  said(packet: Uint8Array, fields: Readonly<RtpFields>, origin: number, law: G711Law): void {
    const codes = packet.subarray(fields.start, fields.end);
    this.#place?.seat.ear.put(origin, fields.timestamp, codes, law);
    this.#recording?.said(origin, fields.timestamp, codes, law);
  }

  /** A packet of sound that goes to the peer, with its own fields. */
  heard(packet: Uint8Array, fields: Readonly<RtpFields>, law: G711Law): void {
    this.#recording?.heard(TO_PEER, fields.timestamp, packet.subarray(fields.start, fields.end), law);
  }

  #review(): void {
    this.#areOpen = this.#place !== undefined || this.#recording !== undefined;
  }
}
