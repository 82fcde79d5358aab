"use strict";

const LF = 0x0a;

/**
 * Cuts bytes into lines at LF and at nothing else. Lines are decoded whole, so that a character that came in two chunks stays whole; the
 * parts of a long line are joined once, at its end.
 */
class LineReader {
  /** @type {Buffer[]} */
  #parts = [];
  #length = 0;
  #onLine;
  #limit;

  /**
   * @param {(line: string) => void} onLine
   * @param {number} [limit] bytes after which a line without LF is given out as it is
   */
  constructor(onLine, limit = Infinity) {
    this.#onLine = onLine;
    this.#limit = limit;
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#add(chunk.subarray(start, end));
      start = end + 1;
      this.#give();
    }
    if (start === chunk.length) return;
    this.#add(chunk.subarray(start));
    if (this.#length > this.#limit) this.#give();
  }

  /** Gives out a last line without LF. */
  end() {
    if (this.#length > 0) this.#give();
  }

  /** @param {Buffer} part */
  #add(part) {
    this.#parts.push(part);
    this.#length += part.length;
  }

  #give() {
    const line = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    this.#onLine(line.toString("utf8"));
  }
}

module.exports = { LineReader };
