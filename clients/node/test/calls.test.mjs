// Calls: what they give, how they fail, and many at once.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { AlreadyExists, BridgeError, BridgeTimeout, InvalidParams, NotConfigured, NotFound, RPCError, Secret } from "../src/index.mjs";
import { folder, NOBODY, realBridge, script, standIn } from "./helpers.mjs";

test("every method of both groups, on a real bridge", async (t) => {
  const bridge = await realBridge(t);
  const account = await bridge.accounts.create({ name: "first" });
  assert.equal((await bridge.accounts.update({ nats_account_id: account.id, name: "second" })).name, "second");
  assert.equal((await bridge.accounts.get({ nats_account_id: account.id })).name, "second");
  assert.equal((await bridge.accounts.page({ page_size: 1 })).nats_accounts[0].id, account.id);
  const made = await bridge.credentials.create({ nats_account_id: account.id, name: "app" });
  assert.equal((await bridge.credentials.get({ nats_credentials_id: made.id })).name, "app");
  assert.equal((await bridge.credentials.page()).total_count, 1);
  assert.equal((await bridge.credentials.delete({ nats_credentials_id: made.id })).deleted, true);
  for await (const { id } of bridge.accounts.list()) assert.equal((await bridge.accounts.delete({ nats_account_id: id })).deleted, true);
  assert.deepEqual(await bridge.ping(), {});
  assert.equal((await bridge.info()).protocol, "1");
  assert.equal((await bridge.call("rpc.discover")).info.title, "nats-credentials-bridge");
});

test("a secret prints as ***, and only reveal() gives it", async (t) => {
  const bridge = await realBridge(t);
  const made = await bridge.credentials.create();
  const secret = made.credentials.content;
  assert.ok(secret instanceof Secret);
  assert.match(secret.reveal(), /^-----BEGIN NATS USER JWT-----\n/);
  const inspected = [inspect(secret), inspect(made, { depth: 9, showHidden: true })];
  const prints = [String(secret), `${secret}`, secret + "", JSON.stringify(made), ...inspected];
  for (const text of [...prints, JSON.stringify(structuredClone(secret))]) assert.ok(!/BEGIN|eyJ/.test(text));
  for (const text of prints) assert.match(text, /\*\*\*/);
});

test("results are frozen with all that is in them", async (t) => {
  const bridge = await realBridge(t);
  const made = await bridge.credentials.create();
  const page = await bridge.credentials.page();
  for (const value of [made, made.credentials, made.credentials.content, page, page.nats_credentials, page.nats_credentials[0]]) {
    assert.ok(Object.isFrozen(value));
  }
});

test("save_to is relative to cwd, and no secret is in the response", async (t) => {
  const cwd = folder(t);
  const bridge = await realBridge(t, { cwd });
  const made = await bridge.credentials.create({ save_to: "app.creds" });
  assert.equal(made.credentials, null);
  assert.equal(made.saved.path, path.join(cwd, "app.creds"));
  assert.equal(statSync(made.saved.path).mode & 0o777, 0o600);
  assert.match(readFileSync(made.saved.path, "utf8"), /BEGIN USER NKEY SEED/);
});

