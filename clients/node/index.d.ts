import type {
  Account, AccountsStreamParams, Credential, CredentialsFile, CredentialsStreamParams, ErrorKind, IssuedCredential, Methods, NatsContext,
  SavedFile,
} from "./types.generated";

export * from "./types.generated";

// Nothing here is of @types/node, nor of TypeScript's library for browsers: users may have neither.
declare global {
  // As in TypeScript's own libraries since 5.2, for those before.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/** A value as it comes: frozen, with all that is in it. */
export type Frozen<T> = T extends (...args: never[]) => unknown ? T : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export type LogLevel = "error" | "warning" | "info" | "debug" | "trace";

/** One line of the bridge's stderr. */
export interface LogEntry {
  level: LogLevel;
  message: string;
}

export interface BridgeOptions {
  /** The program: a path, or a name to look for on PATH. Default: NATS_CREDENTIALS_BRIDGE, beside a bundle, the platform package, PATH. */
  command?: string;
  /** Its arguments. */
  args?: readonly string[];
  /** Added to the environment of this process; a member that is undefined is taken out of it. */
  env?: Readonly<Record<string, string | undefined>>;
  /** The bridge's working folder: where a relative `save_to` begins. By default it begins where this program is at the call. */
  cwd?: string;
  /** For all calls that name no region. */
  region?: string;
  /** For all calls that have no time limit of their own. Default: 30,000. */
  timeoutMs?: number;
  /** For all calls that do not say how often they are retried. Default: 0. */
  maxRetries?: number;
  /** Takes the lines of the bridge's stderr, as the event `log` does. */
  onLog?: (entry: LogEntry) => void;
}

/** What is used of an AbortSignal: any is one. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: any;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Those of `Bridge.temporary`. */
export interface TemporaryOptions extends Omit<BridgeOptions, "region"> {
  /**
   * true starts nats-server from PATH (or from /usr/local/sbin or /usr/sbin, where Debian has it); a path or name starts that one. It listens on a
   * free port of 127.0.0.1, see `natsUrl`, and trusts the credentials of this bridge alone. Default: false.
   */
  natsServer?: boolean | string;
}

export interface CallOptions {
  /** Gives the call up: it rejects with the signal's reason at once, and the bridge is told. */
  signal?: AbortSignalLike;
  /** How long the bridge may take; for a list, each page. Its response is awaited 5 s longer, that of a mutation 15 s. */
  timeoutMs?: number;
  /**
   * How often the call is retried whose error is `retryable` and has changed nothing: after the pause that the error asks for, if it ends within
   * `timeoutMs` from the beginning of the call. A create only with `if_exists` "fail" or "replace". A list goes on after the last page that came;
   * each page has all retries and all the time anew; in the midst of a page it gives up. A stream by `call` is retried only as long as no part has
   * come. `close()` ends a pause: the call, or the list, rejects with `BridgeClosed`.
   */
  maxRetries?: number;
}

/** A create that was given up by its caller, but was or may have been carried out. */
export interface AbandonedCreate {
  readonly method: string;
  readonly outcome: "done" | "unknown";
  readonly id?: string;
  readonly name?: string;
  readonly region?: string;
  /** The file of `save_to`. */
  readonly savedTo?: string;
}

/** Rows that are read while they are iterated, at most four pages at once. Each iteration begins anew. */
export interface Rows<Row, Page> extends AsyncIterable<Frozen<Row>> {
  [Symbol.asyncIterator](): AsyncGenerator<Frozen<Row>, void, undefined>;
  /** Page by page. */
  pages(): AsyncGenerator<Frozen<Page>, void, undefined>;
}

export interface CredentialsRowsPage {
  nats_credentials: Credential[];
  total_count: number;
  /** Goes on after this page: `list({ cursor })`, also in another process. */
  cursor: string;
}

export interface AccountsRowsPage {
  nats_accounts: Account[];
  total_count: number;
  /** Goes on after this page: `list({ cursor })`, also in another process. */
  cursor: string;
}

type Method = keyof Methods;
type Params<M extends Method> = Readonly<Methods[M]["params"]>;
type Result<M extends Method> = Promise<Frozen<M extends "credentials.create" ? IssuedEitherWay : Methods[M]["result"]>>;
type Part<M extends Method> = Methods[M] extends { part: infer P } ? { onPart?: (part: P) => void } : unknown;

/** A new credential whose secret is in its `credentials.content`, and nowhere else. */
export interface IssuedWithSecret extends IssuedCredential {
  credentials: CredentialsFile;
  saved?: undefined;
  nats_context?: undefined;
}

/** A new credential whose secret is in the file `saved.path`, and nowhere else. */
export interface IssuedToFile extends IssuedCredential {
  credentials: null;
  saved: SavedFile;
}

/** A new credential whose file a context for the nats command line names. */
export interface IssuedToContext extends IssuedToFile {
  nats_context: NatsContext;
}

/** `credentials === null` tells which it is. */
export type IssuedEitherWay = IssuedWithSecret | IssuedToFile;

type Create = Params<"credentials.create">;
type Created<C> = Promise<Frozen<C>>;

export interface CredentialsMethods {
  list(params?: Readonly<Omit<CredentialsStreamParams, "max_pages">>, options?: CallOptions): Rows<Credential, CredentialsRowsPage>;
  page(params?: Params<"credentials.list">, options?: CallOptions): Result<"credentials.list">;
  /** With a context for the nats command line: the secret is in the file that it names. */
  create(params: Create & { nats_context: string }, options?: CallOptions): Created<IssuedToContext>;
  /** With a file: the secret is there. */
  create(params: Create & { save_to: string }, options?: CallOptions): Created<IssuedToFile>;
  /** With neither: the secret is in the result. */
  create(params?: Create & { save_to?: undefined; nats_context?: undefined }, options?: CallOptions): Created<IssuedWithSecret>;
  /** With params that may have either. */
  create(params?: Create, options?: CallOptions): Created<IssuedEitherWay>;
  get(params: Params<"credentials.get">, options?: CallOptions): Result<"credentials.get">;
  delete(params: Params<"credentials.delete">, options?: CallOptions): Result<"credentials.delete">;
  revoke(params: Params<"credentials.revoke">, options?: CallOptions): Result<"credentials.revoke">;
}

export interface AccountsMethods {
  list(params?: Readonly<Omit<AccountsStreamParams, "max_pages">>, options?: CallOptions): Rows<Account, AccountsRowsPage>;
  page(params?: Params<"accounts.list">, options?: CallOptions): Result<"accounts.list">;
  create(params?: Params<"accounts.create">, options?: CallOptions): Result<"accounts.create">;
  get(params: Params<"accounts.get">, options?: CallOptions): Result<"accounts.get">;
  update(params: Params<"accounts.update">, options?: CallOptions): Result<"accounts.update">;
  delete(params: Params<"accounts.delete">, options?: CallOptions): Result<"accounts.delete">;
}

/** The events of a bridge, each with its listeners. */
export interface BridgeEvents {
  /** A line of the program's stderr. Without a listener, errors and warnings are warnings of the process. */
  log: (entry: LogEntry) => void;
  /** A create that was given up, but was or may have been carried out. */
  abandoned: (create: AbandonedCreate) => void;
  /** The process has ended: by itself, by a signal, or by `close()`, before that resolves. Nothing that it wrote is still to come. */
  exit: (status: number | null, signal: string | null) => void;
}

/** What Node's EventEmitter has, for these events. */
export interface Emitter<Events extends { [E in keyof Events]: (...args: any[]) => void }> {
  on<E extends keyof Events>(event: E, listener: Events[E]): this;
  once<E extends keyof Events>(event: E, listener: Events[E]): this;
  off<E extends keyof Events>(event: E, listener: Events[E]): this;
  addListener<E extends keyof Events>(event: E, listener: Events[E]): this;
  removeListener<E extends keyof Events>(event: E, listener: Events[E]): this;
  prependListener<E extends keyof Events>(event: E, listener: Events[E]): this;
  prependOnceListener<E extends keyof Events>(event: E, listener: Events[E]): this;
  removeAllListeners(event?: keyof Events): this;
  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): boolean;
  listeners(event: keyof Events): Function[];
  rawListeners(event: keyof Events): Function[];
  listenerCount(event: keyof Events): number;
  eventNames(): (string | symbol)[];
  setMaxListeners(most: number): this;
  getMaxListeners(): number;
}

