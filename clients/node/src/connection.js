"use strict";

const { Child } = require("./child.js");
const { ended, garbled, notOurs } = require("./deaths.js");
const { classes, errorOf } = require("./errors.js");
const { isMutation } = require("./method.js");
const { PROGRAM } = require("./find-program.js");
const { notify } = require("./notify.js");
const { beginning, logRequest } = require("./request-log.js");
const { whenAborted } = require("./signals.js");
const { clearTimeout, setTimeout } = require("./timers.js");

const PROTOCOL = "1";
const GREETING_MS = 30_000;

/**
 * An error is made only where it is thrown, so that its stack tells who called. `error` is the bridge's own, as it came;
 * `retryMs` is the pause after which whoever has the parts that came before it may go on from there.
 * @typedef {{ result: any } | { failed: () => unknown, error?: import("../index").RPCErrorObject, retryMs?: number }} Answer
 */

/**
 * @typedef {object} Waiting
 * @property {string} method
 * @property {(answer: Answer) => void} resolve
 * @property {((part: any) => void) | undefined} onPart
 * @property {NodeJS.Timeout} timer
 * @property {() => void} forget takes the listener off the signal
 * @property {number} began
 */

/**
 * A request or a notification, or a response with either a result or an error.
 * @param {any} message
 */
function isMessage(message) {
  if (typeof message !== "object" || message === null) return false;
  const { method, result, error } = message;
  if (method !== undefined) return true;
  return error === undefined ? result !== undefined : result === undefined && typeof error?.message === "string";
}

/** One conversation with one process: requests out, answers in, matched by id. */
class Connection {
  #child;
  #file;
  #hooks;
  #nextId = 1;
  #longestLine = 8 * 1024 * 1024;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  /**
   * Calls that were given up after they were sent, by id.
   * @type {Map<number, string>}
   */
  #abandoned = new Map();
  #greeted = false;
  #greetingTimer;
  /** @type {import("./deaths.js").Death | undefined} */
  #dead;

