"use strict";

const { accessSync, constants, statSync } = require("node:fs");

const LONGEST_TIMEOUT_MS = 600_000;

const isString = (/** @type {unknown} */ value) => typeof value === "string";
const isFunction = (/** @type {unknown} */ value) => typeof value === "function";
const isObject = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);
// Not by its class: there are signals of other realms, and polyfills.
const isSignal = (/** @type {any} */ value) => typeof value?.aborted === "boolean" && isFunction(value.addEventListener);
const areStrings = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(isString);

/**
 * @param {string} type
 * @param {(value: unknown) => boolean} fits
 */
const mustBe = (type, fits) => (/** @type {unknown} */ value, /** @type {string} */ name) => {
  if (!fits(value)) throw new TypeError(`the option ${name} must be ${type}`);
};

/** @type {Map<string, (value: unknown, name: string) => void>} */
const OPTIONS = new Map([
  ["command", mustBe("a string", isString)],
  ["args", mustBe("an array of strings", areStrings)],
  ["env", mustBe("an object", isObject)],
  ["cwd", mustBe("a string", isString)],
  ["region", mustBe("a string", isString)],
  ["timeoutMs", checkTimeout],
  ["maxRetries", checkRetries],
  ["onLog", mustBe("a function", isFunction)],
]);

/**
 * Those of a bridge. A name that is none is refused: one that was mistyped would start another program than its user wants.
 * @param {object} options
 */
function checkOptions(options) {
  if (!isObject(options)) throw new TypeError("the options must be an object");
  for (const [name, value] of Object.entries(options)) {
    const check = OPTIONS.get(name);
    if (check === undefined) throw new TypeError(`there is no option ${name}; there are ${[...OPTIONS.keys()].join(", ")}`);
    if (value !== undefined) check(value, name);
  }
}

/**
 * To the system a folder that is not there and a program that is not there are the same, so it is looked at before.
 * @param {string} cwd
 */
function checkFolder(cwd) {
  const problem = problemOfFolder(cwd);
  if (problem !== undefined) throw new TypeError(`the option cwd: ${cwd} ${problem}`);
}

/** @param {string} folder */
function problemOfFolder(folder) {
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return "is not a folder";
    accessSync(folder, constants.X_OK);
    return undefined;
  } catch (error) {
    return `cannot be entered (${/** @type {NodeJS.ErrnoException} */ (error).code})`;
  }
}

/**
 * @param {string} method
 * @param {unknown} params
 */
function checkParams(method, params) {
  if (!isObject(params)) throw new TypeError(`${method} takes its params by name, as an object`);
}

/**
 * @param {string} method
 * @param {import("../index").CallOptions & { onPart?: (part: any) => void }} options
 */
function checkCallOptions(method, options) {
  if (!isObject(options)) throw new TypeError(`${method} takes its options as an object, such as { timeoutMs: 5_000 }`);
  const { signal, onPart, maxRetries } = options;
  if (signal !== undefined && !isSignal(signal)) throw new TypeError(`${method}: signal must be an AbortSignal`);
  if (onPart !== undefined && !isFunction(onPart)) throw new TypeError(`${method}: onPart must be a function`);
  if (maxRetries !== undefined) checkRetries(maxRetries, `${method}: maxRetries`);
}

/**
 * @param {unknown} limit
 * @param {string} where a method, or an option
 * @returns {asserts limit is number}
 */
function checkTimeout(limit, where) {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > LONGEST_TIMEOUT_MS) {
    throw new RangeError(`${where}: a timeout is a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT_MS}, not ${String(limit)}`);
  }
}

/**
 * @param {unknown} most
 * @param {string} where
 */
function checkRetries(most, where) {
  if (typeof most !== "number" || !Number.isInteger(most) || most < 0) throw new RangeError(`${where} is a number of retries, from 0`);
}

module.exports = { checkCallOptions, checkFolder, checkOptions, checkParams, checkTimeout };
