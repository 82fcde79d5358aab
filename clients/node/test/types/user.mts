// A line below "@ts-expect-error" must not type-check; all others must.
import { once, type EventEmitter } from "node:events";
import {
  BinaryNotFound, BinaryNotUsable, Bridge, BridgeDied, BridgeError, BridgeTimeout, NatsServerError, NotABridge, NotFound,
  RPCError, Secret,
} from "nats-credentials-bridge";
import type { Account, Credential, CredentialsCreateParams, LogEntry, TemporaryBridge } from "nats-credentials-bridge";

const log = (entry: LogEntry) => console.log(entry.level, entry.message);
const env = { A: "b", C: undefined };
const bridge = new Bridge({ command: "bridge", args: ["--region", "local"], env, region: "local", timeoutMs: 1_000, maxRetries: 2, onLog: log });
bridge.on("log", log).on("abandoned", ({ id, outcome }) => console.log(id?.length, outcome)).off("log", log).removeAllListeners("log");
bridge.once("exit", (status, signal) => console.log(status?.toFixed(), signal?.length));
const emitter: EventEmitter = bridge;
console.log(emitter.listenerCount("log"), await once(bridge, "log"));

const made = await bridge.credentials.create({ name: "app", if_exists: "fail" }, { signal: AbortSignal.timeout(1), timeoutMs: 5 });
const text: string = made.credentials.content.reveal();
const saved = await bridge.credentials.create({ name: "app", save_to: "app.creds", overwrite: true });
const where: string = saved.saved.path;
const context = await bridge.credentials.create({ nats_context: "app", if_exists: "replace", name: "app" });
const names: string[] = [context.nats_context.name, context.saved.path, saved.nats_context?.name ?? ""];
async function createIn(save_to: string | undefined, params: CredentialsCreateParams): Promise<string> {
  const either = Math.random() < 0.5 ? await bridge.credentials.create({ save_to }) : await bridge.call("credentials.create", params);
  // @ts-expect-error: there may be none
  either.credentials.content;
  // @ts-expect-error: nor need there be a file
  either.saved.path;
  return either.credentials === null ? either.saved.path : either.credentials.content.reveal();
}
console.log(names, await createIn(where, {}));
for await (const row of bridge.credentials.list({ page_size: 10, order_by: "name_desc" })) {
  const credential: Readonly<Credential> = row;
  console.log(credential.id.length);
}
for await (const page of bridge.accounts.list().pages()) {
  const first: Readonly<Account> | undefined = page.nats_accounts[0];
  console.log(first?.endpoint, page.cursor.length);
}
const sums = await bridge.call("credentials.stream", {}, { onPart: (part) => console.log(part.nats_credentials.length) });
console.log(sums.items + 1, (await bridge.info()).limits["line_bytes"], text, where, await bridge.ping());
await bridge[Symbol.asyncDispose]();

try {
  await bridge.accounts.update({ nats_account_id: "A", name: "n" });
} catch (error) {
  if (error instanceof NotFound || error instanceof BridgeTimeout) console.log(error.data["resource"], error.retryAfterMs?.toFixed());
  if (error instanceof RPCError && error.kind === "not_found" && error.outcome !== "none") throw error;
  if (error instanceof BridgeDied) console.log(error.exitCode, error.signal, error.stderrTail.length);
  if (error instanceof BinaryNotFound) console.log(error.places.join(), error.path?.length);
  if (error instanceof BinaryNotUsable || error instanceof NotABridge) console.log(error.path.length, error.stderrTail.length);
  const base: BridgeError = error as BridgeError;
  console.log(base.stack, base.method?.length, base.outcome === "done");
  // @ts-expect-error: there is no such kind
  if (error instanceof RPCError && error.kind === "not_fuond") throw error;
  // @ts-expect-error: there is no such outcome
  if (base.outcome === "some") throw error;
}

const temporary = await Bridge.temporary({ natsServer: true, timeoutMs: 5_000 });
const url: string = temporary.natsUrl;
const plain: TemporaryBridge = await Bridge.temporary();
const none: string | undefined = plain.natsUrl;
console.log(url, none, plain.folder.length, await temporary.credentials.page());
await temporary.close();
const failed: unknown = await Bridge.temporary({ natsServer: "nats-server" }).catch((error) => error);
if (failed instanceof NatsServerError) console.log(failed.logTail.length);

// @ts-expect-error: there may be none
plain.natsUrl.length;
// @ts-expect-error: it is local
await Bridge.temporary({ region: "fr-par" });
// @ts-expect-error: a name that is not a param
await bridge.credentials.create({ nmae: "app" });
// @ts-expect-error: a word that is not among those
await bridge.credentials.create({ if_exists: "maybe" });
// @ts-expect-error: get needs an id
await bridge.credentials.get();
// @ts-expect-error: get needs an id
await bridge.credentials.get({});
// @ts-expect-error: update needs a name
await bridge.accounts.update({ nats_account_id: "A" });
// @ts-expect-error: accounts are not of an account
bridge.accounts.list({ nats_account_id: "A" });
// @ts-expect-error: windows are the library's own
bridge.credentials.list({ max_pages: 1 });
// @ts-expect-error: credentials cannot be renamed
await bridge.credentials.update({});
// @ts-expect-error: results are frozen
made.name = "other";
// @ts-expect-error: a secret is not a string
const leaked: string = made.credentials.content;
// @ts-expect-error: it is in the file
saved.credentials.content;
// @ts-expect-error: it is not in a file
made.saved.path;
// @ts-expect-error: no such method
await bridge.call("credentials.nope");
// @ts-expect-error: only streams have parts
await bridge.call("credentials.get", { nats_credentials_id: "" }, { onPart: () => {} });
// @ts-expect-error: a time is a number
await bridge.info({ timeoutMs: "5", maxRetries: 1 });
// @ts-expect-error: no such option
new Bridge({ comand: "x" });
// @ts-expect-error: no such event
bridge.on("end", () => {}).on("log", (entry: number) => entry);
// @ts-expect-error: no such kind of error
import { NoSuchError } from "nats-credentials-bridge";
console.log(leaked, new Secret("x").reveal(), NoSuchError);