  /**
   * @param {{ file: string, args: string[], env: NodeJS.ProcessEnv, cwd?: string }} program
   * @param {{ onLog(entry: import("../index").LogEntry): void, onAbandoned(method: string, message: any): void,
   *   onExit(status: number | null, signal: string | null): void }} hooks
   */
  constructor(program, hooks) {
    this.#file = program.file;
    this.#hooks = hooks;
    this.#child = new Child(program, {
      onLine: (line) => this.#read(line),
      onLog: (entry) => hooks.onLog(entry),
      onEnd: (end) => {
        this.#fail(ended(this.#file, this.#greeted, end));
        if (end.startError === undefined) hooks.onExit(end.exitCode, end.signal);
      },
    });
    // Nothing else is sent to a program that has not said who it is and that it speaks this protocol.
    this.#child.writeFirst(JSON.stringify({ jsonrpc: "2.0", id: 0, method: "bridge.info", params: { protocol: PROTOCOL } }));
    this.#greetingTimer = setTimeout(() => this.#fail(notOurs(this.#file, "did not answer bridge.info")), GREETING_MS);
    this.#greetingTimer.unref();
    this.#child.setBusy(false);
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * Never rejects.
   * @param {string} method
   * @param {import("./method.js").Prepared} prepared
   * @param {{ signal?: import("../index").AbortSignalLike, onPart?: (part: any) => void }} options
   * @returns {Promise<Answer>}
   */
  ask(method, { params, waitMs }, { signal, onPart }) {
    const dead = this.#dead;
    if (dead !== undefined) return Promise.resolve({ failed: () => dead(method, "none") });
    const id = this.#nextId++;
    const line = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    const bytes = Buffer.byteLength(line);
    if (bytes > this.#longestLine) {
      const message = `${method}: the request has ${bytes} bytes; the bridge reads ${this.#longestLine}`;
      return Promise.resolve({ failed: () => new RangeError(message) });
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#giveUp(id, "timeout", (outcome) => classes.BridgeTimeout.unanswered(method, outcome, waitMs));
      }, waitMs);
      const forget = whenAborted(signal, () => this.#giveUp(id, "given up", () => signal?.reason));
      this.#waiting.set(id, { method, resolve, onPart, timer, forget, began: beginning() });
      this.#child.setBusy(true);
      this.#child.write(id, line);
    });
  }

  /** Resolves when the process is gone; what it has read until then is answered first. */
  close() {
    return this.#child.close();
  }

  /**
   * The waiting call of this id, which is waiting no more.
   * @param {number} id
   * @param {string} end the kind of its error, or how else it ended
   */
  #take(id, end) {
    const call = this.#waiting.get(id);
    if (call === undefined) return undefined;
    this.#waiting.delete(id);
    clearTimeout(call.timer);
    call.forget();
    logRequest(call.method, id, call.began, end);
    if (this.#waiting.size === 0) this.#child.setBusy(false);
    return call;
  }

  /**
   * Nobody waits for this call any more. If it was sent, the bridge is asked to end it, and its response is still looked at.
   * @param {number} id
   * @param {string} end
   * @param {(outcome: "none" | "unknown") => unknown} failed
   */
  #giveUp(id, end, failed) {
    const call = this.#take(id, end);
    if (call === undefined) return;
    const sent = !this.#child.takeBack(id);
    if (sent) {
      this.#abandoned.set(id, call.method);
      this.#child.writeFirst(JSON.stringify({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id } }));
    }
    call.resolve({ failed: () => failed(sent && isMutation(call.method) ? "unknown" : "none") });
  }

  /** @param {string} line */
  #read(line) {
    if (this.#dead !== undefined) return;
    /** @type {any} */
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      // Its error is not kept: it may quote the line, and the line may hold a secret.
    }
    if (!isMessage(message)) this.#fail(garbled(this.#file, this.#greeted, this.#child.stderrTail));
    else if (!this.#greeted) this.#greet(message);
    else if (message.method === "$/progress") this.#part(message.params ?? {});
    else if (message.method === undefined) this.#answer(message);
  }

  /** @param {any} message */
  #greet({ id, method, result, error }) {
    if (id !== 0 || method !== undefined || (result?.name !== PROGRAM && error?.data?.kind === undefined)) {
      return this.#fail(notOurs(this.#file, "did not answer bridge.info"));
    }
    if (error !== undefined) return this.#fail(() => errorOf("bridge.info", error));
    clearTimeout(this.#greetingTimer);
    this.#greeted = true;
    this.#longestLine = result.limits?.line_bytes ?? this.#longestLine;
    this.#child.release();
  }

  /** @param {{ token: number, value: any }} progress */
  #part({ token, value }) {
    const call = this.#waiting.get(token);
    if (call === undefined) return;
    call.timer.refresh();
    if (value?.kind === "page") notify(() => call.onPart?.(value));
  }

  /** @param {any} message */
  #answer(message) {
    const { id, result, error } = message;
    const call = this.#take(id, error === undefined ? "result" : error.data?.kind ?? "unknown");
    if (call !== undefined) {
      call.resolve(error === undefined ? { result } : { failed: () => errorOf(call.method, error), error });
      return;
    }
    const method = this.#abandoned.get(id);
    this.#abandoned.delete(id);
    if (method !== undefined) this.#hooks.onAbandoned(method, message);
    // A line of ours was refused before its id was known; its call will run into its time limit.
    else if (error !== undefined) this.#hooks.onLog({ level: "error", message: `the bridge refused a line: ${error.message}` });
  }

  /**
   * Nothing will be answered any more.
   * @param {import("./deaths.js").Death} dead
   */
  #fail(dead) {
    if (this.#dead !== undefined) return;
    this.#dead = dead;
    clearTimeout(this.#greetingTimer);
    this.#abandoned.clear();
    for (const id of [...this.#waiting.keys()]) {
      const call = this.#take(id, "died");
      const sent = !this.#child.takeBack(id);
      call?.resolve({ failed: () => dead(call.method, sent && isMutation(call.method) ? "unknown" : "none") });
    }
    this.#child.kill();
  }
}

module.exports = { Connection };
