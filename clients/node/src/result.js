"use strict";

const { Secret } = require("./secret.js");

/**
 * Freezes a value with all that is in it.
 * @template T
 * @param {T} value fresh from JSON.parse: a tree
 * @returns {T}
 */
function deepFreeze(value) {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

/**
 * A result as the caller gets it: as it came, frozen, but the one member that the schemas mark as secret is wrapped.
 * @param {any} result
 */
function finished(result) {
  if (typeof result?.credentials?.content === "string") result.credentials.content = new Secret(result.credentials.content);
  return deepFreeze(result);
}

module.exports = { deepFreeze, finished };
