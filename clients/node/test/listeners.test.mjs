// Who hears of what the program says: listeners, also those that throw, and without them whoever reads the warnings of the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NOBODY, PROGRAM, script, STANDIN } from "./helpers.mjs";

// The lines are there before the program begins, in one write.
const GRUMBLING = { command: "sh", args: ["-c", 'printf "one\\ntwo\\nthree\\n" >&2; exec "$0"', PROGRAM], region: "local" };
const standIn = (mode) => ({ command: process.execPath, args: [STANDIN, mode] });

test("of log there is none: what the bridge complains of is a warning of the process", async (t) => {
  const text = `
    const bridge = new Bridge();
    await bridge.accounts.page();
    await bridge.close();`;
  const { code, stderr } = await (await script(t, text)).ended;
  assert.equal(code, 0);
  const said = "Warning: nats-credentials-bridge: no region is configured: using local, the embedded backend";
  assert.match(stderr, new RegExp(`^\\(node:\\d+\\) \\[NATS_CREDENTIALS_LOG\\] ${said}\n\\(Use [^\n]*\\)\n$`));
});

test("of log there is none: only errors and warnings are warnings, and lines without a level", async (t) => {
  const levels = ["error", "warning", "info", "debug", "trace"].map((level) => `nats-credentials-bridge: ${level}: ${level} of ours`);
  const lines = [...levels, "another's", "nats-credentials-bridge: usage"];
  const options = { ...GRUMBLING, args: ["-c", `printf '%s\\n' "$@" >&2; exec "$0"`, PROGRAM, ...lines] };
  const text = `
    const bridge = new Bridge(${JSON.stringify(options)});
    const warnings = [];
    process.on("warning", ({ message }) => warnings.push(message));
    await bridge.info();
    await bridge.close();
    console.log(JSON.stringify(warnings));`;
  const { stdout } = await (await script(t, text)).ended;
  const words = ["error of ours", "warning of ours", "another's", "usage"];
  assert.deepEqual(JSON.parse(stdout), words.map((each) => `nats-credentials-bridge: ${each}`));
});

test("of log there is one: no warning", async (t) => {
  const text = `
    const bridge = new Bridge();
    bridge.on("log", ({ level, message }) => console.log(level, message));
    await bridge.accounts.page();
    await bridge.close();`;
  const { stdout, stderr } = await (await script(t, text)).ended;
  assert.deepEqual([stdout, stderr], ["warning no region is configured: using local, the embedded backend\n", ""]);
});

/** Runs a script in which what nobody catches is kept in `thrown`; gives what it printed as JSON. */
async function collect(t, options, text) {
  const begin = `
    const thrown = [];
    process.on("uncaughtException", (error) => thrown.push(error.message));
    const bridge = new Bridge(${JSON.stringify(options)});
    const seen = [];
    const see = (what) => {
      seen.push(what);
      throw new Error("saw " + what);
    };`;
  const { code, stdout, stderr } = await (await script(t, `${begin}\n${text}`)).ended;
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return JSON.parse(stdout);
}

test("of log: the lines after it are given out, too", async (t) => {
  const text = `
    bridge.on("log", ({ message }) => see(message));
    await bridge.info();
    await bridge.close();
    console.log(JSON.stringify({ seen, thrown }));`;
  const { seen, thrown } = await collect(t, GRUMBLING, text);
  assert.deepEqual(seen, ["one", "two", "three"]);
  assert.deepEqual(thrown, ["saw one", "saw two", "saw three"]);
});

test("of log, at the last line of a program that ends: the waiters fail all the same", async (t) => {
  const text = `
    bridge.on("log", ({ message }) => see(message));
    const { exitCode } = await bridge.info().catch((error) => error);
    await new Promise(setImmediate);
    console.log(JSON.stringify({ exitCode, thrown }));`;
  const { exitCode, thrown } = await collect(t, { command: "sh", args: ["-c", 'printf "no LF" >&2; exit 70'] }, text);
  assert.equal(exitCode, 70);
  assert.deepEqual(thrown, ["saw no LF"]);
});

