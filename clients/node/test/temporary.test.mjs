// Bridges for tests: with a folder and a nats-server of their own, of which nothing is left however they end.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { Bridge, BinaryNotFound, NatsServerError } from "../src/index.mjs";
import { SCRIPT } from "../src/guard.js";
import { environment, folder, isGone, PACKAGE, PROGRAM, script, until } from "./helpers.mjs";

const NATS_SERVER = path.resolve(process.env.NATS_SERVER ?? "set NATS_SERVER to a nats-server");

/** Makes a temporary bridge in a folder in which nothing may be left if that fails. */
async function temporary(t, options = {}) {
  const place = folder(t);
  const env = { ...(await environment(t)), ...options.env };
  const before = process.env.TMPDIR;
  process.env.TMPDIR = place;
  // The folder is made before this returns.
  const beginning = Bridge.temporary({ command: PROGRAM, ...options, env });
  delete process.env.TMPDIR;
  if (before !== undefined) process.env.TMPDIR = before;
  try {
    const bridge = await beginning;
    t.after(() => bridge.close());
    assert.equal(path.dirname(bridge.folder), place);
    return bridge;
  } catch (error) {
    assert.deepEqual(readdirSync(place), []);
    throw error;
  }
}

/** Of its nats-server, which names its ports file so. */
function serverPid({ folder }) {
  const [name] = readdirSync(path.join(folder, "state")).filter((file) => file.endsWith(".ports"));
  return Number(name.match(/_(\d+)\.ports$/)[1]);
}

/** Of the processes that name a folder in their arguments: the guard and the nats-server. */
function pidsOf(folder) {
  const isOf = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isOf(name)).map(Number);
}

/** What a server says first to whoever connects. */
async function greeting(url) {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  try {
    return await new Promise((resolve, reject) => socket.on("data", (data) => resolve(data.toString().slice(0, 5))).on("error", reject));
  } finally {
    socket.destroy();
  }
}

/** A program in nats-server's place. */
function wrapped(t, text) {
  const file = path.join(folder(t), "wrapper");
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o700);
  return file;
}

test("a bridge has a folder of its own, which is gone at the end", async (t) => {
  const home = folder(t);
  const bridge = await temporary(t, { env: { HOME: home } });
  assert.equal(statSync(bridge.folder).mode & 0o777, 0o700);
  const { id } = await bridge.credentials.create({ name: "app", save_to: path.join(bridge.folder, "app.creds") });
  for await (const row of bridge.credentials.list()) assert.equal(row.id, id);
  assert.deepEqual(readdirSync(bridge.folder).sort(), ["app.creds", "state"]);
  assert.equal(bridge.natsUrl, undefined);
  const pids = pidsOf(bridge.folder);
  assert.equal(pids.length, 2);
  await Promise.all([bridge.close(), bridge.close()]);
  assert.equal(existsSync(bridge.folder), false);
  assert.ok(pids.every(isGone));
  assert.deepEqual(readdirSync(home), []);
});

test("no option leads to another folder, and no other nats-server is asked", async (t) => {
  const other = net.createServer((socket) => socket.destroy());
  let asked = 0;
  other.on("connection", () => (asked += 1));
  await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  const url = `nats://127.0.0.1:${other.address().port}`;
  const mine = path.join(folder(t), "mine");
  const bridge = await temporary(t, { args: ["--state", mine, "--nats-url", url], env: { NATS_URL: url } });
  const { id } = await bridge.credentials.create();
  assert.equal((await bridge.credentials.delete({ nats_credentials_id: id })).deleted, true);
  await bridge.close();
  assert.equal(existsSync(mine), false);
  assert.equal(asked, 0);
});

test("a nats-server listens on a free port, and ends with the bridge", async (t) => {
  const [one, two] = await Promise.all([0, 1].map(() => temporary(t, { natsServer: NATS_SERVER })));
  assert.notEqual(one.natsUrl, two.natsUrl);
  assert.equal(await greeting(one.natsUrl), "INFO ");
  assert.equal(await greeting(two.natsUrl), "INFO ");
  const { nats_account_id } = await one.credentials.create({ name: "app" });
  assert.equal((await one.accounts.get({ nats_account_id })).endpoint, one.natsUrl);
  const pids = [one, two].flatMap((bridge) => [bridge.pid, serverPid(bridge), ...pidsOf(bridge.folder)]);
  await Promise.all([one.close(), two.close()]);
  assert.ok(pids.every(isGone));
  await assert.rejects(greeting(one.natsUrl), { code: "ECONNREFUSED" });
});

test("without a nats-server the error says where it was looked for; without the program nothing is left", async (t) => {
  await assert.rejects(temporary(t, { natsServer: "/no/such" }), (error) => {
    assert.ok(error instanceof NatsServerError);
    assert.match(error.message, /^there is no program \/no\/such there that can be run; install nats-server, or say where/);
    return true;
  });
  await assert.rejects(temporary(t, { natsServer: "no-such" }), /no program no-such in .*:\/usr\/sbin; install nats-server/);
  await assert.rejects(temporary(t, { natsServer: 4222 }), TypeError);
  await assert.rejects(temporary(t, { comand: "x" }), TypeError);
  for (const natsServer of [false, NATS_SERVER]) await assert.rejects(temporary(t, { natsServer, command: "/no/such" }), BinaryNotFound);
});

