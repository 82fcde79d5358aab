// The end of the bridge: killed, ended by itself, closed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BinaryNotFound, Bridge, BridgeClosed, BridgeDied, RPCError } from "../src/index.mjs";
import { isGone, realBridge, standIn, until } from "./helpers.mjs";

const failures = (calls) => Promise.all(calls.map((call) => call.then(() => "no error", (error) => error)));

// Side by side, because some wait for the time that a process gets to end.
describe("the end of the bridge", { concurrency: true }, () => {
  test("kill -9 in mid-call: every waiter fails within a second with the last lines of stderr, and so do later calls", async (t) => {
    const lines = [];
    const bridge = await realBridge(t, { region: undefined, onLog: ({ level, message }) => lines.push([level, message]) });
    await bridge.accounts.page();
    await until(() => lines.length > 0, "the warning that no region is configured");
    const { pid } = bridge;
    process.kill(pid, "SIGSTOP");
    const calls = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? bridge.credentials.create() : bridge.credentials.page()));
    const list = bridge.credentials.list()[Symbol.asyncIterator]().next();
    // One turn, so that all of this is in the pipe.
    await new Promise(setImmediate);
    const begin = Date.now();
    process.kill(pid, "SIGKILL");
    const errors = await failures([...calls, list]);
    assert.ok(Date.now() - begin < 1_000);

    for (const error of errors) {
      assert.ok(error instanceof BridgeDied);
      assert.equal(error.signal, "SIGKILL");
      assert.equal(error.exitCode, null);
      assert.match(error.stderrTail, /warning: no region is configured/);
      assert.match(error.message, /was killed by SIGKILL[^]*no region is configured/);
    }
    assert.deepEqual(errors.map(({ outcome }) => outcome), [...calls.map((_, i) => (i % 2 === 0 ? "unknown" : "none")), "none"]);
    assert.deepEqual(lines[0], ["warning", "no region is configured: using local, the embedded backend"]);
    const [later] = await failures([bridge.credentials.create()]);
    assert.ok(later instanceof BridgeDied);
    assert.equal(later.outcome, "none");
    assert.equal(bridge.pid, undefined);
    assert.ok(isGone(pid));
    await bridge.close();
  });

  test("a bridge that cannot begin: its exit status, and what it said", async (t) => {
    const [error] = await failures([(await realBridge(t, { args: ["--bad"] })).info()]);
    assert.ok(error instanceof BridgeDied);
    assert.equal(error.exitCode, 64);
    assert.match(error.stderrTail, /there is no such option/);
  });

  test("a line that is not JSON ends everything, rather than being lost", async (t) => {
    const bridge = standIn(t, "garbled");
    const errors = await failures([bridge.credentials.page(), bridge.credentials.create()]);
    for (const error of errors) assert.ok(error instanceof BridgeDied && /not JSON-RPC/.test(error.message));
    await until(() => bridge.pid === undefined, "its end");
  });

  test("10 MB on stderr: every line is given out, and the call is answered", async (t) => {
    let bytes = 0;
    const last = [];
    const bridge = standIn(t, "flood", { onLog: ({ message }) => ((bytes += message.length), last.push(message)) });
    await bridge.credentials.page();
    await until(() => last.at(-1) === "the last line", "the last line");
    assert.equal(last.length, 10_001);
    assert.ok(bytes > 9_000_000);
  });

  test("10 MB on stderr without a listener: the error has the last lines of it, no more", async (t) => {
    const bridge = standIn(t, "flood");
    await bridge.credentials.page();
    process.kill(bridge.pid, "SIGKILL");
    const [error] = await failures([bridge.credentials.page()]);
    assert.match(error.stderrTail, /\nthe last line$/);
    assert.ok(error.stderrTail.length < 100_000);
  });

  test("close answers what was asked before it, refuses what comes after, and may be called again", async (t) => {
    const bridge = await realBridge(t);
    const answers = Array.from({ length: 50 }, () => bridge.credentials.create());
    const closed = bridge.close();
    const [later] = await failures([bridge.info()]);
    assert.ok(later instanceof BridgeClosed);
    assert.equal(new Set((await Promise.all(answers)).map(({ id }) => id)).size, 50);
    await closed;
    assert.equal(bridge.close(), closed);
    assert.equal(bridge.pid, undefined);
  });

  test("after close the process is gone and reaped", async (t) => {
    const bridge = await realBridge(t);
    await bridge.info();
    const { pid } = bridge;
    await bridge[Symbol.asyncDispose]();
    assert.ok(isGone(pid));
  });

  test("a bridge that was never used has nothing to close, and is closed", async () => {
    const bridge = new Bridge({ command: "/not/there" });
    await bridge.close();
    const [error] = await failures([bridge.info()]);
    assert.ok(error instanceof BridgeClosed);
  });

  test("a process that ends neither by itself nor by SIGTERM is killed", async (t) => {
    const bridge = standIn(t, "stubborn");
    await bridge.info();
    const { pid } = bridge;
    await bridge.close();
    assert.ok(isGone(pid));
  });

  test("a bridge of another protocol says so at every call", async (t) => {
    const bridge = standIn(t, "stranger");
    for (const error of await failures([bridge.info(), bridge.credentials.create()])) {
      assert.ok(error instanceof RPCError);
      assert.equal(error.kind, "unsupported_protocol");
    }
  });

  test("another program that speaks JSON-RPC is not ours", async (t) => {
    const [error] = await failures([standIn(t, "other").credentials.create()]);
    assert.ok(error instanceof BinaryNotFound);
    assert.equal(error.reason, "not_ours");
  });
});
