"use strict";

const { deepFreeze } = require("./result.js");

/** @typedef {"none" | "done" | "unknown"} Outcome */
/** @typedef {import("../index").RPCErrorObject} RPCErrorObject */

/** Everything that this package throws of its own is one of these, but the TypeError or RangeError for a wrong argument. */
class BridgeError extends Error {
  /**
   * @param {string} message
   * @param {{ method?: string, outcome?: Outcome, cause?: unknown }} facts
   */
  constructor(message, { method, outcome = "none", cause } = {}) {
    super(method === undefined ? message : `${method}: ${message}`, cause === undefined ? undefined : { cause });
    /** What was called; undefined where it does not matter which call it was. */
    this.method = method;
    /** What became of the world. */
    this.outcome = outcome;
  }
}

/** The bridge's own response to a call that it did not carry out, or not wholly. */
class RPCError extends BridgeError {
  /**
   * @param {string} method
   * @param {RPCErrorObject} error as it came
   */
  constructor(method, error) {
    const { code, message } = error;
    const data = error.data ?? {};
    const kind = typeof data.kind === "string" ? data.kind : "unknown";
    const outcome = data.outcome ?? "unknown";
    super(`${kind}: ${message}${data.outcome === "unknown" ? MAYBE : ""}`, { method, outcome });
    /** @type {string} */
    this.method = method;
    this.code = code;
    this.kind = /** @type {import("../index").ErrorKind} */ (kind);
    this.retryable = data.retryable === true;
    /** @type {number | undefined} */
    this.retryAfterMs = data.retry_after_ms;
    this.data = deepFreeze(data);
  }
}

const MAYBE = " (it may have been done all the same)";

class InvalidParams extends RPCError {}
class NotConfigured extends RPCError {}
class Unauthenticated extends RPCError {}
class PermissionDenied extends RPCError {}
class NotFound extends RPCError {}
class AlreadyExists extends RPCError {}
class Conflict extends RPCError {}
class RateLimited extends RPCError {}
class QuotaExceeded extends RPCError {}
class RevocationPending extends RPCError {}
class SaveFailed extends RPCError {}

/** The time is up: the bridge said so, or its response did not come in time. */
class BridgeTimeout extends RPCError {
  /**
   * The error for a response that did not come.
   * @param {string} method
   * @param {"none" | "unknown"} outcome
   * @param {number} waitedMs
   */
  static unanswered(method, outcome, waitedMs) {
    const message = `no response within ${waitedMs} ms`;
    const data = { kind: "timeout", retryable: false, outcome, elapsed_ms: waitedMs };
    return new BridgeTimeout(method, { code: 1408, message, data });
  }
}

/** The process of the bridge has ended, or was ended because it wrote what is not JSON-RPC. */
class BridgeDied extends BridgeError {
  /**
   * @param {string} how
   * @param {{ exitCode: number | null, signal: string | null, stderrTail: string }} end
   * @param {string} method
   * @param {"none" | "unknown"} outcome what became of the call that this error answers
   */
  constructor(how, end, method, outcome) {
    super(`${how}${outcome === "unknown" ? MAYBE : ""}${quoted(end.stderrTail)}`, { method, outcome });
    /** @type {string} */
    this.method = method;
    this.exitCode = end.exitCode;
    this.signal = end.signal;
    this.stderrTail = end.stderrTail;
    /** @type {"none" | "unknown"} */
    this.outcome = outcome;
  }
}

/** The program is not there. */
class BinaryNotFound extends BridgeError {
  /**
   * @param {string} message
   * @param {string | undefined} path
   * @param {string[]} places
   */
  constructor(message, path, places) {
    super(message);
    this.path = path;
    this.places = places;
  }
}

/** The program is there, but cannot be started, or not loaded on this machine. */
class BinaryNotUsable extends BridgeError {
  /**
   * @param {string} message
   * @param {string} path
   * @param {{ stderrTail?: string, cause?: unknown }} facts
   */
  constructor(message, path, { stderrTail = "", cause } = {}) {
    super(message, { cause });
    this.path = path;
    this.stderrTail = stderrTail;
  }
}

/** What was started is another program. It was sent no request. */
class NotABridge extends BridgeError {
  /**
   * @param {string} message
   * @param {string} path
   * @param {string} stderrTail
   */
  constructor(message, path, stderrTail) {
    super(`${message}${quoted(stderrTail)}`);
    this.path = path;
    this.stderrTail = stderrTail;
  }
}

/** The bridge was closed by this program. */
class BridgeClosed extends BridgeError {
  /** @param {string} method */
  constructor(method) {
    super("this bridge is closed", { method });
    /** @type {string} */
    this.method = method;
  }
}

/** A list came to its end, but rows may be missing: they shifted too far while it was read. All rows that came were given out. */
class IncompleteList extends BridgeError {
  /** @param {string} method */
  constructor(method) {
    super("rows may be missing: too many changed while the list was read; read it again", { method });
    /** @type {string} */
    this.method = method;
  }
}

/** @param {string} stderrTail */
function quoted(stderrTail) {
  return stderrTail === "" ? "" : `; the last of its stderr:\n${stderrTail}`;
}

/** The nats-server of a temporary bridge was not found, or did not start. */
class NatsServerError extends BridgeError {
  /**
   * @param {string} message
   * @param {string} logTail the last lines that it wrote; empty if it was not found
   */
  constructor(message, logTail = "") {
    super(logTail === "" ? message : `${message}; its last lines:\n${logTail}`);
    this.logTail = logTail;
  }
}

/** @type {Map<string, typeof RPCError>} */
const byKind = new Map([
  ["invalid_params", InvalidParams],
  ["not_configured", NotConfigured],
  ["unauthenticated", Unauthenticated],
  ["permission_denied", PermissionDenied],
  ["not_found", NotFound],
  ["already_exists", AlreadyExists],
  ["conflict", Conflict],
  ["rate_limited", RateLimited],
  ["quota_exceeded", QuotaExceeded],
  ["revocation_pending", RevocationPending],
  ["save_failed", SaveFailed],
  ["timeout", BridgeTimeout],
]);

/**
 * @param {string} method
 * @param {RPCErrorObject} error
 */
function errorOf(method, error) {
  const ErrorClass = byKind.get(error.data?.kind ?? "") ?? RPCError;
  return new ErrorClass(method, error);
}

const classes = {
  BridgeError, RPCError, BridgeTimeout, BridgeDied, BridgeClosed, BinaryNotFound, BinaryNotUsable, NotABridge, IncompleteList,
  NatsServerError, InvalidParams, NotConfigured, Unauthenticated, PermissionDenied, NotFound, AlreadyExists, Conflict, RateLimited,
  QuotaExceeded, RevocationPending, SaveFailed,
};

// On the prototypes, so that a stack begins with the name, too.
for (const [name, { prototype }] of Object.entries(classes)) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
}

module.exports = { classes, errorOf };
