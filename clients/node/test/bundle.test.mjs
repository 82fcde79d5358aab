// In a bundle, as every extension of an editor is one: which program is started, and what is said when there is none.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { environment, folder, PACKAGE, PROGRAM, run } from "./helpers.mjs";

const NAME = "nats-credentials-bridge";
const SCRIPT = `
  const { Bridge } = require("${NAME}");
  const bridge = new Bridge({ region: "local" });
  bridge.info().then(({ name }) => console.log(name), (error) => console.log(error.message)).finally(() => bridge.close());`;

/** A folder with a script and the library in one file, made by esbuild elsewhere; and how it is run. */
async function bundle(t, file, ...options) {
  const [project, dist] = [folder(t), folder(t)];
  mkdirSync(path.join(project, "node_modules"));
  symlinkSync(PACKAGE, path.join(project, "node_modules", NAME));
  writeFileSync(path.join(project, "script.js"), SCRIPT);
  const made = path.join(dist, file);
  const { stderr } = await run("esbuild", ["script.js", "--bundle", "--platform=node", `--outfile=${made}`, "--log-level=warning", ...options], {
    cwd: project,
  });
  assert.equal(stderr, "");
  const env = { ...(await environment(t)), PATH: "" };
  return { dist, say: async () => (await run(process.execPath, [made], { env })).stdout };
}

test("without a program the message says where it can be put, and there it is found", async (t) => {
  const { dist, say } = await bundle(t, "script.js");
  const beside = path.join(dist, "bin", NAME);
  const said = await say();
  assert.ok(said.includes(`\n  beside the bundle: no ${beside}\n`), said);
  assert.ok(said.endsWith(`\nCopy it to ${beside}, or name its path by the option command or by NATS_CREDENTIALS_BRIDGE.\n`), said);
  mkdirSync(path.dirname(beside));
  copyFileSync(PROGRAM, beside);
  assert.equal(await say(), `${NAME}\n`);
});

test("minified, with the package of the platform shipped beside it", async (t) => {
  const { dist, say } = await bundle(t, "script.js", "--minify");
  const shipped = path.join(dist, `node_modules/@${NAME}/${process.platform}-${process.arch}`);
  mkdirSync(path.join(shipped, "bin"), { recursive: true });
  writeFileSync(path.join(shipped, "package.json"), "{}");
  copyFileSync(PROGRAM, path.join(shipped, "bin", NAME));
  assert.equal(await say(), `${NAME}\n`);
});

test("as an ES module, with what the README says that it needs", async (t) => {
  const [, banner] = readFileSync(path.join(PACKAGE, "README.md"), "utf8").match(/^ +--banner:js='(.*)'$/m);
  const { dist, say } = await bundle(t, "script.mjs", "--format=esm", `--banner:js=${banner}`);
  mkdirSync(path.join(dist, "bin"));
  copyFileSync(PROGRAM, path.join(dist, "bin", NAME));
  assert.equal(await say(), `${NAME}\n`);
});
