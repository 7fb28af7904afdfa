// Runs in the browser: what a call of the page sounds like, as 8 kHz samples that a test can look at.

/** Hears the sound of a peer connection from now on. */
export class Hearing {
  #context = new AudioContext({ sampleRate: 8000 });
  #samples = [];
  #element = new Audio();
  #tap;

  /** Follows a connection: its remote sound is played, without which no browser decodes it, and kept. */
  follow(connection) {
    connection.addEventListener("track", ({ track }) => this.#listen(new MediaStream([track])));
    const tracks = connection.getReceivers().map(({ track }) => track);
    if (tracks.length > 0) this.#listen(new MediaStream(tracks));
  }

  #listen(stream) {
    // One sound at a time: those of earlier calls have fallen silent, and would be heard between its samples.
    this.#tap?.disconnect();
    this.#element.srcObject = stream;
    this.#element.muted = true;
    void this.#element.play();
    const source = this.#context.createMediaStreamSource(stream);
    const tap = this.#context.createScriptProcessor(1024, 1, 1);
    this.#tap = tap;
    tap.onaudioprocess = ({ inputBuffer }) => {
      if (tap !== this.#tap) return;
      this.#samples.push(...inputBuffer.getChannelData(0));
      // The last minute is enough.
      if (this.#samples.length > 480_000) this.#samples.splice(0, 8000);
    };
    source.connect(tap).connect(this.#context.destination);
  }

  /** Forgets what it heard. */
  forget() {
    this.#samples = [];
  }

  /** The last so many milliseconds, as whole numbers of 16 bits; null as long as there are not that many. */
  last(forMs) {
    const count = 8 * forMs;
    if (this.#samples.length < count) return null;
    return this.#samples.slice(-count).map((sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767));
  }
}
