// In a bundle, as every extension of an editor is one: which program is started, and what is said when there is none.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { environment, folder, PACKAGE, PROGRAM, run } from "./helpers.mjs";

const NAME = "nats-credentials-bridge";
const SCRIPT = `
const bridge = new Bridge({ region: "local" });
bridge.info().then(({ name }) => console.log(name), (error) => console.log(error.message)).finally(() => bridge.close());`;
const REQUIRE = `const { Bridge } = require("${NAME}");${SCRIPT}`;
const IMPORT = `import { Bridge } from "${NAME}";${SCRIPT}`;

/** A project with a script that uses the library. */
function project(t, name, script) {
  const made = folder(t);
  mkdirSync(path.join(made, "node_modules"));
  symlinkSync(PACKAGE, path.join(made, "node_modules", NAME));
  writeFileSync(path.join(made, name), script);
  return made;
}

/** A folder elsewhere with a bundle made of it, from which nothing of the project is found. */
async function bundle(t, ...options) {
  const [cwd, dist] = [project(t, "script.js", REQUIRE), folder(t)];
  const output = `--outfile=${path.join(dist, "script.js")}`;
  const { stderr } = await run("esbuild", ["script.js", "--bundle", "--platform=node", output, "--log-level=warning", ...options], { cwd });
  assert.equal(stderr, "");
  return dist;
}

/** What it prints where no program can be found but by its own place. */
async function say(t, file) {
  return (await run(process.execPath, [file], { env: { ...(await environment(t)), PATH: "" } })).stdout;
}

test("without a program the message says where it can be put, and there it is found", async (t) => {
  const dist = await bundle(t);
  const beside = path.join(dist, "bin", NAME);
  const said = await say(t, path.join(dist, "script.js"));
  assert.ok(said.includes(`\n  beside the bundle: no ${beside}\n`), said);
  assert.ok(said.endsWith(`\nCopy it to ${beside}, or name its path by the option command or by NATS_CREDENTIALS_BRIDGE.\n`), said);
  mkdirSync(path.dirname(beside));
  copyFileSync(PROGRAM, beside);
  assert.equal(await say(t, path.join(dist, "script.js")), `${NAME}\n`);
});

test("minified, with the package of the platform shipped beside it", async (t) => {
  const dist = await bundle(t, "--minify");
  const shipped = path.join(dist, `node_modules/@${NAME}/${process.platform}-${process.arch}`);
  mkdirSync(path.join(shipped, "bin"), { recursive: true });
  writeFileSync(path.join(shipped, "package.json"), "{}");
  copyFileSync(PROGRAM, path.join(shipped, "bin", NAME));
  assert.equal(await say(t, path.join(dist, "script.js")), `${NAME}\n`);
});

test("as an ES module, by the command of the README", async (t) => {
  const [, esbuild] = readFileSync(path.join(PACKAGE, "README.md"), "utf8").match(/^```sh\n(esbuild [^]*?)\n```$/m);
  const cwd = project(t, "app.mjs", IMPORT);
  const { stderr } = await run("sh", ["-c", `${esbuild} --log-level=warning`], { cwd });
  assert.equal(stderr, "");
  mkdirSync(path.join(cwd, "dist/bin"));
  copyFileSync(PROGRAM, path.join(cwd, "dist/bin", NAME));
  assert.equal(await say(t, path.join(cwd, "dist/app.mjs")), `${NAME}\n`);
});
