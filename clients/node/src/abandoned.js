"use strict";

/**
 * What became of a create that was given up: by an abort, or by a time limit. Undefined if there is nothing to tell.
 * @param {string} method
 * @param {any} message the late response
 * @returns {import("../index").AbandonedCreate | undefined}
 */
function abandonedCreate(method, { result, error }) {
  if (!method.endsWith(".create")) return undefined;
  if (error !== undefined) {
    const { outcome, resource_id: id } = error.data ?? {};
    return outcome === "none" ? undefined : Object.freeze({ method, outcome: outcome ?? "unknown", id });
  }
  const { id, name, region, saved } = result ?? {};
  return Object.freeze({ method, outcome: "done", id, name, region, savedTo: saved?.path });
}

/** @param {import("../index").AbandonedCreate} create */
function warning({ method, outcome, id, savedTo }) {
  const what = id === undefined ? "" : `: ${id}`;
  const where = savedTo === undefined ? "" : `, saved in ${savedTo}`;
  return `${method} was given up, but ${outcome === "done" ? "was" : "may have been"} carried out${what}${where}`;
}

module.exports = { abandonedCreate, warning };