test("without cwd save_to is relative to where the script is at the call", async (t) => {
  const home = folder(t);
  const [one, two] = ["one", "two"].map((name) => path.join(home, name));
  for (const made of [one, two]) mkdirSync(made);
  symlinkSync(one, path.join(two, "link"));
  const text = `
    const [one, two, home] = ${JSON.stringify([one, two, home])};
    process.chdir(one);
    const bridge = new Bridge({ region: "local" });
    const fixed = new Bridge({ region: "local", cwd: home });
    const save = async (bridge, save_to) => {
      const { saved } = await bridge.credentials.create({ save_to }).catch(({ name }) => ({ saved: { path: name } }));
      console.log(saved.path);
    };
    await save(bridge, "a.creds");
    await save(fixed, "b.creds");
    process.chdir(two);
    await save(bridge, "c.creds");
    await save(fixed, "d.creds");
    await save(bridge, one + "/e.creds");
    await save(bridge, "");
    // One above what the link leads to.
    await save(bridge, "link/../f.creds");
    process.chdir("/");
    await save(bridge, two.slice(1) + "/g.creds");
    await bridge.close();
    await fixed.close();`;
  const { stdout, stderr } = await (await script(t, text, { home })).ended;
  assert.equal(stderr, "");
  const saved = ["one/a", "b", "two/c", "d", "one/e", "", "f", "two/g"].map((name) => name && path.join(home, `${name}.creds`));
  assert.deepEqual(stdout.trim().split("\n"), saved.map((file) => file || "InvalidParams"));
  for (const file of saved.filter(Boolean)) assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("errors say what happened, and can be told apart by class", async (t) => {
  const bridge = await realBridge(t);
  await bridge.credentials.create({ name: "app" });
  const calls = [
    [() => bridge.credentials.get({ nats_credentials_id: NOBODY }), NotFound, { code: 1404, kind: "not_found", retryable: false }],
    [() => bridge.credentials.create({ name: "app", if_exists: "fail" }), AlreadyExists, { kind: "already_exists", outcome: "none" }],
    [() => bridge.credentials.create({ nmae: "app" }), InvalidParams, { code: -32602, kind: "invalid_params", outcome: "none" }],
    [() => bridge.credentials.page({ region: "fr-par" }), NotConfigured, { code: 1460, kind: "not_configured" }],
    [() => bridge.call("credentials.nope"), RPCError, { code: -32601, kind: "method_not_found" }],
  ];
  for (const [call, ErrorClass, members] of calls) {
    const error = await call().catch((reason) => reason);
    assert.equal(error.constructor, ErrorClass);
    assert.ok(error instanceof RPCError && error instanceof BridgeError);
    assert.equal(error.name, ErrorClass.name);
    assert.equal(error.data.kind, error.kind);
    for (const [name, value] of Object.entries(members)) assert.equal(error[name], value);
  }
  const invalid = await bridge.credentials.create({ nmae: "app" }).catch((reason) => reason);
  assert.equal(invalid.data.fields[0].name, "nmae");
});

test("an error's stack begins with its name and tells who called", async (t) => {
  const bridge = await realBridge(t);
  async function askForNobody() {
    await bridge.credentials.get({ nats_credentials_id: NOBODY });
  }
  const { stack } = await askForNobody().catch((error) => error);
  assert.match(stack, /^NotFound: credentials\.get: not_found: /);
  assert.match(stack, /askForNobody/);
});

test("so does the stack of an error in a loop", async (t) => {
  const bridge = await realBridge(t);
  async function listFromNowhere() {
    for await (const row of bridge.credentials.list({ cursor: "nowhere" })) assert.fail(row);
  }
  const { stack } = await listFromNowhere().catch((error) => error);
  assert.match(stack, /^InvalidParams: credentials\.stream: [^]*listFromNowhere/);
});

test("800 calls at once, with one signal for all, are all answered", async (t) => {
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  const bridge = await realBridge(t);
  const { signal } = new AbortController();
  const calls = Array.from({ length: 800 }, (_, i) => {
    if (i % 4 === 0) return bridge.credentials.create({ name: `n${i}` }, { signal }).then(({ name }) => name);
    if (i % 4 === 1) return bridge.credentials.get({ nats_credentials_id: NOBODY }, { signal }).catch(({ kind }) => kind);
    if (i % 4 === 2) return bridge.credentials.page({}, { signal }).then(({ region }) => region);
    return bridge.ping({ signal }).then(Object.keys);
  });
  const answers = await Promise.all(calls);
  assert.deepEqual(answers, answers.map((_, i) => [`n${i}`, "not_found", "local", []][i % 4]));
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});

test("more than the pipe takes, to a program that reads slowly, is written when there is room", async (t) => {
  const bridge = standIn(t);
  const name = "x".repeat(10_000);
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => bridge.credentials.create({ name })));
  assert.ok(answers.every(({ params }) => params.name === name));
});

test("what is sent: the region and the time limit where the method takes them, nothing that is undefined", async (t) => {
  const bridge = standIn(t, "", { region: "local", timeoutMs: 7_000 });
  const params = async (...call) => (await bridge.call(...call)).params;
  assert.deepEqual(await params("credentials.get", { a: 1, b: undefined }), { region: "local", a: 1, timeout_ms: 7_000 });
  assert.deepEqual(await params("credentials.get", { region: "fr-par", timeout_ms: 8_000 }), { region: "fr-par", timeout_ms: 8_000 });
  assert.deepEqual(await params("credentials.get", { region: undefined }, { timeoutMs: 9_000 }), { region: "local", timeout_ms: 9_000 });
  assert.deepEqual(await params("bridge.ping"), {});
});

test("what cannot be sent is refused here", async (t) => {
  const bridge = await realBridge(t);
  for (const timeoutMs of [0, -1, 1.5, NaN, 600_001, "5"]) await assert.rejects(bridge.info({ timeoutMs }), RangeError);
  await assert.rejects(bridge.credentials.create({ name: 1n }), TypeError);
  for (const params of [NOBODY, [NOBODY], null]) {
    const said = { name: "TypeError", message: /^credentials\.(get|stream) takes its params by name, as an object/ };
    await assert.rejects(bridge.credentials.get(params), said);
    assert.throws(() => bridge.credentials.list(params), said);
  }
  await assert.rejects(bridge.info({ signal: {} }), { name: "TypeError", message: /signal must be an AbortSignal/ });
  await assert.rejects(bridge.call("credentials.stream", {}, { onPart: 1 }), { name: "TypeError", message: /onPart must be a function/ });
  for (const options of [null, 5_000, []]) {
    const said = { name: "TypeError", message: /^(bridge\.ping|credentials\.stream) takes its options as an object/ };
    await assert.rejects(bridge.ping(options), said);
    assert.throws(() => bridge.credentials.list({}, options), said);
  }
  assert.throws(() => bridge.credentials.list({}, { signal: {} }), { name: "TypeError", message: /signal must be an AbortSignal/ });
  const { line_bytes } = (await bridge.info()).limits;
  await assert.rejects(bridge.credentials.create({ name: "x".repeat(line_bytes) }), RangeError);
  assert.deepEqual(await bridge.ping(), {}, "and the bridge lives on");
});

test("a create that timed out in the bridge says that it may have been done", async (t) => {
  const error = await standIn(t, "expired").credentials.create().catch((reason) => reason);
  assert.ok(error instanceof BridgeTimeout);
  assert.equal(error.outcome, "unknown");
  assert.match(error.message, /may have been done/);
});
