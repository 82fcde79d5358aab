"use strict";

const { whenAborted } = require("./signals.js");
const { clearTimeout, now, setTimeout } = require("./timers.js");

/** Where the bridge does not say when. */
const USUAL_PAUSE_MS = 1_000;

/** Whether a request that failed is sent again, and when: the retries that one call has left, in the time that it has. */
class Retries {
  #most;
  #limitMs;
  #left = 0;
  #end = 0;

  /**
   * @param {number} most
   * @param {string} method
   * @param {Record<string, unknown>} params
   * @param {number} limitMs of the call with all its retries and pauses
   */
  constructor(most, method, params, limitMs) {
    this.#most = mayBeRetried(method, params) ? most : 0;
    this.#limitMs = limitMs;
    this.renew();
  }

  /** All retries and all the time, as at the beginning: for the next page of a stream, when one has come. */
  renew() {
    this.#left = this.#most;
    this.#end = now() + this.#limitMs;
  }

  /**
   * How long to wait before the next request; undefined if there is none, and the answer is the call's.
   * @param {import("./connection.js").Answer} answer
   */
  pauseAfter(answer) {
    if (this.#left === 0 || !("failed" in answer)) return undefined;
    const { kind, retryable, outcome, retry_after_ms: pause = USUAL_PAUSE_MS } = answer.error?.data ?? {};
    // This bridge answers nothing more; only another one could.
    if (retryable !== true || outcome !== "none" || kind === "shutting_down") return undefined;
    this.#left -= 1;
    return pause < this.#end - now() ? pause : undefined;
  }

  /** What is left of the call's time, in whole milliseconds. */
  get leftMs() {
    return Math.max(1, Math.floor(this.#end - now()));
  }
}

/**
 * Not a create that makes one more each time, and nothing that this version of the library does not know. That nothing was made is what an
 * outcome of "none" says. But a second secret, of which nobody knows, is worse than an error.
 * @param {string} method
 * @param {Record<string, unknown>} params
 */
function mayBeRetried(method, { if_exists }) {
  if (method === "credentials.create") return if_exists === "fail" || if_exists === "replace";
  return /^(credentials|accounts)\.(list|stream|get|update|delete|revoke)$/.test(method);
}

/**
 * Resolves after so many milliseconds, or as soon as a signal is aborted.
 * @param {number} ms
 * @param {(import("../index").AbortSignalLike | undefined)[]} signals
 * @returns {Promise<void>}
 */
function pause(ms, signals) {
  if (signals.some((signal) => signal?.aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const forget of listening) forget();
      resolve();
    };
    const timer = setTimeout(end, ms);
    const listening = signals.map((signal) => whenAborted(signal, end));
  });
}

module.exports = { pause, Retries };
