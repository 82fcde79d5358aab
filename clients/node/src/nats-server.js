"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { NatsServerError } = require("./errors.js").classes;
const { now, setTimeout } = require("./timers.js");

const NAME = "nats-server";
/** Where Debian has it, and what is not in the PATH of its users. */
const MORE_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];
const START_MS = 30_000;
const LOOK_MS = 10;
const TAIL_LINES = 10;

/**
 * The absolute path of a path or name; of true, that of nats-server on PATH, in /usr/local/sbin or /usr/sbin.
 * @param {true | string} program
 */
function findNatsServer(program) {
  const name = program === true ? NAME : program;
  const isPath = name.includes("/");
  const folders = isPath ? [process.cwd()] : [...(process.env.PATH ?? "").split(path.delimiter).filter(Boolean), ...MORE_FOLDERS];
  const file = folders.map((folder) => path.resolve(folder, name)).find(canBeRun);
  if (file !== undefined) return file;
  const where = isPath ? "there that can be run" : `in ${folders.join(path.delimiter)}`;
  throw new NatsServerError(`there is no program ${name} ${where}; install nats-server, or say where it is: natsServer: "/opt/bin/nats-server"`);
}

/** @param {string} file */
function canBeRun(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * On a free port of loopback, which the server finds itself: nobody can take it in between.
 * @param {string} state the state folder
 */
const natsServerArguments = (state) => ["-c", path.join(state, "nats-server.conf"), "-a", "127.0.0.1", "-p", "-1"];

/**
 * The URL of a server that was just started; an error with its last lines if it ends or is silent for 30 s.
 * @param {import("./guard.js").Guard} guard
 * @param {string} folder
 * @param {string} state
 */
async function untilReady(guard, folder, state) {
  const end = now() + START_MS;
  for (;;) {
    const url = urlIn(state);
    if (url !== undefined) return url;
    const hasEnded = guard.programHasEnded;
    if (hasEnded || now() > end) {
      const how = hasEnded ? "ended before it listened" : `did not listen within ${START_MS} ms`;
      throw new NatsServerError(`nats-server ${how}`, tailOf(path.join(folder, "nats-server.log")));
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/**
 * What its ports file says, which it writes when it listens; undefined as long as there is none, or a part of one.
 * @param {string} state
 * @returns {string | undefined}
 */
function urlIn(state) {
  const name = fs.readdirSync(state).find((file) => file.endsWith(".ports"));
  if (name === undefined) return undefined;
  try {
    return JSON.parse(fs.readFileSync(path.join(state, name), "utf8")).nats?.[0];
  } catch {
    return undefined;
  }
}

/**
 * The log has no secret: the server knows public keys and what was signed by them only.
 * @param {string} log
 */
function tailOf(log) {
  return fs.existsSync(log) ? fs.readFileSync(log, "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n") : "";
}

module.exports = { findNatsServer, natsServerArguments, untilReady };
