// TypeScript: the source fits its own declarations, and users of both kinds of modules are told what is wrong.
// TSC is the compiler (…/typescript/lib/tsc.js), NODE_TYPES the folder that has `node` with the types of Node (…/@types).
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
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

test("users in .mts and .cts, right and wrong", async (t) => {
  const project = folder(t);
  mkdirSync(path.join(project, "node_modules"));
  symlinkSync(PACKAGE, path.join(project, "node_modules/nats-credentials-bridge"));
  for (const name of ["user.mts", "user.cts"]) copyFileSync(path.join(PACKAGE, "test/types", name), path.join(project, name));
  const options = ["--target", "es2022", "--lib", "es2022", "--module", "node16", "--strict", "--noEmit", "--types", "node"];
  assert.equal(await compile(...options, path.join(project, "user.mts"), path.join(project, "user.cts")), "");
});
