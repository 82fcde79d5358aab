// TypeScript: the source fits its own declarations, and users of both kinds of modules are told what is wrong.
// TSC is the compiler (…/typescript/lib/tsc.js), NODE_TYPES the folder that has `node` with the types of Node (…/@types).
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { folder, PACKAGE, run } from "./helpers.mjs";

const { TSC, NODE_TYPES } = process.env;

/** Runs the compiler; its output where it complains. */
async function compile(...args) {
  assert.ok(TSC && NODE_TYPES, "set TSC and NODE_TYPES");
  return run(process.execPath, [TSC, "--typeRoots", NODE_TYPES, "--pretty", "false", ...args], { timeout: 120_000 }).then(
    () => "",
    ({ stdout, stderr }) => stdout + stderr,
  );
}

test("the source is typed, and fits its declarations", async () => {
  assert.equal(await compile("-p", PACKAGE), "");
});

/** A project of a user's, where the package is installed. */
function project(t, files, types) {
  const made = folder(t);
  mkdirSync(path.join(made, "node_modules"));
  symlinkSync(PACKAGE, path.join(made, "node_modules/nats-credentials-bridge"));
  symlinkSync(path.join(PACKAGE, "test/nats"), path.join(made, "node_modules/nats"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(made, name), text);
  const compilerOptions = { target: "es2022", lib: ["es2022"], module: "node16", strict: true, noEmit: true, types };
  writeFileSync(path.join(made, "tsconfig.json"), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  return made;
}

const source = (name) => readFileSync(path.join(PACKAGE, "test/types", name), "utf8");

test("users in .mts and .cts, right and wrong", async (t) => {
  const files = { "user.mts": source("user.mts"), "user.cts": source("user.cts") };
  assert.equal(await compile("-p", project(t, files, ["node"])), "");
});

test("a user who has no types of Node", async (t) => {
  assert.equal(await compile("-p", project(t, { "bare.mts": source("bare.mts") }, [])), "");
});

test("the programs of the README, and those for Node of the five tasks, are strict TypeScript", async (t) => {
  const pages = [path.join(PACKAGE, "README.md"), path.join(PACKAGE, "../tasks.md")].map((page) => readFileSync(page, "utf8"));
  const programs = [...pages.join("\n").matchAll(/^```js\n(\/\/ ([\w.]+)\.mjs\n[^]*?)^```$/gm)];
  assert.deepEqual(programs.map(([, , name]) => name), ["example", "app", "app.test", "create", "get", "newest", "all", "delete"]);
  const files = Object.fromEntries(programs.map(([, text, name]) => [`${name}.mts`, text]));
  assert.equal(await compile("-p", project(t, files, ["node"])), "");
});

test("so are the lines of the README, with what they take for granted", async (t) => {
  const before = `
    import { AlreadyExists, Bridge } from "nats-credentials-bridge";
    declare const bridge: Bridge, controller: AbortController, save: (cursor: string) => void, isOld: (id: string) => Promise<boolean>;
    declare const nats_account_id: string, nats_credentials_id: string, name: string, save_to: string, nats_context: string, saved: string;
    declare const overwrite: boolean, if_exists: "fail";\n`;
  const blocks = [...readFileSync(path.join(PACKAGE, "README.md"), "utf8").matchAll(/^```js\n(?!\/\/ )([^]*?)^```$/gm)];
  assert.ok(blocks.length >= 7);
  const text = before + blocks.map(([, lines]) => `{\n${lines}}\n`).join("");
  assert.equal(await compile("-p", project(t, { "lines.mts": text }, ["node"])), "");
});
