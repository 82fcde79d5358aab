// The application of the README and its test: they pass as they stand, and fail where the application is wrong.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { environment, folder, PACKAGE, PROGRAM, run } from "./helpers.mjs";

const README = readFileSync(path.join(PACKAGE, "README.md"), "utf8");
const FILES = new Map([...README.matchAll(/^```js\n(\/\/ (app\.\S+)\n[^]*?)^```$/gm)].map(([, text, name]) => [name, text]));
const NATS_SERVER = path.resolve(process.env.NATS_SERVER ?? "set NATS_SERVER to a nats-server");

/** Runs the test of the README on an application; its status and output. */
async function runOn(t, app, ms = 10_000) {
  const project = folder(t);
  mkdirSync(path.join(project, "node_modules"));
  symlinkSync(PACKAGE, path.join(project, "node_modules/nats-credentials-bridge"));
  symlinkSync(path.join(PACKAGE, "test/nats"), path.join(project, "node_modules/nats"));
  writeFileSync(path.join(project, "app.mjs"), app);
  writeFileSync(path.join(project, "app.test.mjs"), FILES.get("app.test.mjs").replace("10_000", ms));
  const PATH = [path.dirname(NATS_SERVER), process.env.PATH].join(path.delimiter);
  const env = { ...process.env, ...(await environment(t)), NATS_CREDENTIALS_BRIDGE: PROGRAM, NODE_TEST_CONTEXT: undefined, PATH };
  return run(process.execPath, ["--test", "app.test.mjs"], { cwd: project, env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout }),
  );
}

test("the example passes", async (t) => {
  const { code, stdout } = await runOn(t, FILES.get("app.mjs"));
  assert.equal(code, 0, stdout);
  assert.match(stdout, /pass 1\n/);
});

test("the example finds an application that acknowledges nothing", async (t) => {
  const { code, stdout } = await runOn(t, FILES.get("app.mjs").replace("`received ${order.string()}`", '"no"'));
  assert.equal(code, 1, stdout);
  assert.match(stdout, /\+ 'no'\n.*- 'received three pears'/);
});

test("the example finds a deletion that is not enforced", async (t) => {
  // The application logs in with a credential that nobody deletes.
  const { code, stdout } = await runOn(t, FILES.get("app.mjs").replace("readFileSync(creds)", 'readFileSync(creds.replace("app.", "shop."))'), 2_000);
  assert.equal(code, 1, stdout);
  assert.match(stdout, /timed out after 2000ms/);
});
