"use strict";

const { debuglog } = require("node:util");
const { PROGRAM } = require("./find-program.js");
const { now } = require("./timers.js");

// As Node itself and its libraries do it: NODE_DEBUG, and not one more option. Never params or results: a secret may be in them.
const debug = debuglog(PROGRAM);

/** When a request begins; 0 where nobody looks. */
function beginning() {
  return debug.enabled ? now() : 0;
}

/**
 * A line for each request: `credentials.get, id 7: not_found after 1.3 ms`.
 * @param {string} method
 * @param {number} id
 * @param {number} began
 * @param {string} end the kind of its error, or how else it ended
 */
function logRequest(method, id, began, end) {
  if (debug.enabled) debug("%s, id %d: %s after %s ms", method, id, end, (now() - began).toFixed(1));
}

module.exports = { beginning, logRequest };
