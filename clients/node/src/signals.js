"use strict";

/** @typedef {import("../index").AbortSignalLike} AbortSignalLike */

/** @type {WeakMap<AbortSignalLike, Set<() => void>>} */
const listeners = new WeakMap();

/**
 * Calls back when a signal is aborted. One signal often serves many calls at once, and it warns of more than ten listeners; so it has one
 * of ours, however many calls.
 * @param {AbortSignalLike | undefined} signal
 * @param {() => void} onAbort
 * @returns {() => void} forgets it
 */
function whenAborted(signal, onAbort) {
  if (signal === undefined) return () => {};
  const ours = listeners.get(signal) ?? listen(signal);
  ours.add(onAbort);
  return () => {
    ours.delete(onAbort);
    if (ours.size === 0 && listeners.get(signal) === ours) stop(signal);
  };
}

/** @param {AbortSignalLike} signal */
function listen(signal) {
  /** @type {Set<() => void>} */
  const ours = new Set();
  listeners.set(signal, ours);
  signal.addEventListener("abort", tellAll);
  return ours;
}

/** @param {AbortSignalLike} signal */
function stop(signal) {
  listeners.delete(signal);
  signal.removeEventListener("abort", tellAll);
}

/** @this {AbortSignalLike} */
function tellAll() {
  const ours = listeners.get(this) ?? [];
  stop(this);
  for (const onAbort of ours) onAbort();
}

/**
 * What signals have of their own, but not all of them: those of jsdom 20 have not.
 * @param {AbortSignalLike | undefined} signal
 */
function throwIfAborted(signal) {
  if (signal?.aborted) throw signal.reason;
}

module.exports = { throwIfAborted, whenAborted };