test("a nats-server that dies at the start is told with its last lines", async (t) => {
  const natsServer = wrapped(t, "seq 20 >&2; echo the last words; exit 3");
  await assert.rejects(temporary(t, { natsServer }), ({ name, message, logTail }) => {
    assert.equal(name, "NatsServerError");
    assert.match(message, /^nats-server ended before it listened; its last lines:\n12\n/);
    assert.match(logTail, /^12\n[^]*\n20\nthe last words$/);
    return true;
  });
});

test("a wrapper around nats-server is ended too", async (t) => {
  const bridge = await temporary(t, { natsServer: wrapped(t, `"${NATS_SERVER}" "$@"\ntrue`) });
  const pid = serverPid(bridge);
  await bridge.close();
  await until(() => isGone(pid), "the end of the nats-server");
});

test("close ends everything, also when the guard was killed", async (t) => {
  const bridge = await temporary(t, { natsServer: NATS_SERVER });
  const server = serverPid(bridge);
  for (const pid of pidsOf(bridge.folder)) if (pid !== server && pid !== bridge.pid) process.kill(pid, "SIGKILL");
  // At once, as long as it is certain which group had the guard's number.
  await until(() => isGone(server), "the end of the nats-server");
  await bridge.close();
  assert.equal(existsSync(bridge.folder), false);
});

test("close waits for who still writes into the folder when the guard was killed", async (t) => {
  const bridge = await temporary(t);
  const busy = path.join(bridge.folder, "busy");
  mkdirSync(busy);
  for (const pid of pidsOf(bridge.folder)) if (pid !== bridge.pid) process.kill(pid, "SIGKILL");
  // For about half a second, if the folder stays.
  const text = 'i=0; while [ "$i" -lt 50000 ]; do : >"$1/$((i % 7))"; i=$((i + 1)); done';
  const writer = spawn("/bin/sh", ["-c", text, "writer", busy]);
  t.after(() => writer.kill("SIGKILL"));
  await until(() => existsSync(path.join(busy, "6")), "the first files");
  await bridge.close();
  assert.equal(existsSync(bridge.folder), false);
});

const BEGIN = `
  import { readdirSync } from "node:fs";
  const bridge = await Bridge.temporary({ natsServer: ${JSON.stringify(NATS_SERVER)} });
  const [ports] = readdirSync(bridge.folder + "/state").filter((name) => name.endsWith(".ports"));
  console.log([bridge.folder, bridge.pid, ports.match(/_(\\d+)\\./)[1]].join(" "));`;

for (const [way, text, end] of [
  ["its last line", "", [0, null]],
  ["process.exit", "process.exit(3);", [3, null]],
  ["an error", 'throw new Error("so it is");', [1, null]],
  ["SIGKILL", 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 60_000);', [null, "SIGKILL"]],
  [
    "SIGKILL in the middle of calls",
    'for (let i = 0; i < 500; i++) bridge.credentials.create().catch(() => {}); setTimeout(() => process.kill(process.pid, "SIGKILL"), 20);',
    [null, "SIGKILL"],
  ],
  ["SIGTERM", 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 60_000);', [null, "SIGTERM"]],
  ["SIGINT", 'process.kill(process.pid, "SIGINT"); setInterval(() => {}, 60_000);', [null, "SIGINT"]],
]) {
  test(`a script that ends by ${way} leaves nothing`, async (t) => {
    const place = path.join(folder(t), "tmp");
    mkdirSync(place);
    const { code, signal, stdout } = await (await script(t, BEGIN + text, { env: { TMPDIR: place } })).ended;
    assert.deepEqual([code, signal], end);
    const [made, ...pids] = stdout.trim().split(" ");
    await until(() => !existsSync(made) && pids.every(isGone) && pidsOf(made).every(isGone), "the end of all of it");
    assert.deepEqual(readdirSync(place), []);
  });
}

test("a relative TMPDIR begins where the script is, and nothing is left in it", async (t) => {
  const cwd = folder(t);
  mkdirSync(path.join(cwd, "tmp"));
  const { code, stdout, stderr } = await (await script(t, BEGIN + 'process.chdir("/");', { cwd, env: { TMPDIR: "tmp" } })).ended;
  assert.equal(code, 0, stderr);
  assert.equal(path.dirname(stdout.split(" ")[0]), path.join(cwd, "tmp"));
  await until(() => readdirSync(path.join(cwd, "tmp")).length === 0, "the end of its folder");
});

test("a script with fake timers gets its bridge, and closes it", async (t) => {
  const faked = `
    import timers from "node:timers";
    const fake = (name) => () => { throw new Error(name + " is fake"); };
    for (const name of ["setTimeout", "clearTimeout", "setInterval", "setImmediate"]) globalThis[name] = timers[name] = fake(name);
    Object.defineProperty(globalThis, "performance", { value: { now: fake("performance") } });`;
  const text = `${faked} ${BEGIN} await bridge.close(); console.log("closed");`;
  const { code, stdout, stderr } = await (await script(t, text)).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /\nclosed\n$/);
});

test("a bridge that nobody closes keeps no script alive; close does, until all is gone", async (t) => {
  const text = `${BEGIN} import { existsSync } from "node:fs";
    bridge.close().then(() => console.log("closed", existsSync(bridge.folder)));`;
  const { code, stdout, stderr } = await (await script(t, text)).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /closed false\n$/);
});

test("the guard is the very one of the library for Python", () => {
  const python = readFileSync(path.join(PACKAGE, "../python/src/nats_credentials_bridge/_guard.py"), "utf8");
  assert.equal(SCRIPT, python.match(/^SCRIPT = """\\\n([^]+?)"""$/m)[1]);
});
