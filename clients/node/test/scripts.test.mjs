// Programs that use the library: they end when they are done, and take the bridge with them however they end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isGone, script, until } from "./helpers.mjs";

const BEGIN = `const bridge = new Bridge({ region: "local" }); await bridge.info(); console.log(String(bridge.pid));`;

const pidOf = (stdout) => Number(stdout.match(/^\d+/m)[0]);

test("a script that forgets to close ends by itself, and the bridge is gone", async (t) => {
  const { ended } = await script(t, `${BEGIN} await bridge.credentials.create(); console.log("done");`);
  const { code, stdout, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /done\n$/);
  await until(() => isGone(pidOf(stdout)), "the bridge's end");
});

test("an idle bridge keeps no script alive, but one that works does, and close does", async (t) => {
  // Nothing but the call keeps this alive: no timer, no top-level await that would complain of itself.
  const text = `
    const bridge = new Bridge({ region: "local" });
    bridge.info().then(() => setTimeout(() => bridge.credentials.create().then(() => {
      console.log("created");
      bridge.close().then(() => console.log("closed"));
    }), 10));`;
  const { code, stdout } = await (await script(t, text)).ended;
  assert.deepEqual([code, stdout], [0, "created\nclosed\n"]);
});

test("a call that is refused before it is sent leaves nothing that keeps the script alive", async (t) => {
  const text = `
    const bridge = new Bridge();
    await bridge.credentials.create({ name: 1n }).catch(({ name }) => console.log(name));`;
  const { code, stdout } = await (await script(t, text)).ended;
  assert.deepEqual([code, stdout], [0, "TypeError\n"]);
});

test("a script that ends in mid-call takes the bridge with it", async (t) => {
  const text = `${BEGIN} for (let i = 0; i < 100; i++) bridge.credentials.create(); setImmediate(() => process.exit(7));`;
  const { code, stdout } = await (await script(t, text)).ended;
  assert.equal(code, 7);
  await until(() => isGone(pidOf(stdout)), "the bridge's end");
});

test("a script that is killed takes the bridge with it", async (t) => {
  const { child, said, ended } = await script(t, `${BEGIN} setInterval(() => {}, 60_000);`);
  await until(() => said.stdout.endsWith("\n"), "the bridge's pid");
  const pid = pidOf(said.stdout);
  assert.ok(!isGone(pid));
  child.kill("SIGKILL");
  assert.equal((await ended).signal, "SIGKILL");
  await until(() => isGone(pid), "the bridge's end");
});

test("in worker threads: each has a bridge of its own, and takes it along when it is terminated", async (t) => {
  const text = `
    import { Worker } from "node:worker_threads";
    const text = 'const { workerData, parentPort } = require("node:worker_threads");'
      + 'const bridge = new (require(workerData).Bridge)({ region: "local" });'
      + 'bridge.info().then(() => parentPort.postMessage(bridge.pid)); setInterval(() => {}, 60_000);';
    const workers = [1, 2].map(() => new Worker(text, { eval: true, execArgv: [], workerData: process.cwd() + "/src/index.js" }));
    const pids = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
    await Promise.all(workers.map((worker) => worker.terminate()));
    console.log(pids.join());`;
  const { code, stdout, stderr } = await (await script(t, text)).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  const pids = stdout.trim().split(",").map(Number);
  assert.equal(new Set(pids).size, 2);
  await until(() => pids.every(isGone), "the bridges' end");
});

test("an unhandled error in a script is told as such, and the bridge is gone", async (t) => {
  const { code, stdout, stderr } = await (await script(t, `${BEGIN} await bridge.credentials.create({ nmae: "a" });`)).ended;
  assert.equal(code, 1);
  assert.match(stderr, /InvalidParams: credentials\.create: invalid_params/);
  await until(() => isGone(pidOf(stdout)), "the bridge's end");
});

/** Runs a script on a terminal, presses Ctrl-C when it is ready, and gives all that was on the screen. */
async function pressCtrlC(t, text) {
  const terminal = `
import os, pty, sys
pid, screen = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown, pressed = b"", False
while True:
    try:
        data = os.read(screen, 4096)
    except OSError:
        break
    shown += data
    if b"ready" in shown and not pressed:
        os.write(screen, b"\\x03")
        pressed = True
_, status = os.waitpid(pid, 0)
os.write(1, shown + b"\\nstatus %d" % os.waitstatus_to_exitcode(status))
`;
  const { stdout, stderr } = await (await script(t, text, { before: ["python3", "-c", terminal] })).ended;
  assert.equal(stderr, "");
  return stdout;
}

test("Ctrl-C in a terminal: a script that handles it can still use the bridge, and end it in order", async (t) => {
  const text = `${BEGIN}
    process.on("SIGINT", async () => {
      console.log("made", (await bridge.credentials.create({ name: "after" })).name);
      await bridge.close();
      console.log("closed");
      process.exit(5);
    });
    setInterval(() => {}, 60_000);
    console.log("ready");`;
  const shown = await pressCtrlC(t, text);
  assert.match(shown, /made after\r\nclosed\r\n[^]*status 5$/);
});

test("Ctrl-C in a terminal: a script that does not handle it ends, and the bridge with it", async (t) => {
  const shown = await pressCtrlC(t, `${BEGIN} setInterval(() => {}, 60_000); console.log("ready");`);
  assert.match(shown, /status -2$/);
  await until(() => isGone(pidOf(shown)), "the bridge's end");
});
