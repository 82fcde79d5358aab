"use strict";

const { deepFreeze } = require("./result.js");

/** @typedef {"none" | "done" | "unknown"} Outcome */
/** @typedef {import("../index").RPCErrorObject} RPCErrorObject */

/** Everything that this package throws of its own is one of these, but the TypeError or RangeError for a wrong argument. */
class BridgeError extends Error {}

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
    super(`${method}: ${kind}: ${message}${data.outcome === "unknown" ? MAYBE : ""}`);
    this.method = method;
    this.code = code;
    this.kind = kind;
    /** @type {Outcome} */
    this.outcome = data.outcome ?? "unknown";
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
   * @param {"none" | "unknown"} outcome what became of the call that this error answers
   */
  constructor(how, end, outcome) {
    const tail = end.stderrTail === "" ? "" : `; the last of its stderr:\n${end.stderrTail}`;
    super(`${how}${outcome === "unknown" ? MAYBE : ""}${tail}`);
    this.exitCode = end.exitCode;
    this.signal = end.signal;
    this.stderrTail = end.stderrTail;
    this.outcome = outcome;
  }
}

/** The program is not there, cannot be started, or is another one; `reason` says which. */
class BinaryNotFound extends BridgeError {
  /**
   * @param {string} message
   * @param {{ reason: "not_found" | "not_executable" | "not_ours", path?: string, places?: string[], stderrTail?: string,
   *   cause?: unknown }} facts
   */
  constructor(message, { reason, path, places = [], stderrTail = "", cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.path = path;
    this.places = places;
    this.stderrTail = stderrTail;
  }
}

/** The bridge was closed by this program. */
class BridgeClosed extends BridgeError {
  constructor() {
    super("this bridge is closed");
  }
}

/** A list came to its end, but rows may be missing: they shifted too far while it was read. All rows that came were given out. */
class IncompleteList extends BridgeError {
  /** @param {string} method */
  constructor(method) {
    super(`${method}: rows may be missing: too many changed while the list was read; read it again`);
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
  BridgeError, RPCError, BridgeTimeout, BridgeDied, BridgeClosed, BinaryNotFound, IncompleteList, InvalidParams, NotConfigured,
  Unauthenticated, PermissionDenied, NotFound, AlreadyExists, Conflict, RateLimited, QuotaExceeded, RevocationPending, SaveFailed,
};

// On the prototypes, so that a stack begins with the name, too.
for (const [name, { prototype }] of Object.entries(classes)) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
}

module.exports = { classes, errorOf };
