"use strict";

const { BinaryNotFound, BridgeDied } = require("./errors.js").classes;
const { PROGRAM } = require("./find-program.js");

/**
 * Why nothing can be asked any more; makes an error for each call, which knows what became of that call.
 * @typedef {(outcome: "none" | "unknown") => unknown} Death
 */

/**
 * @param {string} file
 * @param {any} cause
 */
function notStarted(file, cause) {
  return new BinaryNotFound(`${file} cannot be started: ${cause.message}`, { reason: "not_executable", path: file, cause });
}

/**
 * @param {string} file
 * @param {string} why
 * @param {string} [stderrTail]
 * @returns {Death}
 */
function notOurs(file, why, stderrTail = "") {
  const tail = stderrTail === "" ? "" : `; the last of its stderr:\n${stderrTail}`;
  return () => new BinaryNotFound(`${file} is not ${PROGRAM}: it ${why}${tail}`, { reason: "not_ours", path: file, stderrTail });
}

/**
 * @param {string} file
 * @param {boolean} greeted
 * @param {string} stderrTail
 * @returns {Death}
 */
function garbled(file, greeted, stderrTail) {
  const why = "wrote a line that is not JSON-RPC";
  if (!greeted) return notOurs(file, why);
  return (outcome) => new BridgeDied(`the bridge ${why}`, { exitCode: null, signal: null, stderrTail }, outcome);
}

/**
 * @param {string} file
 * @param {boolean} greeted
 * @param {import("./child.js").End} end
 * @returns {Death}
 */
function ended(file, greeted, end) {
  const { exitCode, signal, stderrTail, startError } = end;
  if (startError !== undefined) {
    return () => notStarted(file, startError);
  }
  const how = signal === null ? `ended with exit status ${exitCode}` : `was killed by ${signal}`;
  // The bridge itself ends with 64 or 70 when it cannot begin.
  if (!greeted && signal === null && exitCode !== 64 && exitCode !== 70) return notOurs(file, `${how} before it answered`, stderrTail);
  return (outcome) => new BridgeDied(`the bridge ${how}`, end, outcome);
}

module.exports = { ended, garbled, notOurs, notStarted };
