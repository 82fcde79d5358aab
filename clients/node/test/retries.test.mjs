// Calls that are retried: which, when, and when not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RPCError } from "../src/index.mjs";
import { standIn, until } from "./helpers.mjs";

const LOCKED = { kind: "resource_locked", retryable: true, outcome: "none", retry_after_ms: 20 };

/** A bridge that answers the first calls with an error, and others with their params. */
const refusing = (t, times, data = LOCKED, options = { maxRetries: 2 }) => standIn(t, `refuse ${times} ${JSON.stringify(data)}`, options);

/** What the bridge was sent, but for greeting and questions of this kind. */
async function sent(bridge) {
  const { lines } = await bridge.call("test.received");
  return lines.filter(({ method }) => /^(credentials|accounts)\./.test(method));
}

const failure = (call) => call.then(() => assert.fail("no error"), (error) => error);

test("a call that changed nothing is retried after the pause that the bridge asks for, in the time that is left", async (t) => {
  const bridge = refusing(t, 2, { ...LOCKED, retry_after_ms: 150 });
  const begin = performance.now();
  const { params } = await bridge.credentials.delete({ nats_credentials_id: "x", region: "local" }, { timeoutMs: 9_000 });
  assert.ok(performance.now() - begin >= 300);
  const limits = (await sent(bridge)).map(({ params }) => params.timeout_ms);
  assert.equal(limits[0], 9_000);
  assert.ok(limits[1] <= 8_850 && limits[2] <= 8_700 && limits[2] > 0, limits.join());
  assert.deepEqual(params, { region: "local", nats_credentials_id: "x", timeout_ms: limits[2] });
});

test("no more often than it may be; by default not at all", async (t) => {
  const three = refusing(t, 3);
  assert.equal((await failure(three.credentials.page())).kind, "resource_locked");
  assert.equal((await sent(three)).length, 3);
  const none = refusing(t, 1, LOCKED, {});
  assert.ok((await failure(none.credentials.page())) instanceof RPCError);
  await none.credentials.page();
  const one = refusing(t, 1);
  await failure(one.credentials.page({}, { maxRetries: 0 }));
  await one.credentials.page();
});

test("not what is not retryable, has changed something or may have, or comes from a bridge that ends", async (t) => {
  for (const data of [
    { ...LOCKED, retryable: false },
    { ...LOCKED, kind: "revocation_pending", outcome: "done" },
    { ...LOCKED, outcome: "unknown" },
    { ...LOCKED, kind: "shutting_down" },
  ]) {
    const bridge = refusing(t, 1, data);
    assert.equal((await failure(bridge.credentials.delete({ nats_credentials_id: "x" }))).kind, data.kind);
    assert.equal((await sent(bridge)).length, 1);
  }
});

test("a create only if a second one would not be made", async (t) => {
  for (const [method, params, times] of [
    ["credentials.create", {}, 1],
    ["credentials.create", { name: "a", if_exists: "allow" }, 1],
    ["credentials.create", { name: "a", if_exists: "fail" }, 2],
    ["credentials.create", { name: "a", if_exists: "replace" }, 2],
    ["accounts.create", { name: "a" }, 1],
    ["credentials.unheard_of", {}, 1],
  ]) {
    const bridge = refusing(t, 1);
    await bridge.call(method, params).catch(({ kind }) => assert.equal(kind, "resource_locked"));
    assert.equal((await sent(bridge)).length, times, `${method} ${JSON.stringify(params)}`);
  }
});

test("a pause that does not end in time is not made", async (t) => {
  const bridge = refusing(t, 1, { ...LOCKED, retry_after_ms: 5_000 });
  const begin = performance.now();
  assert.equal((await failure(bridge.credentials.page({}, { timeoutMs: 4_000 }))).retryAfterMs, 5_000);
  assert.ok(performance.now() - begin < 4_000);
  assert.equal((await sent(bridge)).length, 1);
});

