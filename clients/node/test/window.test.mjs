// Where there is a window, as in tests with jsdom or happy-dom, and in a renderer of Electron: its globals stand in the place of Node's. Timers are
// numbers, there is no setImmediate, and its signals have not all that Node's have. JSDOM is the folder of a jsdom, which finds beside itself what
// it needs.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { NOBODY, script } from "./helpers.mjs";

const { JSDOM } = process.env;
// As Jest does it: the library and its user see the window for their global object, and require Node's modules from outside.
const WINDOW = `
  import { readFileSync } from "node:fs";
  import { createRequire } from "node:module";
  import path from "node:path";
  import vm from "node:vm";
  const require = createRequire(import.meta.url);
  const { JSDOM } = require(${JSON.stringify(JSDOM)});
  const dom = new JSDOM("", { runScripts: "outside-only" });
  const parsingContext = dom.getInternalVMContext();
  const modules = new Map();
  function load(file) {
    if (modules.has(file)) return modules.get(file).exports;
    const module = { exports: {} };
    modules.set(file, module);
    const names = ["module", "require", "__filename", "__dirname"];
    const run = vm.compileFunction(readFileSync(file, "utf8"), names, { filename: file, parsingContext });
    run(module, (name) => (name.startsWith(".") ? load(path.resolve(path.dirname(file), name)) : require(name)), file, path.dirname(file));
    return module.exports;
  }
  Object.assign(dom.window, { process, console, Buffer });
  dom.window.Bridge = load(path.resolve("src/index.js")).Bridge;
  const run = (text) => vm.runInContext("(async () => {" + text + "})()", parsingContext);`;

async function run(t, text) {
  assert.ok(JSDOM, "set JSDOM");
  const begin = "console.log(typeof setTimeout(() => {}), typeof setImmediate, typeof new AbortController().signal.throwIfAborted);";
  const env = { NODE_PATH: path.dirname(JSDOM) };
  const { code, stdout, stderr } = await (await script(t, `${WINDOW}\nawait run(${JSON.stringify(begin + text)});`, { env })).ended;
  assert.deepEqual([code, stderr], [0, ""]);
  const [first, ...lines] = stdout.trim().split("\n");
  assert.equal(first, "number undefined undefined");
  return lines;
}

test("calls, lists, errors, close, and the end of the process", async (t) => {
  const lines = await run(t, `
    const bridge = new Bridge({ region: "local" });
    const { id } = await bridge.credentials.create();
    for await (const row of bridge.credentials.list()) console.log(row.id === id);
    for await (const page of bridge.credentials.list().pages()) console.log(page.nats_credentials.length);
    console.log(await bridge.credentials.get({ nats_credentials_id: "${NOBODY}" }).catch(({ name }) => name));
    await bridge.close();
    const other = new Bridge({ region: "local" });
    await other.ping();
    process.kill(other.pid, "SIGKILL");
    console.log(await other.ping().catch(({ name }) => name));`);
  assert.deepEqual(lines, ["true", "1", "NotFound", "BridgeDied"]);
});

test("its signals give calls and lists up, before and in the middle", async (t) => {
  const lines = await run(t, `
    const bridge = new Bridge({ region: "local" });
    for (const name of ["a", "b"]) await bridge.credentials.create({ name });
    const before = new AbortController();
    before.abort();
    console.log(await bridge.ping({ signal: before.signal }).catch(({ name }) => name));
    const during = new AbortController();
    const page = bridge.credentials.page({}, { signal: during.signal }).catch((reason) => reason);
    during.abort("the user left");
    console.log(await page);
    const loop = new AbortController();
    try {
      for await (const row of bridge.credentials.list({ order_by: "name_asc" }, { signal: loop.signal })) {
        console.log(row.name);
        loop.abort("enough");
      }
    } catch (reason) {
      console.log(reason);
    }
    await bridge.close();`);
  assert.deepEqual(lines, ["AbortError", "the user left", "a", "enough"]);
});
