import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { setTimeout as pause } from "node:timers/promises";
import { RTP_HEADER_BYTES, rewriteRtp } from "@cordboard/rtp";

/** An address and a UDP port. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** What became of the packets that were sent in a while. */
export interface Heard {
  readonly sent: number;
  readonly lost: number;
  /** Packets that came after a later one of the same leg, or twice. */
  readonly disordered: number;
  /** From sending to hearing, in milliseconds. */
  readonly delaysMs: Float64Array;
  /** How far the sender was behind its own beat, in milliseconds: delay that the load itself made. */
  readonly lateMs: Float64Array;
}

/** Many legs of G.711 with few sockets and little work for each packet, so that the load is not what is measured. */
export interface RtpLoad {
  /** Where the packets come from and are to be sent to. */
  readonly places: readonly Place[];
  /** The one of them that speaker number `from` sends from. */
  placeOf(from: number): Place;
  /** Sends to `to` from place number `from`, 50 packets a second from now on, until {@link hush}. */
  speak(from: number, to: Place): void;
  /** Sends nothing any more. */
  hush(): void;
  /** Watches all packets that leave within `lengthMs`, until each is heard or has not been for two seconds. */
  measure(lengthMs: number): Promise<Heard>;
  close(): Promise<void>;
}

/** Each has a buffer in the kernel of its own; with few legs on each, a short stall of the load costs no packet. */
const SOCKETS = 32;
const LOCAL = "127.0.0.1";
const BEAT_MS = 20;
const PACKET_SAMPLES = 160;
const PACKET_BYTES = RTP_HEADER_BYTES + PACKET_SAMPLES;
const PCMA = 8;
const STRAGGLERS_MS = 2000;
/** A load that is late catches up in portions, and hears what has come in between: otherwise it would grow later and later. */
const MOST_A_TURN = 256;
/** What a packet's sound is made of: a relay does not look at it. */
const SENT_AT = RTP_HEADER_BYTES;
const LEG = SENT_AT + 8;
const COUNT = LEG + 4;
const WATCH = COUNT + 4;

interface Speaker {
  readonly socket: Socket;
  readonly to: Place;
  readonly packet: Buffer;
  count: number;
  /** The highest count that was heard of this leg. */
  heard: number;
}

interface Watch {
  readonly number: number;
  isOver: boolean;
  sent: number;
  heard: number;
  disordered: number;
  readonly delaysMs: Float64Array;
  readonly lateMs: Float64Array;
}

/** Takes a packet of sound that came from one of the server's ports, where it is not the one that was sent. */
export type HearOther = (packet: Buffer, fromPort: number) => void;

/** Opens the sockets; nothing is sent yet. With `hearOther`, what comes is not looked for among what was sent. */
export async function openRtpLoad(hearOther?: HearOther): Promise<RtpLoad> {
  const load = new Load(hearOther);
  await load.open();
  return load;
}

class Load implements RtpLoad {
  readonly #sockets: Socket[] = [];
  readonly #hearOther: HearOther | undefined;
  #speakers: Speaker[] = [];
  /** Whose turn it is, and when this round of all speakers began. */
  #turn = 0;
  #roundAt = 0;
  #next: NodeJS.Immediate | undefined;
  #watches = 0;
  #watch: Watch | undefined;

  constructor(hearOther: HearOther | undefined) {
    this.#hearOther = hearOther;
  }

  get places(): readonly Place[] {
    return this.#sockets.map((socket) => socket.address());
  }

  placeOf(from: number): Place {
    return this.#socketOf(from).address();
  }

