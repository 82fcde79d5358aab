"use strict";

/**
 * Calls a user's listener. What it throws is an uncaught exception as with any emitter, but on a tick of its own: thrown from here it would
 * take along the lines that came in the same chunk.
 * @param {() => void} listener
 */
function notify(listener) {
  try {
    listener();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

module.exports = { notify };
