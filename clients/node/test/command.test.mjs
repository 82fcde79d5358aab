// The command of the package: the program's own stdin, stdout, status and signals.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { environment, folder, PACKAGE, PROGRAM, run } from "./helpers.mjs";

const PING = '{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}\n';

/** The package where npm would put it, and the package of the platform beside it; the path of the command. */
function install(t, program) {
  const modules = path.join(folder(t), "node_modules");
  for (const name of ["bin", "src", "package.json"]) cpSync(path.join(PACKAGE, name), path.join(modules, "nats-credentials-bridge", name), { recursive: true });
  if (program !== undefined) {
    const platform = path.join(modules, `@nats-credentials-bridge/${process.platform}-${process.arch}`);
    mkdirSync(path.join(platform, "bin"), { recursive: true });
    writeFileSync(path.join(platform, "package.json"), "{}");
    symlinkSync(program, path.join(platform, "bin/nats-credentials-bridge"));
  }
  mkdirSync(path.join(modules, ".bin"));
  symlinkSync("../nats-credentials-bridge/bin/nats-credentials-bridge.js", path.join(modules, ".bin/nats-credentials-bridge"));
  return path.join(modules, ".bin/nats-credentials-bridge");
}

async function start(t, command) {
  const child = spawn(command, ["--region", "local"], { env: { ...process.env, ...(await environment(t)) } });
  t.after(() => child.kill("SIGKILL"));
  child.stdin.write(PING);
  const [line] = await once(child.stdout, "data");
  assert.equal(`${line}`, '{"jsonrpc":"2.0","id":1,"result":{}}\n');
  return child;
}

test("a session over pipes ends with the end of its input", async (t) => {
  const child = await start(t, install(t, PROGRAM));
  child.stdin.end();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("SIGTERM ends the program as it ends it alone", async (t) => {
  const child = await start(t, install(t, PROGRAM));
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("SIGTERM reaches a program that has only just begun", async (t) => {
  const program = path.join(folder(t), "program");
  writeFileSync(program, "#!/bin/sh\ntrap 'exit 7' TERM\nkill -s TERM $PPID\nwhile :; do read -r _ || exit 8; done\n", { mode: 0o755 });
  const child = spawn(install(t, program));
  t.after(() => child.kill("SIGKILL"));
  assert.deepEqual(await once(child, "exit"), [7, null]);
});

test("a terminal's Ctrl-C is the program's to answer, and reaches it once", async (t) => {
  const program = path.join(folder(t), "program");
  const text = `#!/usr/bin/env node
    let count = 0;
    process.on("SIGINT", () => console.log(++count));
    process.stdin.on("data", () => console.log("ready")).on("end", () => process.exit(count));\n`;
  writeFileSync(program, text, { mode: 0o755 });
  const command = install(t, program);
  const child = spawn(command, { detached: true });
  t.after(() => child.kill("SIGKILL"));
  child.stdin.write("x");
  assert.equal(`${(await once(child.stdout, "data"))[0]}`, "ready\n");
  process.kill(-child.pid, "SIGINT");
  assert.equal(`${(await once(child.stdout, "data"))[0]}`, "1\n");
  child.stdin.end();
  assert.deepEqual(await once(child, "exit"), [1, null]);
});

test("its status is the program's", async (t) => {
  await assert.rejects(run(install(t, PROGRAM), ["--no-such-option"], {}), { code: 64 });
});

test("a program that dies by a signal is not taken for one that succeeded", async (t) => {
  // SIGPIPE is not one that Node dies by: then the status is the shell's.
  for (const [signal, end] of [["KILL", [null, "SIGKILL"]], ["PIPE", [141, null]]]) {
    const program = path.join(folder(t), "program");
    writeFileSync(program, `#!/bin/sh\nkill -s ${signal} $$\n`, { mode: 0o755 });
    assert.deepEqual(await once(spawn(install(t, program)), "exit"), end);
  }
});

test("without the package of the platform it says so, and is not taken for the program", async (t) => {
  const command = install(t);
  await assert.rejects(run(command, ["--version"], {}), (error) => {
    assert.deepEqual([error.code, error.stdout], [127, ""]);
    return error.stderr.includes(`the package @nats-credentials-bridge/${process.platform}-${process.arch}, which has the program, is not installed`);
  });
  const text = `const { Bridge } = require("nats-credentials-bridge"); new Bridge().info().catch((error) => console.log(error.places.at(-1)));`;
  const env = { ...process.env, PATH: `${path.dirname(command)}:${path.dirname(process.execPath)}`, NATS_CREDENTIALS_BRIDGE: "" };
  const { stdout } = await run(process.execPath, ["-e", text], { cwd: path.dirname(command), env });
  assert.equal(stdout, "PATH: no nats-credentials-bridge in its folders\n");
});
