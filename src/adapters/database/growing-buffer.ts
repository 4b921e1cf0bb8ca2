// Collects an answer that arrives in pieces, and gives it away as one.

/** Keeps its memory between answers; what `take` returns is the caller's own. */
export class GrowingBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  readonly #usual: number;

  /** `usual`: bytes to keep between answers; a bigger answer's memory is let go again. */
  constructor(usual: number) {
    this.#usual = usual;
    this.#bytes = new Uint8Array(usual);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > this.#usual * 64) this.#bytes = new Uint8Array(this.#usual);
  }

  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const bigger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      bigger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = bigger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}