export interface Bridge extends Emitter<BridgeEvents> {}

/** A bridge of one's own: its process is started by the first call and ended by `close()`, or by the end of this program. */
export class Bridge {
  constructor(options?: BridgeOptions);
  readonly credentials: CredentialsMethods;
  readonly accounts: AccountsMethods;
  /**
   * A bridge for tests, with a folder of its own. The user's state folder and other nats-servers are not touched. Everything is gone when the bridge
   * is closed, and also when this process ends in whatever way. Rejects with `NatsServerError` if there is no nats-server, or it does not start.
   */
  static temporary(options: TemporaryOptions & { natsServer: true | string }): Promise<TemporaryBridge & { readonly natsUrl: string }>;
  static temporary(options?: TemporaryOptions): Promise<TemporaryBridge>;
  /** The id of the process, while there is one. */
  readonly pid: number | undefined;
  /** Versions, limits, backends, and where each setting came from. */
  info(options?: CallOptions): Result<"bridge.info">;
  ping(options?: CallOptions): Result<"bridge.ping">;
  /** Any method by its name. A stream gives its parts to `onPart`. */
  call<M extends Method>(method: M, params?: Params<M>, options?: CallOptions & Part<M>): Result<M>;
  /** Ends the bridge after it has answered what it has read. May be called again and again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A bridge on the region local, made by `Bridge.temporary`. `close()` removes all of it. */
export interface TemporaryBridge extends Bridge {
  /**
   * Private, and gone when the bridge is closed: the state folder (`state`), the log of the nats-server (`nats-server.log`), and room for a test's
   * own files, such as those of `save_to`.
   */
  readonly folder: string;
  /** Where its nats-server listens, such as `nats://127.0.0.1:40001`; undefined if it has none. */
  readonly natsUrl: string | undefined;
}

/** A text that prints as `***` wherever it is written by accident. */
export class Secret {
  constructor(text: string);
  /** The text itself. */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/** Everything that this package throws of its own is one of these, but the TypeError or RangeError for a wrong argument. */
export class BridgeError extends Error {
  /** What was called; undefined where it does not matter which call it was. */
  readonly method: string | undefined;
  readonly outcome: Outcome;
}

/** What became of the world: nothing, the change was made, or it may have been made. */
export type Outcome = "none" | "done" | "unknown";

export interface RPCErrorObject {
  code: number;
  message: string;
  data?: { kind?: string; retryable?: boolean; outcome?: Outcome; retry_after_ms?: number; [member: string]: unknown };
}

/** The bridge's own response to a call that it did not carry out, or not wholly. */
export class RPCError extends BridgeError {
  constructor(method: string, error: RPCErrorObject);
  readonly method: string;
  readonly code: number;
  /** Never changes, unlike the message. */
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** All that the bridge said. */
  readonly data: Readonly<Record<string, unknown>>;
}

export class InvalidParams extends RPCError {}
export class NotConfigured extends RPCError {}
export class Unauthenticated extends RPCError {}
export class PermissionDenied extends RPCError {}
export class NotFound extends RPCError {}
export class AlreadyExists extends RPCError {}
export class Conflict extends RPCError {}
export class RateLimited extends RPCError {}
export class QuotaExceeded extends RPCError {}
export class RevocationPending extends RPCError {}
export class SaveFailed extends RPCError {}
/** The time is up: the bridge said so, or its response did not come in time. */
export class BridgeTimeout extends RPCError {}

/** The process of the bridge has ended, or was ended because it wrote what is not JSON-RPC. */
export class BridgeDied extends BridgeError {
  private constructor();
  readonly method: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines that it wrote to stderr. */
  readonly stderrTail: string;
  /** What became of the call that this error answers. */
  readonly outcome: "none" | "unknown";
}

/** The program is not there; the message says of all places what was found, and what to do. */
export class BinaryNotFound extends BridgeError {
  private constructor();
  /** Of the place that names a program that is not there. */
  readonly path: string | undefined;
  /** All places that were looked at, with what was found there. */
  readonly places: readonly string[];
}

/** The program is there, but cannot be started, or not be loaded on this machine; the message says why, and what to do. */
export class BinaryNotUsable extends BridgeError {
  private constructor();
  readonly path: string;
  readonly stderrTail: string;
}

/** What was started is another program. It was sent no request. */
export class NotABridge extends BridgeError {
  private constructor();
  readonly path: string;
  readonly stderrTail: string;
}

/** The bridge was closed by this program, before the call or while it waited for its retry: nothing was changed. */
export class BridgeClosed extends BridgeError {
  private constructor();
  readonly method: string;
}

/** A list came to its end, but rows may be missing: they shifted too far while it was read. All rows that came were given out. */
export class IncompleteList extends BridgeError {
  private constructor();
  readonly method: string;
}

/** The nats-server of a temporary bridge was not found, or did not start. */
export class NatsServerError extends BridgeError {
  private constructor();
  /** The last lines that it wrote; empty if it was not found. */
  readonly logTail: string;
}
