// Listeners that throw: nothing is lost by it, and the exception is as visible as any other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PROGRAM, script, STANDIN } from "./helpers.mjs";

// The lines are there before the program begins, in one write.
const GRUMBLING = { command: "sh", args: ["-c", 'printf "one\\ntwo\\nthree\\n" >&2; exec "$0"', PROGRAM], region: "local" };
const standIn = (mode) => ({ command: process.execPath, args: [STANDIN, mode] });

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
