// What the tests share: bridges with a state folder of their own, a stand-in for the program, and waiting with a limit.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Bridge } from "../src/index.mjs";

export const LIMIT_MS = 30_000;
export const PACKAGE = path.resolve(fileURLToPath(import.meta.url), "../..");
if (!process.env.NATS_CREDENTIALS_BRIDGE) throw new Error("set NATS_CREDENTIALS_BRIDGE to the built program");
export const PROGRAM = path.resolve(process.env.NATS_CREDENTIALS_BRIDGE);
export const STANDIN = path.join(PACKAGE, "test/standin.mjs");
export const NOBODY = "00000000-0000-4000-8000-000000000000";

/** A folder that is gone after the test; in memory where that can be had, because each change of the store is synced to its disk. */
export function folder(t) {
  const made = mkdtempSync(path.join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "bridge-node-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The environment of a bridge with nothing of this machine's: no account, no configuration, no nats-server. */
export async function environment(t, home = folder(t)) {
  const strange = Object.keys(process.env).filter((name) => /^(SCW_|XDG_|NATS_)/.test(name));
  return {
    ...Object.fromEntries(strange.map((name) => [name, undefined])),
    HOME: home,
    NATS_URL: `nats://127.0.0.1:${await freePort()}`,
  };
}

/** A real bridge on the embedded backend. */
export async function realBridge(t, options = {}) {
  // Asked for before the folder is made, because it must be closed before that is removed.
  let bridge;
  t.after(() => bridge?.close());
  bridge = new Bridge({ command: PROGRAM, region: "local", ...options, env: { ...(await environment(t)), ...options.env } });
  return bridge;
}

/** A real bridge whose input and output are written to files, too; a little later than they are read. */
export async function recordedBridge(t) {
  const files = folder(t);
  const script = 'tee "$1/in" | "$0" | tee "$1/out"';
  const bridge = await realBridge(t, { command: "sh", args: ["-c", script, PROGRAM, files] });
  const lines = (name) => readFileSync(path.join(files, name), "utf8").split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return { bridge, sent: () => lines("in"), received: () => lines("out") };
}

/** A program that speaks the protocol and behaves as the test wants; see standin.mjs. */
export function standIn(t, mode = "", options = {}) {
  const bridge = new Bridge({ command: process.execPath, args: [STANDIN, mode], ...options });
  t.after(() => bridge.close());
  return bridge;
}

/** Waits until something is so. */
export async function until(isSo, what) {
  const end = Date.now() + LIMIT_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${LIMIT_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process is gone. One whose parent has ended is left to process 1, which may take its time to reap it. */
export function isGone(pid) {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return state === "Z" && parent === "1";
  } catch {
    return true;
  }
}

/** Runs a program to its end. */
export function run(file, args, options = {}) {
  return promisify(execFile)(file, args, { timeout: LIMIT_MS, maxBuffer: 1e8, ...options });
}

/** Runs a script that imports the library, in a process of its own; resolves at its end with what it said. */
export async function script(t, text, { env = {}, home, before = [], cwd = PACKAGE } = {}) {
  const [file, ...args] = [...before, process.execPath, "--input-type=module", "--eval", withImports(text)];
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...(await environment(t, home)), NATS_CREDENTIALS_BRIDGE: PROGRAM, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => (said[name] += chunk));
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, ...said })));
  return { child, said, ended };
}

function withImports(text) {
  return `import { Bridge } from ${JSON.stringify(path.join(PACKAGE, "src/index.mjs"))};\n${text}`;
}