test("an abort ends the pause, and so do close and the end of the process", async (t) => {
  const data = { ...LOCKED, retry_after_ms: 25_000 };
  const bridge = refusing(t, 2, data);
  const abort = new AbortController();
  const [aborted, closed] = [bridge.credentials.page({}, { signal: abort.signal }), bridge.credentials.page()].map(failure);
  // Both have been refused when this is answered.
  assert.equal((await sent(bridge)).length, 2);
  const reason = new Error("the user left");
  abort.abort(reason);
  assert.equal(await aborted, reason);
  await bridge.close();
  const { name: nameOfClosed, method, outcome: outcomeOfClosed } = await closed;
  assert.deepEqual([nameOfClosed, method, outcomeOfClosed], ["BridgeClosed", "credentials.list", "none"]);

  const other = refusing(t, 1, data);
  const begin = performance.now();
  const killed = failure(other.credentials.delete({ nats_credentials_id: "x" }));
  await sent(other);
  process.kill(other.pid, "SIGKILL");
  const { name, outcome } = await killed;
  assert.deepEqual([name, outcome], ["BridgeDied", "none"]);
  assert.ok(performance.now() - begin < 20_000);
});

/** The rows of a list, and the kind of its error. */
async function read(bridge) {
  const rows = [];
  try {
    for await (const { id } of bridge.credentials.list()) rows.push(id);
  } catch ({ kind }) {
    return { rows, kind };
  }
  return { rows };
}

test("a list goes on after its last page, but not in the midst of one", async (t) => {
  const refused = refusing(t, 1);
  assert.deepEqual(await read(refused), { rows: [] });
  assert.equal((await sent(refused)).length, 2);
  const interrupted = standIn(t, "interrupted", { maxRetries: 1 });
  assert.deepEqual(await read(interrupted), { rows: [1, 2, 3, 4], kind: "network" });
  assert.deepEqual((await sent(interrupted)).map(({ params }) => params.cursor), [undefined, "c"]);
  assert.deepEqual(await read(standIn(t, "interrupted")), { rows: [1, 2], kind: "network" });
});

test("a stream of parts is retried only before the first of them", async (t) => {
  const bridge = standIn(t, "interrupted", { maxRetries: 1 });
  const parts = [];
  const onPart = ({ seq }) => parts.push(seq);
  assert.equal((await failure(bridge.call("credentials.stream", {}, { onPart }))).kind, "network");
  assert.deepEqual(parts, [1, 2]);
});

test("close ends the pause of a list also before its first page", async (t) => {
  const bridge = refusing(t, 1, { ...LOCKED, retry_after_ms: 25_000 });
  const list = failure(bridge.credentials.list()[Symbol.asyncIterator]().next());
  await until(async () => (await sent(bridge)).length === 1, "the request of its first page");
  await bridge.close();
  assert.equal((await list).name, "BridgeClosed");
});

test("an abort and close end the pause of a list", async (t) => {
  for (const [end, name] of [[(abort) => abort.abort(), "AbortError"], [(_, bridge) => bridge.close(), "BridgeClosed"]]) {
    const bridge = standIn(t, "interrupted long", { maxRetries: 1 });
    const abort = new AbortController();
    const rows = bridge.credentials.list({}, { signal: abort.signal })[Symbol.asyncIterator]();
    for (const id of [1, 2]) assert.equal((await rows.next()).value.id, id);
    const third = failure(rows.next());
    await bridge.ping();
    end(abort, bridge);
    assert.equal((await third).name, name);
  }
});

test("a number of retries that is none is refused", async (t) => {
  for (const maxRetries of [-1, 1.5, "2", NaN, null]) {
    assert.throws(() => standIn(t, "", { maxRetries }), { name: "RangeError", message: "maxRetries is a number of retries, from 0" });
    const said = { name: "RangeError", message: "bridge.ping: maxRetries is a number of retries, from 0" };
    await assert.rejects(standIn(t).ping({ maxRetries }), said);
  }
});
