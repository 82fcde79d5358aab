"use strict";

const PAGES = 4;

/** @typedef {import("../index").CallOptions & { onPart?: (part: any) => void }} AskOptions */
/** @typedef {(method: string, params: object, options: AskOptions, pauseMs: number) => Promise<import("./connection.js").Answer>} Ask */

/** Up to four pages of a stream. Its parts wait here for their consumer; that is all that is ever held of a list. */
class Window {
  /** @type {any[]} */
  #parts = [];
  /** @type {import("./connection.js").Answer | undefined} */
  #answer;
  /** @type {() => void} */
  #wake = () => {};
  #leaving = new AbortController();

  /**
   * @param {Ask} ask
   * @param {string} method
   * @param {object} params
   * @param {{ timeoutMs?: number, maxRetries?: number }} options
   * @param {number} pauseMs before it is asked for
   */
  constructor(ask, method, params, options, pauseMs) {
    const onPart = (/** @type {any} */ part) => {
      this.#parts.push(part);
      this.#wake();
    };
    ask(method, { ...params, max_pages: PAGES }, { ...options, signal: this.#leaving.signal, onPart }, pauseMs).then((answer) => {
      this.#answer = answer;
      this.#wake();
    });
  }

  /**
   * The next part; undefined after the last, when there is an answer.
   * @returns {Promise<any>}
   */
  async next() {
    while (this.#parts.length === 0 && this.#answer === undefined) {
      await /** @type {Promise<void>} */ (new Promise((resolve) => (this.#wake = resolve)));
    }
    return this.#parts.shift();
  }

  /** The sums at its end, whether there is more, and where; or an error. */
  get answer() {
    return this.#answer;
  }

  /**
   * Asks for no more; if it is at its end, nothing happens.
   * @param {unknown} [reason]
   */
  leave(reason) {
    // An abort without a reason makes an error with a stack, which is what a window would cost most.
    if (this.#answer === undefined) this.#leaving.abort(reason);
  }
}

module.exports = { Window };