  async open(): Promise<void> {
    while (this.#sockets.length < SOCKETS) {
      const lookup = (host: string, _options: unknown, done: (fault: null, address: string, family: number) => void) =>
        done(null, host, 4);
      const socket = createSocket({ type: "udp4", recvBufferSize: 2 ** 22, lookup });
      socket.bindSync({ address: LOCAL, port: 0 });
      socket.on("message", (packet, { port }) => this.#hear(packet, port));
      this.#sockets.push(socket);
    }
  }

  speak(from: number, to: Place): void {
    const socket = this.#socketOf(from);
    const packet = Buffer.alloc(PACKET_BYTES, 0xd5);
    packet[0] = 0x80;
    packet.writeUInt32BE(this.#speakers.length, LEG);
    this.#speakers.push({ socket, to, packet, count: 0, heard: -1 });
    if (this.#next !== undefined) return;
    this.#roundAt = performance.now();
    this.#turn = 0;
    this.#next = setImmediate(this.#run);
  }

  hush(): void {
    clearImmediate(this.#next);
    this.#next = undefined;
    this.#speakers = [];
  }

  async measure(lengthMs: number): Promise<Heard> {
    const room = Math.ceil((this.#speakers.length * (lengthMs + 1000)) / BEAT_MS);
    const watch: Watch = {
      number: ++this.#watches,
      isOver: false,
      sent: 0,
      heard: 0,
      disordered: 0,
      delaysMs: new Float64Array(room),
      lateMs: new Float64Array(room),
    };
    this.#watch = watch;
    await pause(lengthMs);
    watch.isOver = true;
    const deadline = performance.now() + STRAGGLERS_MS;
    while (watch.heard < watch.sent && performance.now() < deadline) await pause(BEAT_MS);
    this.#watch = undefined;
    return {
      sent: watch.sent,
      lost: watch.sent - watch.heard,
      disordered: watch.disordered,
      delaysMs: watch.delaysMs.subarray(0, watch.heard),
      lateMs: watch.lateMs.subarray(0, watch.sent),
    };
  }

  async close(): Promise<void> {
    this.hush();
    await Promise.all(this.#sockets.map((socket) => new Promise<void>((done) => socket.close(done))));
  }

  #socketOf(from: number): Socket {
    const socket = this.#sockets[from % SOCKETS];
    if (socket === undefined) throw new Error("the load has no socket");
    return socket;
  }

  /**
   * Sends what is due, evenly over the beat, and looks for what has come. It keeps a core busy, so that no timer's grain is measured.
   */
  readonly #run = (): void => {
    const now = performance.now();
    for (let sent = 0; sent < MOST_A_TURN; ) {
      const speaker = this.#speakers[this.#turn];
      if (speaker === undefined) {
        this.#turn = 0;
        this.#roundAt += BEAT_MS;
        continue;
      }
      const dueAt = this.#roundAt + (this.#turn * BEAT_MS) / this.#speakers.length;
      if (dueAt > now) break;
      this.#send(speaker, dueAt);
      this.#turn++;
      sent++;
    }
    this.#next = setImmediate(this.#run);
  };

  #send(speaker: Speaker, dueAt: number): void {
    const { socket, packet, to } = speaker;
    const watch = this.#watch;
    const count = speaker.count++;
    rewriteRtp(packet, {
      marker: count === 0,
      payload: PCMA,
      sequence: count & 0xffff,
      timestamp: (count * PACKET_SAMPLES) >>> 0,
      ssrc: packet.readUInt32BE(LEG),
      start: RTP_HEADER_BYTES,
      end: PACKET_BYTES,
    });
    packet.writeUInt32BE(count, COUNT);
    packet.writeUInt32BE(watch === undefined || watch.isOver ? 0 : watch.number, WATCH);
    const now = performance.now();
    packet.writeDoubleBE(now, SENT_AT);
    if (watch !== undefined && !watch.isOver) watch.lateMs[watch.sent++] = now - dueAt;
    socket.send(packet, to.port, to.address);
  }

  #hear(packet: Buffer, port: number): void {
    // Reports of the server reach the port after that of a leg, which may be another one of ours.
    if (packet.length !== PACKET_BYTES) return;
    if (this.#hearOther !== undefined) return this.#hearOther(packet, port);
    if (((packet[1] ?? 0) & 0x7f) !== PCMA) return;
    const speaker = this.#speakers[packet.readUInt32BE(LEG)];
    const watch = this.#watch;
    if (speaker === undefined || watch === undefined || packet.readUInt32BE(WATCH) !== watch.number) return;
    watch.delaysMs[watch.heard++] = performance.now() - packet.readDoubleBE(SENT_AT);
    const count = packet.readUInt32BE(COUNT);
    if (count <= speaker.heard) watch.disordered++;
    else speaker.heard = count;
  }
}
