#!/usr/bin/env node
// The command nats-credentials-bridge of this package, as npx finds it: runs the program of the package for the platform. No other program is
// looked for, because the first one on PATH is this file where npx runs it.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { packaged, PACKAGE, PROGRAM } = require("../src/find-program.js");

/**
 * Ends with a status of the shell's: 126 for what cannot be run, 127 for what is not there.
 * @param {number} status
 * @param {string} message
 */
function fail(status, message) {
  process.stderr.write(`${PROGRAM}: ${message}\n`);
  process.exit(status);
}

const file = packaged();
if (file === undefined) {
  fail(127, `the package ${PACKAGE}, which has the program, is not installed; npm leaves it out with --omit=optional and on other platforms`);
} else {
  // Before the program begins: it would be left alone by a signal in between. SIGTERM is sent to one process. What a terminal sends it sends to
  // the program, too, for which a second one means to end at once.
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  for (const signal of /** @type {const} */ (["SIGINT", "SIGHUP", "SIGQUIT"])) process.on(signal, () => {});
  const child = spawn(file, process.argv.slice(2), { stdio: "inherit" });
  child.on("error", (error) => fail(126, `${file} cannot be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Node itself ignores some, such as SIGPIPE, and goes on: it then ends with a shell's status for them.
    process.exitCode = 128 + constants.signals[signal];
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
