"use strict";

const PAGES = 4;

/** @typedef {import("../index").CallOptions & { onPart?: (part: any) => void }} AskOptions */
/** @typedef {(method: string, params: object, options: AskOptions) => Promise<import("./connection.js").Answer>} Ask */

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
   */
  constructor(ask, method, params, options) {
    const onPart = (/** @type {any} */ part) => {
      this.#parts.push(part);
      this.#wake();
    };
    ask(method, { ...params, max_pages: PAGES }, { ...options, signal: this.#leaving.signal, onPart }).then((answer) => {
      this.#answer = answer;
      this.#wake();
    });
  }

  /**
   * The next part; undefined after the last. An error comes after the parts that came before it.
   * @returns {Promise<any>}
   */
  async next() {
    while (this.#parts.length === 0 && this.#answer === undefined) {
      await /** @type {Promise<void>} */ (new Promise((resolve) => (this.#wake = resolve)));
    }
    if (this.#parts.length > 0) return this.#parts.shift();
    if (this.#answer !== undefined && "failed" in this.#answer) throw this.#answer.failed();
    return undefined;
  }

  /** The sums at its end: whether there is more, and where. */
  get sums() {
    return this.#answer !== undefined && "result" in this.#answer ? this.#answer.result : {};
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