test("NODE_DEBUG=nats-credentials-bridge: a line for each request, with method, id, end and time, and nothing that it was about", async (t) => {
  const text = `
    const bridge = new Bridge({ region: "local" });
    const ends = [
      bridge.credentials.create({ name: "a-name" }),
      bridge.credentials.get({ nats_credentials_id: "${NOBODY}" }),
      bridge.ping({ signal: AbortSignal.abort() }),
    ];
    await Promise.allSettled(ends);
    const abort = new AbortController();
    const aborted = bridge.credentials.page({}, { signal: abort.signal });
    abort.abort();
    await aborted.catch(() => {});
    process.kill(bridge.pid, "SIGSTOP");
    const page = bridge.credentials.page({}).catch(() => {});
    process.kill(bridge.pid, "SIGKILL");
    await page;`;
  const { stderr } = await (await script(t, text, { env: { NODE_DEBUG: "nats-credentials-bridge" } })).ended;
  const lines = stderr.trim().split("\n").map((line) => line.match(/^NATS-CREDENTIALS-BRIDGE \d+: (.*) after \d+\.\d ms$/)?.[1] ?? line);
  assert.deepEqual(lines, [
    "credentials.create, id 1: result", "credentials.get, id 2: not_found", "credentials.list, id 3: given up", "credentials.list, id 4: died",
  ]);
});

test("of exit: once, by its status or its signal, when its calls have failed and before close is over", async (t) => {
  const text = `
    const begin = async (options) => {
      const bridge = new Bridge(options);
      bridge.on("exit", (status, signal) => see([status, signal].join()));
      await bridge.info().catch(({ name }) => seen.push(name));
      return bridge;
    };
    const closed = await begin({ region: "local" });
    await closed.close().then(() => seen.push("closed"));
    const killed = await begin({ region: "local" });
    process.kill(killed.pid, "SIGKILL");
    await killed.ping().catch(({ signal }) => seen.push("call: " + signal));
    await killed.close();
    await (await begin({ command: "sh", args: ["-c", "exit 70"] })).close();
    await (await begin({ command: "/not/there" })).close();
    console.log(JSON.stringify({ seen, thrown }));`;
  const { seen, thrown } = await collect(t, {}, text);
  assert.deepEqual(seen, ["0,", "closed", ",SIGKILL", "call: SIGKILL", "70,", "BridgeDied", "BinaryNotFound"]);
  assert.deepEqual(thrown, ["saw 0,", "saw ,SIGKILL", "saw 70,"]);
});

test("onPart: the parts after it and the response arrive", async (t) => {
  const text = `
    const { kind } = await bridge.call("credentials.stream", {}, { onPart: ({ seq }) => see(seq) }).catch((error) => error);
    await bridge.close();
    console.log(JSON.stringify({ kind, seen, thrown }));`;
  const { kind, seen, thrown } = await collect(t, standIn("broken"), text);
  assert.equal(kind, "network");
  assert.deepEqual(seen, [1, 2]);
  assert.deepEqual(thrown, ["saw 1", "saw 2"]);
});

test("of abandoned: all that was abandoned is told", async (t) => {
  const text = `
    bridge.on("abandoned", ({ id }) => see(id));
    await bridge.info();
    const abort = new AbortController();
    const creates = [1, 2, 3].map(() => bridge.credentials.create({}, { signal: abort.signal }).catch(({ name }) => name));
    await bridge.info();
    abort.abort();
    const failures = await Promise.all(creates);
    await bridge.info();
    await bridge.close();
    console.log(JSON.stringify({ failures, seen, thrown }));`;
  const { failures, seen, thrown } = await collect(t, standIn("late"), text);
  assert.deepEqual(failures, ["AbortError", "AbortError", "AbortError"]);
  assert.deepEqual(seen, ["an-id", "an-id", "an-id"]);
  assert.deepEqual(thrown, ["saw an-id", "saw an-id", "saw an-id"]);
});

test("a script that catches nothing ends with the exception, as with any other", async (t) => {
  const text = `
    const bridge = new Bridge(${JSON.stringify(GRUMBLING)});
    bridge.on("log", ({ message }) => { throw new RangeError("saw " + message); });
    await bridge.info();
    setInterval(() => {}, 60_000);`;
  const { code, stderr } = await (await script(t, text)).ended;
  assert.equal(code, 1);
  assert.match(stderr, /RangeError: saw one\n/);
});
