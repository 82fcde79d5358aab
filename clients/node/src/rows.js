"use strict";

const { checkCallOptions, checkParams } = require("./check.js");
const { deepFreeze } = require("./result.js");
const { RowIterator } = require("./row-iterator.js");
const { IncompleteList } = require("./errors.js").classes;
const { throwIfAborted, whenAborted } = require("./signals.js");
const { Window } = require("./window.js");

/** A list that is read while it is iterated: a window of pages is asked for when the one before is used up. */
class Rows {
  #ask;
  #method;
  #member;
  #params;
  #options;

  /**
   * @param {import("./window.js").Ask} ask
   * @param {"credentials.stream" | "accounts.stream"} method
   * @param {"nats_credentials" | "nats_accounts"} member of a part, which holds the rows
   * @param {Record<string, unknown>} params
   * @param {import("../index").CallOptions} options
   */
  constructor(ask, method, member, params, options) {
    checkParams(method, params);
    checkCallOptions(method, options);
    if (params.max_pages !== undefined) throw new TypeError(`${method}: a list takes no max_pages: leave the loop when you have enough`);
    this.#ask = ask;
    this.#method = method;
    this.#member = member;
    this.#params = params;
    this.#options = options;
  }

  /** Row by row. */
  [Symbol.asyncIterator]() {
    return new RowIterator(this.#parts(), this.#member, this.#options.signal);
  }

  /**
   * Page by page; a page's `cursor` goes on after it, also in another process.
   * @returns {AsyncGenerator<any, void, undefined>}
   */
  async *pages() {
    /** @type {any[]} */
    let rows = [];
    for await (const part of this.#parts()) {
      // A page with long rows comes in several parts; only the last has the cursor.
      rows = rows.concat(part[this.#member]);
      if (part.cursor === null) continue;
      yield deepFreeze({ [this.#member]: rows, total_count: part.total_count, cursor: part.cursor });
      rows = [];
    }
  }

  async *#parts() {
    const { signal, timeoutMs, maxRetries } = this.#options;
    let params = this.#params;
    let pauseMs = 0;
    for (;;) {
      throwIfAborted(signal);
      const window = new Window(this.#ask, this.#method, params, { timeoutMs, maxRetries }, pauseMs);
      const forget = whenAborted(signal, () => window.leave(signal?.reason));
      /** @type {string | null | undefined} */
      let last;
      try {
        for (let part = await window.next(); part !== undefined; part = await window.next()) {
          throwIfAborted(signal);
          last = part.cursor;
          yield part;
        }
      } finally {
        forget();
        window.leave();
      }
      const answer = /** @type {import("./connection.js").Answer} */ (window.answer);
      if ("failed" in answer) {
        // It goes on after the last page; in the midst of one there is no cursor.
        if (answer.retryMs === undefined || typeof last !== "string") throw answer.failed();
        pauseMs = answer.retryMs;
        params = { ...params, cursor: last };
        continue;
      }
      const { cursor, complete } = answer.result;
      if (typeof cursor !== "string") {
        if (complete === false) throw new IncompleteList(this.#method);
        return;
      }
      pauseMs = 0;
      params = { ...params, cursor };
    }
  }
}

module.exports = { Rows };
