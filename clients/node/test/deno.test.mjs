// Deno: it runs the README's program and all that a bridge can go through, and checks the types with a newer TypeScript than tsc's.
// DENO is its program.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { environment, folder, LIMIT_MS, NOBODY, PACKAGE, PROGRAM, run, until } from "./helpers.mjs";

const { DENO } = process.env;
const README = readFileSync(path.join(PACKAGE, "README.md"), "utf8");
const TASKS = readFileSync(path.join(PACKAGE, "../tasks.md"), "utf8");

/** A project where the package is installed, with these files; and Deno in it, which fetches nothing. */
async function deno(t, files) {
  assert.ok(DENO, "set DENO");
  const project = folder(t);
  mkdirSync(path.join(project, "node_modules"));
  // A copy: what lies elsewhere is no package to Deno.
  cpSync(PACKAGE, path.join(project, "node_modules/nats-credentials-bridge"), { recursive: true });
  writeFileSync(path.join(project, "package.json"), '{"dependencies":{"nats-credentials-bridge":"*"}}');
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(project, name), text);
  const own = { DENO_DIR: folder(t), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", NATS_CREDENTIALS_BRIDGE: PROGRAM };
  const env = { ...process.env, ...(await environment(t)), ...own };
  return (...args) => run(DENO, args, { cwd: project, env, timeout: 4 * LIMIT_MS }).catch((error) => error);
}

/** What the README's program needs, as the README says it. */
const PERMISSIONS = README.match(/`deno run ((?:--allow-\w+ )+)/)[1].trim().split(" ");

const programs = (text) => [...text.matchAll(/^```js\n(\/\/ (\w+)\.mjs\n[^]*?)^```$/gm)].map(([, program, name]) => [name, program]);

test("the README's program runs with the permissions that it names, and where one is missing Deno's words are told", async (t) => {
  const begin = await deno(t, { "example.mjs": programs(README)[0][1] });
  const { stdout, stderr } = await begin("run", "--no-prompt", ...PERMISSIONS, "example.mjs");
  assert.match(stdout, /^saved in .*\/app\.creds\n[0-9a-f-]{36} app\ndeleted: true\n$/, stderr);
  for (const missing of PERMISSIONS) {
    const failed = await begin("run", "--no-prompt", ...PERMISSIONS.filter((name) => name !== missing), "example.mjs");
    assert.match(failed.stderr, new RegExp(`Requires .*${missing}`));
  }
});

test("errors, aborts, retries, warnings, the end of a process, and the end of a script that leaves a bridge open", async (t) => {
  const script = `
    import process from "node:process";
    import { Bridge } from "nats-credentials-bridge";
    process.on("warning", ({ code, message }) => console.log(code, message));
    const bridge = new Bridge({ maxRetries: 1 });
    const ended = new Promise((resolve) => bridge.once("exit", (...how) => resolve(how)));
    const made = await bridge.credentials.create();
    console.log(String(made.credentials.content), made.credentials.content.reveal().length > 500, Deno.inspect(made).includes("eyJ"));
    console.log(await bridge.credentials.get({ nats_credentials_id: "${NOBODY}" }).catch(({ name }) => name));
    const abort = new AbortController();
    const aborted = bridge.credentials.page({}, { signal: abort.signal });
    abort.abort();
    console.log(await aborted.catch(({ name }) => name));
    const lengths = await Promise.all(Array.from({ length: 200 }, () => bridge.credentials.page().then(({ total_count }) => total_count)));
    console.log(lengths.every((length) => length === 1));
    Deno.kill(bridge.pid, "SIGKILL");
    console.log(await bridge.ping().catch(({ name, signal }) => name + " " + signal), await ended);
    console.log((await new Bridge({ region: "local" }).info()).protocol);`;
  const { stdout, stderr } = await (await deno(t, { "script.mjs": script }))("run", "-A", "script.mjs");
  const lines = [
    "NATS_CREDENTIALS_LOG nats-credentials-bridge: no region is configured: using local, the embedded backend", "*** true false", "NotFound",
    "AbortError", "true", 'BridgeDied SIGKILL [ null, "SIGKILL" ]', "1", "",
  ];
  // The warning comes over a pipe of its own.
  assert.deepEqual(stdout.split("\n").sort(), lines.sort(), stderr);
});

test("a temporary bridge with its nats-server is gone with the script, closed or not, and needs the one permission more that the README names", async (t) => {
  const script = `
    import process from "node:process";
    import { Bridge } from "nats-credentials-bridge";
    const bridge = await Bridge.temporary({ natsServer: ${JSON.stringify(path.resolve(process.env.NATS_SERVER ?? ""))} });
    console.log(bridge.folder, bridge.natsUrl, (await bridge.credentials.create()).pushed);
    if (process.argv.includes("close")) await bridge.close();`;
  const begin = await deno(t, { "script.mjs": script });
  const [, more] = README.match(/`Bridge\.temporary\(\)`\s+needs `(--allow-\w+)`/);
  assert.match((await begin("run", "--no-prompt", ...PERMISSIONS, "script.mjs")).stderr, new RegExp(`Requires .*${more}`));
  for (const last of [["close"], []]) {
    const { stdout, stderr } = await begin("run", "--no-prompt", ...PERMISSIONS, more, "script.mjs", ...last);
    const [, made] = stdout.match(/^(\/\S+) nats:\/\/127\.0\.0\.1:\d+ true\n$/) ?? assert.fail(stdout + stderr);
    await until(() => !existsSync(made), "the end of its folder");
  }
});

test("deno check: the README's program, those for Node of the five tasks, and a user without types of Node", async (t) => {
  // The application of the README's tests needs the types of Node.
  const shown = [...programs(README), ...programs(TASKS)].filter(([name]) => name !== "app");
  const files = Object.fromEntries(shown.map(([name, program]) => [`${name}.mts`, program]));
  assert.equal(Object.keys(files).length, 6);
  files["bare.mts"] = readFileSync(path.join(PACKAGE, "test/types/bare.mts"), "utf8");
  const check = await deno(t, { ...files, "wrong.mts": 'import { Bridge } from "nats-credentials-bridge";\nnew Bridge({ comand: "x" });\n' });
  const right = await check("check", ...Object.keys(files));
  assert.ok(!(right instanceof Error), right.stderr);
  assert.match((await check("check", "wrong.mts")).stderr, /'comand' does not exist in type 'BridgeOptions'/);
});
