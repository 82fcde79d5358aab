// The end of the bridge: killed, ended by itself, closed.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { Bridge, BridgeClosed, BridgeDied, NotABridge, RPCError } from "../src/index.mjs";
import { folder, isGone, LIMIT_MS, PROGRAM, realBridge, script, STANDIN, standIn, until } from "./helpers.mjs";

const GREETING = JSON.stringify({ jsonrpc: "2.0", id: 0, result: { name: "nats-credentials-bridge", protocol: "1" } });

/** A program that greets, and answers the first call with this line. */
const answering = (t, line) =>
  realBridge(t, { command: "sh", args: ["-c", 'read line; echo "$0"; read line; echo "$1"; cat >/dev/null', GREETING, line] });

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
  test("kill -9 in mid-call: every waiter fails long before its time limit with the last lines of stderr, and so do later calls", async (t) => {
    const lines = [];
    const onLog = ({ level, message }) => lines.push([level, message]);
    const bridge = await realBridge(t, { region: undefined, timeoutMs: 60_000, onLog });
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
    assert.ok(Date.now() - begin < 20_000);

    for (const error of errors) {
      assert.ok(error instanceof BridgeDied);
      assert.equal(error.signal, "SIGKILL");
      assert.equal(error.exitCode, null);
      assert.match(error.stderrTail, /warning: no region is configured/);
      assert.match(error.message, /was killed by SIGKILL[^]*no region is configured/);
      assert.ok(error.message.startsWith(`${error.method}: `));
    }
    const methods = calls.map((_, i) => (i % 2 === 0 ? "credentials.create" : "credentials.list"));
    assert.deepEqual(errors.map(({ method }) => method), [...methods, "credentials.stream"]);
    assert.deepEqual(errors.map(({ outcome }) => outcome), [...calls.map((_, i) => (i % 2 === 0 ? "unknown" : "none")), "none"]);
    assert.deepEqual(lines[0], ["warning", "no region is configured: using local, the embedded backend"]);
    const [later] = await failures([bridge.credentials.create()]);
    assert.ok(later instanceof BridgeDied);
    assert.equal(later.outcome, "none");
    assert.equal(bridge.pid, undefined);
    assert.ok(isGone(pid));
    await bridge.close();
  });

  test("killed while another process holds its pipes open and writes to them: every waiter fails long before its time limit", async (t) => {
    const program = 'while echo "still here"; do sleep 0.01; done >&2 & exec "$0"';
    const bridge = await realBridge(t, { command: "sh", args: ["-c", program, PROGRAM], timeoutMs: 60_000, onLog: () => {} });
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
    assert.ok(Date.now() - begin < 20_000);
    for (const error of errors) {
      assert.ok(error instanceof BridgeDied);
      assert.deepEqual([error.signal, error.outcome], ["SIGKILL", "unknown"]);
      assert.match(error.stderrTail, /still here$/);
    }
    await bridge.close();
  });

  test("what the program wrote before its end is read, also while another process holds its pipes open", async (t) => {
    const program = 'sleep 30 & exec "$0" "$@"';
    const bridge = standIn(t, "parting", { command: "sh", args: ["-c", program, process.execPath, STANDIN, "parting"] });
    await bridge.info();
    const { pid } = bridge;
    t.after(() => process.kill(-pid, "SIGKILL"));
    const waiting = failures([bridge.credentials.page()]);
    assert.equal((await bridge.credentials.create()).id, "an-id");
    const [error] = await waiting;
    assert.ok(error instanceof BridgeDied);
    assert.deepEqual([error.exitCode, error.stderrTail], [3, "the last word"]);
  });

  test("a response that lies in the pipe is read, also when this program was too busy to read it in time", async (t) => {
    const answer = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { id: "an-id" } });
    // It leaves a process behind that answers while nobody reads.
    const program = 'read line; echo "$0"; read line; (until [ -e busy ]; do sleep 0.01; done; echo "$1"; : > answered) & exit 0';
    const cwd = folder(t);
    const text = `
      import { existsSync, writeFileSync } from "node:fs";
      process.chdir(${JSON.stringify(cwd)});
      const bridge = new Bridge(${JSON.stringify({ command: "sh", args: ["-c", program, GREETING, answer] })});
      const create = bridge.credentials.create();
      const { pid } = bridge;
      const hasEnded = () => { try { return !process.kill(pid, 0); } catch { return true; } };
      // From the same turn of the event loop in which its end was noticed until long after.
      while (!hasEnded()) await new Promise(setImmediate);
      writeFileSync("busy", "");
      const begin = performance.now();
      for (let ms = 0; ms < 1_000 || (!existsSync("answered") && ms < ${LIMIT_MS}); ms = performance.now() - begin);
      console.log(await create.then(({ id }) => id, String));`;
    const { stdout, stderr } = await (await script(t, text)).ended;
    assert.deepEqual([stdout, stderr], ["an-id\n", ""]);
  });

  test("a process that fills the pipe of one that has ended is not read for ever", { timeout: LIMIT_MS }, async (t) => {
    const part = JSON.stringify({ jsonrpc: "2.0", method: "$/progress", params: { token: 1, value: { kind: "page" } } });
    // A byte in the file for each part that is in the pipe.
    const program = 'read line; echo "$0"; read line; while echo "$1"; do echo >&3; done 3>written & exit 3';
    const cwd = folder(t);
    const bridge = await realBridge(t, { command: "sh", args: ["-c", program, GREETING, part], cwd, timeoutMs: 60_000 });
    let seen = 0;
    const onPart = () => {
      seen += 1;
      // So each read finds something.
      for (const end = performance.now() + LIMIT_MS; statSync(path.join(cwd, "written")).size <= seen && performance.now() < end; );
    };
    const stream = failures([bridge.call("credentials.stream", {}, { onPart })]);
    const { pid } = bridge;
    const [error] = await stream;
    assert.ok(error instanceof BridgeDied, `${error}`);
    assert.equal(error.exitCode, 3);
    await until(() => groupIsGone(pid), "the end of the other process");
  });

  test("a program that closes one of its pipes, but does not end, is killed", async (t) => {
    // What is written into a pipe before it is closed is lost without an error; so the input is closed before anything but the greeting.
    for (const program of ["exec >&-; sleep 1000", "read line; exec <&-; echo \"$0\"; sleep 1000"]) {
      const bridge = await realBridge(t, { command: "sh", args: ["-c", program, GREETING] });
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

  test("so does a response that is none: a change says that it may have been done", async (t) => {
    const error = { code: 1500, message: "so it says" };
    for (const members of [
      { id: 1, result: {}, error: null },
      { id: 1, result: {}, error },
      { id: 1, error: "a text" },
      { id: 1, error: {} },
      { id: 1 },
      { id: null, error: null },
    ]) {
      const bridge = await answering(t, JSON.stringify({ jsonrpc: "2.0", ...members }));
      const [died] = await failures([bridge.credentials.create()]);
      assert.ok(died instanceof BridgeDied && /not JSON-RPC/.test(died.message), `${JSON.stringify(members)}: ${died}`);
      assert.equal(died.outcome, "unknown");
    }
  });

  test("and a greeting that is none: the program is not ours", async (t) => {
    const [error] = await failures([(await realBridge(t, {
      command: "sh", args: ["-c", 'read line; echo "$0"; cat >/dev/null', `${GREETING.slice(0, -1)},"error":null}`],
    })).info()]);
    assert.ok(error instanceof NotABridge, `${error}`);
  });

  test("an error whose data is null is an error like one without data", async (t) => {
    const bridge = await answering(t, JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: 1500, message: "so it says", data: null } }));
    const [error] = await failures([bridge.credentials.create()]);
    assert.ok(error instanceof RPCError, `${error}`);
    assert.deepEqual([error.code, error.kind, error.outcome], [1500, "unknown", "unknown"]);
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
    assert.deepEqual([later.message, later.method, later.outcome], ["bridge.info: this bridge is closed", "bridge.info", "none"]);
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

  test("close before the greeting: the program gets the end of its input before a signal, and the call was not carried out", async (t) => {
    const cwd = folder(t);
    const bridge = await realBridge(t, { command: "sh", args: ["-c", "cat >input; echo ended >>input"], cwd });
    const create = failures([bridge.credentials.create()]);
    await bridge.close();
    const [error] = await create;
    assert.match(error.message, /ended with exit status 0 before it answered/);
    const input = readFileSync(path.join(cwd, "input"), "utf8");
    assert.match(input, /^[^\n]+"bridge\.info"[^\n]+\nended\n$/, "nothing but the greeting, and its end");
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
    assert.ok(error instanceof NotABridge);
  });
});

