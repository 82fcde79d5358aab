"use strict";

const { spawn } = require("node:child_process");
const { LineReader } = require("./lines.js");
const { LogReader } = require("./log.js");
const { clearTimeout, setImmediate, setTimeout } = require("./timers.js");

/** How long pipes may outlive their process, which somebody else may hold, too. */
const PIPES_MS = 250;
/** How often they are read after that, while there is something to read. */
const LAST_READS = 10;
/** How long a process may outlive one of its pipes. */
const BROKEN_MS = 2_000;
const END_OF_INPUT_MS = 2_000;
/** After SIGTERM the bridge undoes what nobody received; it takes five seconds at most. */
const TERMINATED_MS = 6_000;

/**
 * @typedef {object} End
 * @property {number | null} exitCode
 * @property {string | null} signal
 * @property {string} stderrTail
 * @property {Error} [startError] why it could not be started
 */

/** The process of the bridge: its life, and its pipes as lines. It keeps this program alive only while it is busy. */
class Child {
  #process;
  #log;
  /** @type {Map<unknown, string>} lines that the pipe has not taken yet, by a key to take them back with */
  #lines = new Map();
  #held = true;
  #full = false;
  #ending = false;
  #busy = true;
  #chunks = 0;
  /** @type {End | undefined} */
  #end;
  /** @type {Promise<void> | undefined} */
  #closing;
  #exit = { code: /** @type {number | null} */ (null), signal: /** @type {string | null} */ (null) };
  /** @type {() => void} */
  #ended = () => {};
  /** @type {Promise<void>} */
  #gone = new Promise((resolve) => (this.#ended = resolve));
  #onEnd;

  /**
   * @param {{ file: string, args: string[], env: NodeJS.ProcessEnv, cwd?: string }} program
   * @param {{ onLine(line: string): void, onLog(entry: import("../index").LogEntry): void, onEnd(end: End): void }} hooks
   */
  constructor({ file, args, env, cwd }, { onLine, onLog, onEnd }) {
    this.#onEnd = onEnd;
    // A process group of its own, so that Ctrl-C in a terminal reaches this program only. It does not stay behind: the end of its input,
    // which is the end of this program, ends it.
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    this.#log = new LogReader(onLog);
    const lines = new LineReader(onLine);

    child.on("error", (error) => {
      if (child.pid === undefined) this.#finish(error);
    });
    child.on("exit", (code, signal) => {
      this.#exit = { code, signal };
      // What it wrote before is still read.
      setTimeout(() => this.#finishWhenRead(LAST_READS), PIPES_MS).unref();
    });
    child.on("close", () => this.#finish());

    const { stdin, stdout, stderr } = child;
    // Where no descriptor was left, there are no pipes, only the error above.
    if (stdin === undefined) return;
    stdin.on("drain", () => {
      this.#full = false;
      this.#pump();
    });
    stdin.on("error", () => this.#killLater());
    stdout.on("data", (chunk) => {
      this.#chunks += 1;
      lines.push(chunk);
    });
    stdout.on("end", () => this.#killLater());
    stdout.on("error", () => this.#killLater());
    stderr.on("data", (chunk) => this.#log.push(chunk));
    stderr.on("error", () => {});
  }

  /**
   * Writes a line before all others, also while they are held.
   * @param {string} line
   */
  writeFirst(line) {
    // Not after the end of its input: that would be an error, and end it the hard way.
    if (this.#process.stdin?.writable) this.#process.stdin.write(`${line}\n`);
  }

  /**
   * Writes a line when the pipe has room, in the order of the calls.
   * @param {unknown} key
   * @param {string} line
   */
  write(key, line) {
    this.#lines.set(key, line);
    this.#pump();
  }

  /**
   * Takes a line back; false if the pipe has it already.
   * @param {unknown} key
   */
  takeBack(key) {
    return this.#lines.delete(key);
  }

  /** Lets lines go; until then they are held. */
  release() {
    this.#held = false;
    this.#pump();
  }

  /**
   * Whether somebody waits for this process, so that this program must stay alive.
   * @param {boolean} busy
   */
  setBusy(busy) {
    // Whoever waits for the end keeps the script alive until then.
    busy ||= this.#ending;
    if (busy === this.#busy) return;
    this.#busy = busy;
    const { pid, stdin, stdout, stderr } = this.#process;
    // Deno cannot unref what was not started.
    if (pid === undefined) return;
    for (const handle of /** @type {(import("node:net").Socket | undefined)[]} */ ([this.#process, stdin, stdout, stderr])) {
      if (busy) handle?.ref();
      else handle?.unref();
    }
  }

  /** Ends it: the end of its input, SIGTERM, SIGKILL. Resolves when it is gone. */
  close() {
    return (this.#closing ??= this.#close());
  }

  async #close() {
    this.#ending = true;
    this.setBusy(true);
    this.#pump();
    if (await this.#goneWithin(END_OF_INPUT_MS)) return;
    const { stdin } = this.#process;
    if (this.#held && stdin?.writable) {
      // It was left open for the lines that are held; now they are never sent.
      stdin.end();
      if (await this.#goneWithin(END_OF_INPUT_MS)) return;
    }
    this.kill("SIGTERM");
    if (await this.#goneWithin(TERMINATED_MS)) return;
    this.kill();
    await this.#gone;
  }

  get pid() {
    return this.#end === undefined ? this.#process.pid : undefined;
  }

  /** The last lines that it wrote to stderr. */
  get stderrTail() {
    return this.#log.tail;
  }

  /**
   * Ends it with all that it has started: a wrapper script may stand between.
   * @param {NodeJS.Signals} signal
   */
  kill(signal = "SIGKILL") {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch {
      this.#process.kill(signal);
    }
  }

  #killLater() {
    setTimeout(() => this.kill(), BROKEN_MS).unref();
  }

  /** @param {number} ms */
  async #goneWithin(ms) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, ms, false)));
    const gone = await Promise.race([this.#gone.then(() => true), late]);
    clearTimeout(timer);
    return gone;
  }

  #pump() {
    const { stdin } = this.#process;
    if (!stdin?.writable) return;
    for (const [key, line] of this.#lines) {
      if (this.#held || this.#full) return;
      this.#lines.delete(key);
      this.#full = !stdin.write(`${line}\n`);
    }
    if (this.#ending) stdin.end();
  }

  /**
   * Timers come before reading: where this program was busy for longer, all that the process wrote may still lie in the pipe.
   * @param {number} reads
   */
  #finishWhenRead(reads) {
    const before = this.#chunks;
    // After the next read.
    setImmediate(() => {
      if (this.#chunks > before && reads > 1) this.#finishWhenRead(reads - 1);
      else this.#finish();
    });
  }

  /** @param {Error} [startError] */
  #finish(startError) {
    if (this.#end !== undefined) return;
    this.#log.end();
    this.#end = { exitCode: this.#exit.code, signal: this.#exit.signal, stderrTail: this.#log.tail, startError };
    for (const pipe of [this.#process.stdin, this.#process.stdout, this.#process.stderr]) pipe?.destroy();
    this.#onEnd(this.#end);
    this.#ended();
  }
}

module.exports = { Child };
