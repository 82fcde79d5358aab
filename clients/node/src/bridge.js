"use strict";

const { EventEmitter } = require("node:events");
const { abandonedCreate, warning } = require("./abandoned.js");
const { checkCallOptions, checkFolder, checkOptions, checkParams } = require("./check.js");
const { Connection } = require("./connection.js");
const { notStarted } = require("./deaths.js");
const { BridgeClosed } = require("./errors.js").classes;
const { findProgram, PROGRAM } = require("./find-program.js");
const { Accounts, Credentials } = require("./groups.js");
const { prepare } = require("./method.js");
const { notify } = require("./notify.js");
const { finished } = require("./result.js");
const { pause, Retries } = require("./retries.js");
const { throwIfAborted } = require("./signals.js");
const { fromHere, workingFolder } = require("./working-folder.js");

/** @type {typeof Symbol.asyncDispose} */
const asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** A bridge of one's own: its process is started by the first call and ended by `close()`, or by the end of this program. */
class Bridge extends EventEmitter {
  #options;
  /** @type {Connection | undefined} */
  #connection;
  /** @type {string | undefined} */
  #started;
  /** @type {Promise<void> | undefined} */
  #closing;
  /** Ends the pauses between retries: when this is closed, and when the process has ended. */
  #over = new AbortController();

  /** @param {import("../index").BridgeOptions} [options] */
  constructor(options = {}) {
    super();
    checkOptions(options);
    this.#options = { ...options };
    if (options.onLog !== undefined) this.on("log", options.onLog);
    const call = this.call.bind(this);
    const ask = this.#ask.bind(this);
    this.credentials = new Credentials("credentials", call, ask);
    this.accounts = new Accounts("accounts", call, ask);
  }

  /**
   * A bridge for tests, with a folder of its own and, if it is wanted, a nats-server.
   * @param {import("../index").TemporaryOptions} [options]
   */
  static async temporary(options = {}) {
    // Loaded here only, because few want it.
    return require("./temporary.js").temporary(options);
  }

  /** The process, while there is one. */
  get pid() {
    return this.#connection?.pid;
  }

  /** @param {import("../index").CallOptions} [options] */
  ping(options) {
    return this.call("bridge.ping", {}, options);
  }

  /** @param {import("../index").CallOptions} [options] */
  info(options) {
    return this.call("bridge.info", {}, options);
  }

  /**
   * Any method by its name.
   * @param {string} method
   * @param {object} [params]
   * @param {import("../index").CallOptions & { onPart?: (part: any) => void }} [options]
   * @returns {Promise<any>}
   */
  async call(method, params = {}, options = {}) {
    const answer = await this.#ask(method, params, options);
    if ("failed" in answer) throw answer.failed();
    return finished(answer.result);
  }

  /** Ends the bridge after it has answered what it has read. May be called again and again. */
  close() {
    this.#over.abort();
    return (this.#closing ??= this.#connection?.close() ?? Promise.resolve());
  }

  [asyncDispose]() {
    return this.close();
  }

  /**
   * @param {string} method
   * @param {object} params
   * @param {import("./window.js").AskOptions} options
   * @param {number} [pauseMs] before it is asked
   * @returns {Promise<import("./connection.js").Answer>}
   */
  async #ask(method, params, options, pauseMs = 0) {
    try {
      checkParams(method, params);
      checkCallOptions(method, options);
      const { signal, timeoutMs, onPart, maxRetries = this.#options.maxRetries ?? 0 } = options;
      if (pauseMs > 0) await pause(pauseMs, [signal, this.#over.signal]);
      throwIfAborted(signal);
      if (this.#closing !== undefined) throw new BridgeClosed(method);
      const prepared = prepare(method, { ...params }, timeoutMs, this.#options);
      this.#connection ??= this.#connect();
      if (this.#options.cwd === undefined) prepared.params = fromHere(prepared.params, this.#started);
      if (maxRetries > 0) return await this.#askAgain(method, prepared, { signal, onPart, maxRetries });
      return await this.#connection.ask(method, prepared, { signal, onPart });
    } catch (error) {
      return { failed: () => error };
    }
  }

  /**
   * Asks until there is an answer to keep.
   * @param {string} method
   * @param {import("./method.js").Prepared} prepared
   * @param {import("./window.js").AskOptions & { maxRetries: number }} options
   * @returns {Promise<import("./connection.js").Answer>}
   */
  async #askAgain(method, prepared, { signal, onPart, maxRetries }) {
    const connection = /** @type {Connection} */ (this.#connection);
    const retries = new Retries(maxRetries, method, prepared.params, prepared.limitMs);
    let parts = 0;
    const countPart = (/** @type {any} */ part) => {
      parts += 1;
      retries.renew();
      onPart?.(part);
    };
    for (let next = prepared; ; next = prepare(method, prepared.params, retries.leftMs, this.#options)) {
      const answer = await connection.ask(method, next, { signal, onPart: countPart });
      const pauseMs = retries.pauseAfter(answer);
      if (pauseMs === undefined) return answer;
      if (parts > 0) return { ...answer, retryMs: pauseMs };
      await pause(pauseMs, [signal, this.#over.signal]);
      throwIfAborted(signal);
      if (this.#closing !== undefined) throw new BridgeClosed(method);
    }
  }

  #connect() {
    const { command, args = [], env, cwd } = this.#options;
    const file = findProgram(command);
    if (cwd !== undefined) checkFolder(cwd);
    const program = { file, args: [...args], env: { ...process.env, ...env }, cwd };
    this.#started = workingFolder();
    try {
      return new Connection(program, {
        onLog: (entry) => notify(() => this.#tellLine(entry)),
        onAbandoned: (method, message) => notify(() => this.#tellAbandoned(abandonedCreate(method, message))),
        onExit: (status, signal) => {
          this.#over.abort();
          notify(() => this.emit("exit", status, signal));
        },
      });
    } catch (error) {
      // Some of what the system refuses is thrown at once; the rest comes as an event.
      throw /** @type {NodeJS.ErrnoException} */ (error).syscall === "spawn" ? notStarted(file, error) : error;
    }
  }

  /**
   * Without a listener a complaint is a warning of the process: nobody would see it otherwise. What only informs is not.
   * @param {import("../index").LogEntry} entry
   */
  #tellLine(entry) {
    if (this.emit("log", entry) || (entry.level !== "warning" && entry.level !== "error")) return;
    const { message } = entry;
    process.emitWarning(message.startsWith(PROGRAM) ? message : `${PROGRAM}: ${message}`, { code: "NATS_CREDENTIALS_LOG" });
  }

  /** @param {import("../index").AbandonedCreate | undefined} create */
  #tellAbandoned(create) {
    if (create === undefined || this.emit("abandoned", create)) return;
    process.emitWarning(warning(create), { code: "NATS_CREDENTIALS_ABANDONED" });
  }
}

module.exports = { Bridge };
