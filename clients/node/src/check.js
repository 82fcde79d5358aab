"use strict";

const LONGEST_TIMEOUT_MS = 600_000;

const isString = (/** @type {unknown} */ value) => typeof value === "string";
const isFunction = (/** @type {unknown} */ value) => typeof value === "function";
const isObject = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);
const areStrings = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(isString);

/** @type {Map<string, [string, (value: unknown) => boolean]>} */
const OPTIONS = new Map([
  ["command", ["a string", isString]],
  ["args", ["an array of strings", areStrings]],
  ["env", ["an object", isObject]],
  ["cwd", ["a string", isString]],
  ["region", ["a string", isString]],
  ["timeoutMs", ["a number", () => true]],
  ["onLog", ["a function", isFunction]],
]);

/**
 * Those of a bridge. A name that is none is refused: one that was mistyped would start another program than its user wants.
 * @param {object} options
 */
function checkOptions(options) {
  if (!isObject(options)) throw new TypeError("the options must be an object");
  for (const [name, value] of Object.entries(options)) {
    const [type, fits] = OPTIONS.get(name) ?? [];
    if (fits === undefined) throw new TypeError(`there is no option ${name}; there are ${[...OPTIONS.keys()].join(", ")}`);
    if (value === undefined) continue;
    if (name === "timeoutMs") checkTimeout(value);
    if (!fits(value)) throw new TypeError(`the option ${name} must be ${type}`);
  }
}

/**
 * @param {string} method
 * @param {unknown} params
 */
function checkParams(method, params) {
  if (!isObject(params)) throw new TypeError(`${method} takes its params by name, as an object`);
}

/** @param {import("../index").CallOptions & { onPart?: (part: any) => void }} options of a call */
function checkCallOptions({ signal, onPart }) {
  // Not by its class: there are signals of other realms, and polyfills.
  if (signal !== undefined && !isFunction(signal?.throwIfAborted)) throw new TypeError("signal must be an AbortSignal");
  if (onPart !== undefined && !isFunction(onPart)) throw new TypeError("onPart must be a function");
}

/**
 * @param {unknown} limit
 * @returns {asserts limit is number}
 */
function checkTimeout(limit) {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > LONGEST_TIMEOUT_MS) {
    throw new RangeError(`a timeout is a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT_MS}, not ${String(limit)}`);
  }
}

module.exports = { checkCallOptions, checkOptions, checkParams, checkTimeout };
