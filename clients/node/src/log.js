"use strict";

const { LineReader } = require("./lines.js");

const TAIL_LINES = 20;
const LINE_BYTES = 16 * 1024;
const LEVELLED = /^nats-credentials-bridge: (error|warning|info|debug|trace): (.*)$/;

/** Reads the bridge's stderr to its end, whoever listens, and keeps the last lines for the error that tells of its death. */
class LogReader {
  /** @type {string[]} */
  #tail = [];
  #lines;

  /** @param {(entry: import("../index").LogEntry) => void} onEntry */
  constructor(onEntry) {
    this.#lines = new LineReader((line) => {
      this.#tail.push(line);
      if (this.#tail.length > TAIL_LINES) this.#tail.shift();
      onEntry(entryOf(line));
    }, LINE_BYTES);
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    this.#lines.push(chunk);
  }

  end() {
    this.#lines.end();
  }

  /** The last lines of stderr. */
  get tail() {
    return this.#tail.join("\n");
  }
}

/**
 * A line that has no level is none of the bridge's own: a crash, a wrapper's complaint.
 * @param {string} line
 * @returns {import("../index").LogEntry}
 */
function entryOf(line) {
  const [, level, message] = LEVELLED.exec(line) ?? [];
  if (level === undefined) return { level: "error", message: line };
  return { level: /** @type {import("../index").LogLevel} */ (level), message };
}

module.exports = { LogReader };
