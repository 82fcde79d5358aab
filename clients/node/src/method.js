"use strict";

const { checkTimeout } = require("./check.js");

/** How much longer than the bridge itself this side waits: a mutation that was sent is not aborted, but awaited and looked for. */
const MUTATION_GRACE_MS = 15_000;
const READ_GRACE_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 30_000;

/** @param {string} method */
function isRouted(method) {
  return !/^(bridge|rpc)\./.test(method);
}

/**
 * A method that is not known to only read may change something.
 * @param {string} method
 */
function isMutation(method) {
  return isRouted(method) && !/\.(list|stream|get)$/.test(method);
}

/**
 * @typedef {object} Prepared
 * @property {Record<string, unknown>} params as they are sent
 * @property {number} limitMs how long the bridge may take
 * @property {number} waitMs how long this side waits for the response, or for the next part of it
 */

/**
 * @param {string} method
 * @param {Record<string, unknown>} params
 * @param {number | undefined} timeoutMs of this call
 * @param {{ region?: string, timeoutMs?: number }} defaults
 * @returns {Prepared}
 */
function prepare(method, params, timeoutMs, defaults) {
  const limit = timeoutMs ?? params.timeout_ms ?? defaults.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  checkTimeout(limit, method);
  const waitMs = limit + (isMutation(method) ? MUTATION_GRACE_MS : READ_GRACE_MS);
  if (!isRouted(method)) return { params, limitMs: limit, waitMs };
  return { params: { region: defaults.region, ...defined(params), timeout_ms: limit }, limitMs: limit, waitMs };
}

/**
 * Without members that are undefined, which would hide a default.
 * @param {Record<string, unknown>} params
 */
function defined(params) {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}

module.exports = { prepare, isMutation };
