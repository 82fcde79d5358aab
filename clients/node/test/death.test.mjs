// The end of the bridge: killed, ended by itself, closed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BinaryNotFound, Bridge, BridgeClosed, BridgeDied, RPCError } from "../src/index.mjs";
import { isGone, PROGRAM, realBridge, STANDIN, standIn, until } from "./helpers.mjs";

const failures = (calls) => Promise.all(calls.map((call) => call.then(() => "no error", (error) => error)));

function groupIsGone(pid) {
  try {
    return !process.kill(-pid, 0);
  } catch {
    return true;
  }
}

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

  test("killed while another process holds its pipes open and writes to them: every waiter fails within a second", async (t) => {
    const script = 'while echo "still here"; do sleep 0.01; done >&2 & exec "$0"';
    const bridge = await realBridge(t, { command: "sh", args: ["-c", script, PROGRAM] });
    await bridge.info();
    const { pid } = bridge;
    // The other one is in the program's process group, and ends when nobody reads it.
    t.after(() => until(() => groupIsGone(pid), "the end of the other process"));
    process.kill(pid, "SIGSTOP");
    const calls = Array.from({ length: 20 }, () => bridge.credentials.create());
    await new Promise(setImmediate);
    const begin = Date.now();
    process.kill(pid, "SIGKILL");
    const errors = await failures(calls);
    assert.ok(Date.now() - begin < 1_000);
    for (const error of errors) {
      assert.ok(error instanceof BridgeDied);
      assert.deepEqual([error.signal, error.outcome], ["SIGKILL", "unknown"]);
      assert.match(error.stderrTail, /still here$/);
    }
    await bridge.close();
  });

  test("what the program wrote before its end is read, also while another process holds its pipes open", async (t) => {
    const script = 'sleep 30 & exec "$0" "$@"';
    const bridge = standIn(t, "parting", { command: "sh", args: ["-c", script, process.execPath, STANDIN, "parting"] });
    await bridge.info();
    const { pid } = bridge;
    t.after(() => process.kill(-pid, "SIGKILL"));
    const waiting = failures([bridge.credentials.page()]);
    assert.equal((await bridge.credentials.create()).id, "an-id");
    const [error] = await waiting;
    assert.ok(error instanceof BridgeDied);
    assert.deepEqual([error.exitCode, error.stderrTail], [3, "the last word"]);
  });

  test("a program that closes one of its pipes, but does not end, is killed", async (t) => {
    const greeting = JSON.stringify({ jsonrpc: "2.0", id: 0, result: { name: "nats-credentials-bridge", protocol: "1" } });
    // What is written into a pipe before it is closed is lost without an error; so the input is closed before anything but the greeting.
    for (const script of ["exec >&-; sleep 1000", "read line; exec <&-; echo \"$0\"; sleep 1000"]) {
      const bridge = await realBridge(t, { command: "sh", args: ["-c", script, greeting] });
      const [error] = await failures([bridge.info()]);
      assert.ok(error instanceof BridgeDied, `${error}`);
      assert.equal(error.signal, "SIGKILL");
    }
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

  test("close while a list is read: its loop ends with BridgeClosed", async (t) => {
    const bridge = await realBridge(t);
    for (let i = 0; i < 5; i++) await bridge.credentials.create();
    const seen = [];
    const loop = async () => {
      for await (const { id } of bridge.credentials.list({ page_size: 1 })) {
        seen.push(id);
        await bridge.close();
      }
    };
    const [error] = await failures([loop()]);
    assert.ok(error instanceof BridgeClosed);
    assert.equal(seen.length, 4, "what had come is given out");
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
