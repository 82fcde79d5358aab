"use strict";

const { complaintOfLoader, madeFor } = require("./loading.js");
const { BinaryNotUsable, BridgeDied, NotABridge } = require("./errors.js").classes;
const { PROGRAM } = require("./find-program.js");

const HERE = `${process.platform} on ${process.arch}`;

/**
 * Why nothing can be asked any more; makes an error for each call, which knows what became of that call.
 * @typedef {(method: string, outcome: "none" | "unknown") => unknown} Death
 */

/**
 * @param {string} file
 * @param {any} cause
 */
function notStarted(file, cause) {
  return new BinaryNotUsable(`${file} cannot be started: ${cause.message}${adviceFor(cause.code)}`, file, { cause });
}

/** @param {string | undefined} code of what the system refused, though the file is there and may be executed */
function adviceFor(code) {
  if (code === "ENOENT") return "; what is to load it is not on this machine: take the program that was made for this system's C library";
  if (code === "EACCES") return "; is its file system mounted with noexec?";
  return "";
}

/**
 * @param {string} file
 * @param {string} why
 * @param {string} stderrTail
 * @returns {Death}
 */
function notLoaded(file, why, stderrTail) {
  const advice = `take the program that was made for ${HERE} and its C library, or build it here`;
  return () => new BinaryNotUsable(`${file} cannot be loaded on this machine: ${why}; ${advice}`, file, { stderrTail });
}

/**
 * @param {string} file
 * @param {string} why
 * @param {string} [stderrTail]
 * @returns {Death}
 */
function notOurs(file, why, stderrTail = "") {
  return () => new NotABridge(`${file} is not ${PROGRAM}: it ${why}`, file, stderrTail);
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
  const end = { exitCode: null, signal: null, stderrTail };
  return (method, outcome) => new BridgeDied(`the bridge ${why}`, end, method, outcome);
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
  if (!greeted && signal === null && exitCode !== 64 && exitCode !== 70) {
    const why = complaintOfLoader(stderrTail) ?? madeFor(file);
    return why === undefined ? notOurs(file, `${how} before it answered`, stderrTail) : notLoaded(file, why, stderrTail);
  }
  return (method, outcome) => new BridgeDied(`the bridge ${how}`, end, method, outcome);
}

module.exports = { ended, garbled, notOurs, notStarted };
