// Which program is started, and what is said when there is none.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { BinaryNotFound, BinaryNotUsable, Bridge, NotABridge } from "../src/index.mjs";
import { environment, folder, isGone, PROGRAM, run, script, until } from "./helpers.mjs";

/** Sets variables of this process until the test ends; the library looks for the program with them. */
function setVariables(t, variables) {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    t.after(() => set(name, before));
    set(name, value);
  }
}

function set(name, value) {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

async function begin(t, options = {}) {
  const bridge = new Bridge({ ...options, env: await environment(t) });
  t.after(() => bridge.close());
  return bridge.info().then(() => bridge, (error) => error);
}

/** The error of this class, and of no other, of a bridge that cannot begin. */
async function failure(t, ErrorClass, options) {
  const error = await begin(t, options);
  assert.equal(error.constructor, ErrorClass, `${error}`);
  assert.equal(error.outcome, "none");
  return error;
}

function file(t, text, mode) {
  const made = path.join(folder(t), "nats-credentials-bridge");
  writeFileSync(made, text);
  chmodSync(made, mode);
  return made;
}

test("nowhere: all four places are named, and what to do", async (t) => {
  setVariables(t, { NATS_CREDENTIALS_BRIDGE: undefined, PATH: folder(t) });
  const error = await failure(t, BinaryNotFound);
  assert.deepEqual(error.places, [
    "option command: not set",
    "NATS_CREDENTIALS_BRIDGE: not set",
    `package @nats-credentials-bridge/${process.platform}-${process.arch}: not installed`,
    "PATH: no nats-credentials-bridge in its folders",
  ]);
  for (const place of error.places) assert.ok(error.message.includes(place));
  assert.match(error.message, /\nInstall it \(.*\), or name its path by the option command or by NATS_CREDENTIALS_BRIDGE\.$/);
});

test("PATH, then the variable, then the option: each before the last", async (t) => {
  const onPath = path.join(folder(t), "nats-credentials-bridge");
  symlinkSync(PROGRAM, onPath);
  setVariables(t, { NATS_CREDENTIALS_BRIDGE: undefined, PATH: `${folder(t)}:${path.dirname(onPath)}` });
  assert.ok((await begin(t)) instanceof Bridge);
  setVariables(t, { NATS_CREDENTIALS_BRIDGE: "/not/there" });
  assert.equal((await failure(t, BinaryNotFound)).path, "/not/there");
  assert.ok((await begin(t, { command: PROGRAM })) instanceof Bridge);
  assert.ok((await begin(t, { command: "nats-credentials-bridge" })) instanceof Bridge, "a name is looked for on PATH");
});

test("a place that names a program is final: no other is taken instead", async (t) => {
  setVariables(t, { NATS_CREDENTIALS_BRIDGE: PROGRAM });
  const error = await failure(t, BinaryNotFound, { command: "/not/there" });
  assert.equal(error.places[0], "option command: /not/there does not exist");
  assert.match((await failure(t, BinaryNotFound, { command: "no-such-name" })).message, /no-such-name is not on PATH/);
});

test("what cannot be run, and what to do", async (t) => {
  const home = folder(t);
  mkdirSync(path.join(home, "a-folder"));
  for (const [command, said] of [
    [file(t, "#!/bin/sh\n", 0o644), /is not executable; chmod \+x would make it so$/],
    [path.join(home, "a-folder"), /is not a file$/],
    [file(t, "#!/not/there\n", 0o755), /cannot be started: .*; what is to load it is not on this machine: take the program that was made for/],
  ]) {
    const error = await failure(t, BinaryNotUsable, { command });
    assert.match(error.message, said);
    assert.equal(error.path, command);
  }
});

test("why the system could not start it is the cause", async (t) => {
  const { cause } = await failure(t, BinaryNotUsable, { command: file(t, "#!/not/there\n", 0o755) });
  assert.equal(cause.code, "ENOENT");
  const args = Array.from({ length: 100 }, () => "x".repeat(100_000));
  assert.equal((await failure(t, BinaryNotUsable, { command: PROGRAM, args })).cause.code, "E2BIG");
});

test("a cwd that is no folder is what is complained of, not the program", async (t) => {
  for (const cwd of ["/not/there", PROGRAM]) {
    const error = await begin(t, { command: PROGRAM, cwd });
    assert.ok(error instanceof TypeError, `${error}`);
    assert.equal(error.message, `the option cwd: ${cwd} is not a folder`);
  }
});

test("a cwd that cannot be looked at: the system's code is in the message", async (t) => {
  for (const [cwd, code] of [[`${PROGRAM}/x`, "ENOTDIR"], [`/${"x".repeat(300)}`, "ENAMETOOLONG"]]) {
    const error = await begin(t, { command: PROGRAM, cwd });
    assert.ok(error instanceof TypeError, `${error}`);
    assert.equal(error.message, `the option cwd: ${cwd} cannot be entered (${code})`);
  }
});

test("a cwd that may not be entered", async (t) => {
  const cwd = folder(t);
  chmodSync(cwd, 0o600);
  const text = `
    // Nothing is forbidden to root.
    if (process.getuid() === 0) process.setuid(65534);
    const error = await new Bridge({ command: "sh", cwd: ${JSON.stringify(cwd)} }).info().catch((reason) => reason);
    console.log(error.name, error.message);`;
  const { stdout, stderr } = await (await script(t, text)).ended;
  assert.deepEqual([stdout, stderr], [`TypeError the option cwd: ${cwd} cannot be entered (EACCES)\n`, ""]);
});

test("options of the wrong type, and those that there are not, are refused at once", () => {
  for (const [options, said] of [
    [{ comand: "x" }, /no option comand.*command, args/],
    [{ command: new URL("file:///bin/true") }, /the option command must be a string/],
    [{ args: "--region local" }, /the option args must be an array of strings/],
    [{ args: [1] }, /the option args must be an array of strings/],
    [{ env: "A=b" }, /the option env must be an object/],
    [{ region: 1 }, /the option region must be a string/],
    [{ onLog: console }, /the option onLog must be a function/],
    ["nats-credentials-bridge", /options must be an object/],
    [null, /options must be an object/],
  ]) {
    assert.throws(() => new Bridge(options), (error) => error instanceof TypeError && said.test(error.message));
  }
  for (const timeoutMs of [0, "5", 600_001]) assert.throws(() => new Bridge({ timeoutMs }), RangeError);
});

test("programs that are not ours", async (t) => {
  const busy = file(t, "#!/bin/sh\necho we are busy >&2; exit 127\n", 0o755);
  for (const command of ["true", "false", "cat", "echo", busy]) {
    assert.match((await failure(t, NotABridge, { command })).message, /is not nats-credentials-bridge/);
  }
  assert.equal((await failure(t, NotABridge, { command: busy })).stderrTail, "we are busy");
});

test("a program for another machine cannot be loaded here", async (t) => {
  // What the kernel does not take a shell reads as a script, so nothing may stand in it that one would carry out.
  const foreign = Buffer.from(readFileSync(PROGRAM).subarray(0, 4096));
  foreign.writeUInt16LE(0xf3, 18);
  foreign.fill(0, 20);
  const darwins = Buffer.alloc(4096);
  darwins.writeUInt32LE(0xfeedfacf);
  for (const [program, said] of [[foreign, "Linux on riscv64"], [darwins, "macOS"]]) {
    const error = await failure(t, BinaryNotUsable, { command: file(t, program, 0o755) });
    const words = `cannot be loaded on this machine: it was made for ${said}; take the program that was made for`;
    assert.ok(error.message.includes(words), error.message);
  }
});

test("a program whose library is missing, or is of another version, or that is to be loaded by what is not there", async (t) => {
  const home = folder(t);
  const make = (...args) => run("cc", args, { cwd: home });
  writeFileSync(path.join(home, "library.c"), "void hello(void) {}\n");
  writeFileSync(path.join(home, "program.c"), "void hello(void); int main(void) { hello(); }\n");
  for (const version of ["V_1", "V_2"]) {
    writeFileSync(path.join(home, version), `${version} { global: hello; };\n`);
    await make("-shared", "-o", `${version}.so`, `-Wl,-soname,library.so,--version-script,${version}`, "library.c");
  }
  await make("-o", "program", "program.c", "V_2.so", "-Wl,-rpath,$ORIGIN");
  await make("-o", "other-loader", "program.c", "V_2.so", "-Wl,--dynamic-linker=/not/there/ld-musl.so");
  const said = async (name) => (await failure(t, BinaryNotUsable, { command: path.join(home, name) })).message;
  assert.match(await said("program"), /cannot be loaded on this machine: error while loading shared libraries: library\.so: .*; take the program/);
  copyFileSync(path.join(home, "V_1.so"), path.join(home, "library.so"));
  assert.match(await said("program"), /cannot be loaded on this machine: version `V_2' not found .*; take the program/);
  assert.match(await said("other-loader"), /cannot be started: .*; what is to load it is not on this machine/);
});

test("one that is not ours is not left running", async (t) => {
  const bridge = new Bridge({ command: file(t, "#!/bin/sh\necho hello; sleep 1000\n", 0o755) });
  const info = bridge.info();
  const { pid } = bridge;
  await assert.rejects(info, NotABridge);
  await until(() => isGone(pid), "its end");
});

test("a program that appears later is found by the next call", async (t) => {
  const command = path.join(folder(t), "bridge");
  const bridge = new Bridge({ command, env: await environment(t) });
  t.after(() => bridge.close());
  await assert.rejects(bridge.info(), BinaryNotFound);
  copyFileSync(PROGRAM, command);
  await bridge.info();
});
