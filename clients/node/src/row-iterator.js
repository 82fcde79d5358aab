"use strict";

const { deepFreeze } = require("./result.js");

/** @typedef {IteratorResult<any, any>} Result */

/**
 * The rows of parts one by one, as an async generator over them gives them: calls are answered in their order, and leaving it leaves the
 * parts. But a row that is there already is given at once, where a generator makes promises of its own for each.
 */
class RowIterator {
  #parts;
  #member;
  #signal;
  /** @type {any[]} */
  #rows = [];
  #given = 0;
  #ended = false;
  /** How many calls wait, and the end of the last of them. */
  #waiting = 0;
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /**
   * @param {AsyncGenerator<any, void, undefined>} parts
   * @param {string} member of a part, which holds the rows
   * @param {import("../index").AbortSignalLike | undefined} signal
   */
  constructor(parts, member, signal) {
    this.#parts = parts;
    this.#member = member;
    this.#signal = signal;
  }

  /** @returns {Promise<Result>} */
  next() {
    if (this.#waiting === 0 && this.#given < this.#rows.length && this.#signal?.aborted !== true) return Promise.resolve(this.#row());
    return this.#inTurn(() => this.#next());
  }

  /**
   * @param {any} [value]
   * @returns {Promise<Result>}
   */
  return(value) {
    return this.#inTurn(() => this.#end(this.#parts.return(value)));
  }

  /**
   * @param {unknown} error
   * @returns {Promise<Result>}
   */
  throw(error) {
    return this.#inTurn(() => this.#end(this.#parts.throw(error)));
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Result} */
  #row() {
    return { value: deepFreeze(this.#rows[this.#given++]), done: false };
  }

  /** @returns {Promise<Result>} */
  async #next() {
    for (;;) {
      if (this.#ended) return { value: undefined, done: true };
      if (this.#given < this.#rows.length) {
        if (this.#signal?.aborted === true) return this.#end(this.#parts.throw(this.#signal.reason));
        return this.#row();
      }
      const { value, done } = await this.#parts.next();
      if (done === true) return this.#end(Promise.resolve({ value: undefined, done }));
      const rows = value[this.#member];
      if (!Array.isArray(rows)) return this.#end(this.#parts.throw(new TypeError(`a part has no ${this.#member}`)));
      this.#rows = rows;
      this.#given = 0;
    }
  }

  /** @param {Promise<Result>} last */
  #end(last) {
    this.#rows = [];
    this.#ended = true;
    return last;
  }

  /**
   * By await and nothing else, so that the stack of an error tells who called.
   * @param {() => Promise<Result>} work
   * @returns {Promise<Result>}
   */
  async #inTurn(work) {
    const before = this.#last;
    /** @type {() => void} */
    let end = () => {};
    this.#last = new Promise((resolve) => (end = resolve));
    this.#waiting += 1;
    try {
      await before;
      return await work();
    } finally {
      this.#waiting -= 1;
      end();
    }
  }
}

// What all async iterators have, and newer versions of Node more of, such as Symbol.asyncDispose.
Object.setPrototypeOf(RowIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype));

module.exports = { RowIterator };
