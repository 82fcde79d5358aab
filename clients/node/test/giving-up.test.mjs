// Calls that are given up: by a signal, or because no response comes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { BridgeTimeout } from "../src/index.mjs";
import { realBridge, standIn, until } from "./helpers.mjs";

/** What the stand-in was sent, without greeting and questions of this kind. */
async function received(bridge) {
  const { lines } = await bridge.call("test.received");
  return lines.filter(({ method }) => !/^(bridge|test)\./.test(method));
}

// Side by side, because one waits out the 15 seconds that a mutation's response may be late.
describe("giving up", { concurrency: true }, () => {
  test("a signal that was aborted before: nothing is sent", async (t) => {
    const bridge = standIn(t);
    await assert.rejects(bridge.credentials.create({}, { signal: AbortSignal.abort() }), { name: "AbortError" });
    await assert.rejects(bridge.credentials.create({}, { signal: AbortSignal.abort("why") }), (reason) => reason === "why");
    assert.deepEqual(await received(bridge), []);
  });

  test("an abort in mid-call rejects with the signal's reason, and the bridge is told which request", async (t) => {
    const bridge = standIn(t, "silent");
    const abort = new AbortController();
    const page = bridge.credentials.page({}, { signal: abort.signal });
    await bridge.info();
    const reason = new Error("the user left");
    abort.abort(reason);
    await assert.rejects(page, (error) => error === reason);
    const [request, cancel] = await received(bridge);
    assert.deepEqual(cancel, { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: request.id } });
  });

  test("a call that was not sent yet is never sent", async (t) => {
    const bridge = standIn(t);
    const abort = new AbortController();
    const create = bridge.credentials.create({}, { signal: abort.signal });
    abort.abort();
    await assert.rejects(create, { name: "AbortError" });
    assert.deepEqual(await received(bridge), []);
  });

  test("an abort after the response does nothing", async (t) => {
    const bridge = standIn(t);
    const abort = new AbortController();
    await bridge.credentials.page({}, { signal: abort.signal });
    abort.abort();
    assert.deepEqual((await received(bridge)).map(({ method }) => method), ["credentials.list"]);
  });

  test("a create that was aborted, but done: the event names it and not its secret", async (t) => {
    const bridge = standIn(t, "late");
    const told = [];
    bridge.on("abandoned", (create) => told.push(create));
    const abort = new AbortController();
    const create = bridge.credentials.create({}, { signal: abort.signal });
    await bridge.info();
    abort.abort();
    await assert.rejects(create, { name: "AbortError" });
    await until(() => told.length > 0, "the event");
    assert.equal(told[0].outcome, "done");
    assert.equal(told[0].id, "an-id");
    assert.ok(!inspect(told, { depth: 9 }).includes("secret"));
  });

  test("without a listener it is a warning of the process", async (t) => {
    const warnings = [];
    const onWarning = (warning) => warnings.push(warning);
    process.on("warning", onWarning);
    t.after(() => process.off("warning", onWarning));
    const bridge = standIn(t, "late");
    await bridge.info();
    const signal = AbortSignal.timeout(10);
    await assert.rejects(bridge.credentials.create({}, { signal }), { name: "TimeoutError" });
    await until(() => warnings.length > 0, "the warning");
    assert.equal(warnings[0].code, "NATS_CREDENTIALS_ABANDONED");
    assert.match(warnings[0].message, /was carried out: an-id$/);
  });

  test("a real bridge: an aborted create leaves the bridge in order", async (t) => {
    const bridge = await realBridge(t);
    await bridge.info();
    const abandoned = [];
    bridge.on("abandoned", ({ id }) => abandoned.push(id));
    const abort = new AbortController();
    const creates = Array.from({ length: 20 }, () => bridge.credentials.create({}, { signal: abort.signal }));
    abort.abort();
    for (const create of creates) await assert.rejects(create, { name: "AbortError" });
    // Those that were done are told of; the others are not there.
    const page = await bridge.credentials.page();
    assert.deepEqual(page.nats_credentials.map(({ id }) => id).sort(), abandoned.sort());
  });

  test("a read that is not answered: 5 s after its time limit", async (t) => {
    const bridge = standIn(t, "silent");
    const begin = Date.now();
    const error = await bridge.credentials.page({}, { timeoutMs: 100 }).catch((reason) => reason);
    assert.ok(error instanceof BridgeTimeout);
    assert.equal(error.outcome, "none");
    assert.ok(Date.now() - begin >= 5_000);
  });

  test("a create that is not answered: 15 s after its time limit, it says that it may have been done, and it is cancelled", async (t) => {
    const bridge = standIn(t, "silent");
    const begin = Date.now();
    const error = await bridge.credentials.create({}, { timeoutMs: 100 }).catch((reason) => reason);
    assert.ok(error instanceof BridgeTimeout);
    assert.equal(error.kind, "timeout");
    assert.equal(error.outcome, "unknown");
    assert.match(error.message, /no response within 15100 ms \(it may have been done/);
    assert.ok(Date.now() - begin >= 15_000);
    assert.equal((await received(bridge)).at(-1).method, "$/cancelRequest");
  });
});
