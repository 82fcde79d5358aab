"use strict";

const path = require("node:path");

/** Where this program is; undefined where that folder is gone. */
function workingFolder() {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/**
 * Params whose relative `save_to` begins where this program is now, as any other path of it does. The bridge stays where it was started;
 * so a path is sent as it is as long as this program has stayed there, too, whatever bytes the folder's name is made of.
 * @template {Record<string, unknown>} Params
 * @param {Params} params
 * @param {string | undefined} started where the bridge was started
 * @returns {Params}
 */
function fromHere(params, started) {
  const { save_to: file } = params;
  if (typeof file !== "string" || file === "" || path.isAbsolute(file)) return params;
  // Where it is gone this throws, which is better than a file in the folder before.
  const folder = process.cwd();
  // Not path.resolve: after a symbolic link `..` leads elsewhere.
  return folder === started ? params : { ...params, save_to: `${folder === "/" ? "" : folder}/${file}` };
}

module.exports = { fromHere, workingFolder };
