// The package as its users get it: both kinds of modules, what is shipped, an installation without a network, and the README's programs.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import * as esm from "../src/index.mjs";
import { environment, folder, LIMIT_MS, PACKAGE, PROGRAM, run } from "./helpers.mjs";

const cjs = createRequire(import.meta.url)("../src/index.js");
const PACK = path.join(PACKAGE, "platform/pack.mjs");
const README = readFileSync(path.join(PACKAGE, "README.md"), "utf8");
const EXAMPLES = [...README.matchAll(/^```js\n(\/\/ (example\.[cm]js)\n[^]*?)^```$/gm)].map(([, text, name]) => ({ name, text }));

test("import and require give the same classes", () => {
  assert.deepEqual(Object.keys(esm).sort(), Object.keys(cjs).sort());
  for (const [name, value] of Object.entries(cjs)) assert.equal(esm[name], value);
});

/** Runs the README's programs where they find the package. */
async function runExamples(project, env) {
  for (const { name, text } of EXAMPLES) {
    writeFileSync(path.join(project, name), text);
    const { stdout, stderr } = await run(process.execPath, [name], { cwd: project, env });
    assert.equal(stderr, "");
    if (name.endsWith(".mjs")) assert.match(stdout, /^saved in .*\/app\.creds\n[0-9a-f-]{36} app\ndeleted: true\n$/);
    else assert.match(stdout, /^[0-9a-f-]{36} app\.creds \*\*\* true\n$/);
  }
}

/** Variables without those that are to be taken out. */
const exactly = (variables) => Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));

test("the README begins with a program of ten lines, and it runs as it stands; so does the one for require", async (t) => {
  assert.deepEqual(EXAMPLES.map(({ name }) => name), ["example.mjs", "example.cjs"]);
  assert.ok(EXAMPLES[0].text.split("\n").filter((line) => line !== "" && !line.startsWith("//")).length <= 10);
  const project = folder(t);
  mkdirSync(path.join(project, "node_modules"));
  symlinkSync(PACKAGE, path.join(project, "node_modules/nats-credentials-bridge"));
  await runExamples(project, exactly({ ...process.env, ...(await environment(t)), NATS_CREDENTIALS_BRIDGE: PROGRAM }));
});

test("the tables of errors name every class", () => {
  for (const name of Object.keys(cjs)) assert.ok(README.includes(`\`${name}\``) || ["Bridge", "Secret"].includes(name), name);
});

test("the README, which is shipped alone, has no link to what is not there", () => {
  const links = [...README.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target);
  assert.ok(links.length > 0);
  for (const target of links) assert.match(target, /^(https:|#)/);
});

test("packed and installed without a network, the programs run with the program that came along", async (t) => {
  const project = folder(t);
  const home = await environment(t);
  const env = exactly({ ...process.env, ...home, npm_config_cache: path.join(project, "cache"), npm_config_update_notifier: "false" });
  // Debian's npm takes half a minute on a busy machine.
  const timeout = 4 * LIMIT_MS;
  const { stdout: platform } = await run(process.execPath, [PACK, "--binary", PROGRAM, "--out", project], { env, timeout });
  const { stdout: packed } = await run("npm", ["pack", "--json", "--offline", "--pack-destination", project], { cwd: PACKAGE, env, timeout });
  const [{ filename, files }] = JSON.parse(packed);
  const sources = readdirSync(path.join(PACKAGE, "src")).map((name) => `src/${name}`);
  const own = ["CHANGELOG.md", "README.md", "bin/nats-credentials-bridge.js", "index.d.mts", "index.d.ts", "package.json", "types.generated.d.ts"];
  assert.deepEqual(files.map((file) => file.path).sort(), [...own, ...sources].sort());
  writeFileSync(path.join(project, "package.json"), '{"private":true}\n');
  const install = ["install", "--offline", "--no-audit", "--no-fund", path.join(project, filename), platform.trim()];
  await run("npm", install, { cwd: project, env, timeout });
  await runExamples(project, exactly({ ...home, PATH: "" }));
  const shown = await run("npx", ["--offline", "nats-credentials-bridge", "--region", "local", "call", "bridge.ping"], { cwd: project, env, timeout });
  assert.equal(shown.stdout, "{}\n");
  const installed = path.join(project, `node_modules/@nats-credentials-bridge/${process.platform}-${process.arch}/bin/nats-credentials-bridge`);
  assert.ok(statSync(installed).size < 0.6 * statSync(PROGRAM).size, "it is not stripped");
});

test("a program that is not the client's, or a platform that it does not know, is not packed", async (t) => {
  const pack = (...args) => run(process.execPath, [PACK, "--out", folder(t), ...args]);
  await assert.rejects(pack(), { code: 64 });
  await assert.rejects(pack("--binary", PROGRAM, "--target", "plan9-mips"), { code: 64 });
  await assert.rejects(pack("--binary", "/bin/true"), /says that it is/);
});
