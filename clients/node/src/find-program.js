"use strict";

const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { BinaryNotFound, BinaryNotUsable } = require("./errors.js").classes;

const PROGRAM = "nats-credentials-bridge";
const VARIABLE = "NATS_CREDENTIALS_BRIDGE";
const PACKAGE = `@nats-credentials-bridge/${process.platform}-${process.arch}`;
// This package's own, which is on PATH where npm runs a script, and which needs the program itself. In a bundle there is none.
const COMMAND = typeof __dirname === "undefined" ? undefined : path.resolve(__dirname, `../bin/${PROGRAM}.js`);

/**
 * The bridge's program: the option, the variable, beside a bundle, the platform package, PATH. A place that names a program is final:
 * another program is never taken instead of one that was asked for.
 * @param {string | undefined} command the option
 * @returns {string} an absolute path
 */
function findProgram(command) {
  const bundled = besideBundle();
  /** @type {[string, string | undefined, string][]} */
  const places = [
    ["option command", named(command), "not set"],
    [VARIABLE, named(process.env[VARIABLE]), "not set"],
    .../** @type {[string, string | undefined, string][]} */ (
      bundled === undefined ? [] : [["beside the bundle", fs.existsSync(bundled) ? bundled : undefined, `no ${bundled}`]]
    ),
    [`package ${PACKAGE}`, packaged(), "not installed"],
    ["PATH", onPath(PROGRAM), `no ${PROGRAM} in its folders`],
  ];
  const chosen = places.findIndex(([, file]) => file !== undefined);
  const file = places[chosen]?.[1];
  const problem = file === undefined ? undefined : problemOf(file);
  if (file !== undefined && problem === undefined) return file;

  if (file !== undefined && fs.existsSync(file)) {
    throw new BinaryNotUsable(`${PROGRAM} cannot be started: ${places[chosen]?.[0]}: ${file} ${problem}`, file);
  }
  const looked = places.map(([place, , absent], index) => {
    if (index === chosen) return `${place}: ${file} ${problem}`;
    return `${place}: ${chosen >= 0 && index > chosen ? "not looked at" : absent}`;
  });
  const first = bundled === undefined ? "Install it (npm leaves its package out with --omit=optional)" : `Copy it to ${bundled}`;
  const advice = `${first}, or name its path by the option command or by ${VARIABLE}.`;
  throw new BinaryNotFound(`${PROGRAM} was not found. Looked at:\n  ${looked.join("\n  ")}\n${advice}`, file, looked);
}

/**
 * A program that somebody named: a path, or a name to look for on PATH.
 * @param {string | undefined} value
 */
function named(value) {
  if (value === undefined || value === "") return undefined;
  return value.includes("/") ? path.resolve(value) : onPath(value) ?? value;
}

/**
 * Where the program can lie if this file was put into a bundle, from which no package is found but one that is shipped beside it; undefined
 * in a file of its own.
 */
function besideBundle() {
  // A bundle may also be an ES module, which has no such name.
  if (typeof __filename === "undefined" || path.basename(__filename) === "find-program.js") return undefined;
  return path.join(path.dirname(__filename), "bin", PROGRAM);
}

/** The program in the package for the platform; undefined if that is not installed. */
function packaged() {
  try {
    // Not require.resolve, which bundlers take for theirs.
    return createRequire(__filename).resolve(`${PACKAGE}/bin/${PROGRAM}`);
  } catch {
    return undefined;
  }
}

/**
 * As a shell does it: the first file that can be run, or else the first of that name, to be complained of.
 * @param {string} name
 */
function onPath(name) {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const files = folders.map((folder) => path.resolve(folder, name)).filter((file) => fs.existsSync(file) && fs.realpathSync(file) !== COMMAND);
  return files.find((file) => problemOf(file) === undefined) ?? files[0];
}

/**
 * Why a file cannot be run; undefined if it can.
 * @param {string} file
 */
function problemOf(file) {
  if (!path.isAbsolute(file)) return "is not on PATH";
  try {
    if (!fs.statSync(file).isFile()) return "is not a file";
    fs.accessSync(file, fs.constants.X_OK);
    return undefined;
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    // Not the system's, but Deno's: its words say which permission is missing.
    if (code === undefined) throw error;
    if (code === "ENOENT") return "does not exist";
    return code === "EACCES" ? "is not executable; chmod +x would make it so" : `is not executable (${code})`;
  }
}

module.exports = { findProgram, packaged, PACKAGE, PROGRAM };