/** Milliseconds of the shortest of three tries: a busy machine makes any one of them longer. */
async function shortest(attempt) {
  const took = [];
  for (let i = 0; i < 3; i++) took.push(await attempt());
  return Math.min(...took);
}

// By themselves, because they tell the time.
describe("how long the end takes, at best", () => {
  test("kill -9: all waiters have failed within a second", async (t) => {
    const took = await shortest(async () => {
      const bridge = await realBridge(t);
      await bridge.info();
      process.kill(bridge.pid, "SIGSTOP");
      const calls = Array.from({ length: 100 }, () => bridge.credentials.create());
      await new Promise(setImmediate);
      const begin = performance.now();
      process.kill(bridge.pid, "SIGKILL");
      for (const error of await failures(calls)) assert.ok(error instanceof BridgeDied);
      return performance.now() - begin;
    });
    assert.ok(took < 1_000, `${took} ms`);
  });

  test("close of a program that has not greeted and has nothing to answer: its input ends at once", async (t) => {
    const took = await shortest(async () => {
      const bridge = await realBridge(t, { command: "sh", args: ["-c", "cat >/dev/null"] });
      const abort = new AbortController();
      const ping = failures([bridge.ping({ signal: abort.signal })]);
      abort.abort();
      await ping;
      const begin = performance.now();
      await bridge.close();
      return performance.now() - begin;
    });
    assert.ok(took < 1_500, `${took} ms, of the 2,000 after which it is ended the hard way`);
  });
});
