// Lists: lazy, in windows of four pages, left early, resumed, broken off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { IncompleteList, RPCError } from "../src/index.mjs";
import { folder, realBridge, recordedBridge, standIn, until } from "./helpers.mjs";

const create = (bridge, count, name = (i) => `n${i}`) =>
  Promise.all(Array.from({ length: count }, (_, i) => bridge.credentials.create({ name: name(i) })));

const streams = (lines) => lines.filter(({ method }) => method === "credentials.stream");

test("5,000 credentials are made at once, iterated, and each is deleted inside the loop", async (t) => {
  const bridge = await realBridge(t);
  // Many accounts, because each deletion signs all that was deleted from its account before.
  const accounts = await Promise.all(Array.from({ length: 50 }, () => bridge.accounts.create()));
  const calls = Array.from({ length: 5_000 }, (_, i) => bridge.credentials.create({ nats_account_id: accounts[i % 50].id }));
  const made = await Promise.all(calls);
  const deleted = [];
  for await (const { id } of bridge.credentials.list()) {
    assert.equal((await bridge.credentials.delete({ nats_credentials_id: id })).deleted, true);
    deleted.push(id);
  }
  assert.deepEqual(deleted.sort(), made.map(({ id }) => id).sort());
  assert.equal((await bridge.credentials.page()).total_count, 0);
});

test("nothing is asked before the loop begins, four pages by it, and the next four when those are used up", async (t) => {
  const { bridge, sent } = await recordedBridge(t);
  await create(bridge, 9);
  const list = bridge.credentials.list({ page_size: 1, order_by: "name_asc" });
  const rows = list[Symbol.asyncIterator]();
  await bridge.ping();
  assert.equal(streams(sent()).length, 0);

  for (let i = 0; i < 4; i++) assert.equal((await rows.next()).value.name, `n${i}`);
  await until(() => streams(sent()).length > 0, "the first request");
  await bridge.ping();
  assert.deepEqual(streams(sent()).map(({ params }) => params.max_pages), [4]);

  assert.equal((await rows.next()).value.name, "n4");
  await until(() => streams(sent()).length === 2, "the second request");
  assert.match(streams(sent())[1].params.cursor, /^[0-9a-f]+$/);

  const again = [];
  for await (const { name } of list) again.push(name);
  assert.equal(again.length, 9, "a second loop begins anew");
});

test("leaving a loop early sends the cancel and leaves no request behind", async (t) => {
  const { bridge, sent, received } = await recordedBridge(t);
  // The four pages of the window are longer than what is read at once, so its end cannot have come with its first row.
  await create(bridge, 400, (i) => `${i}-`.padEnd(500, "x"));
  for await (const row of bridge.credentials.list()) {
    assert.match(row.name, /^0-/);
    break;
  }
  await until(() => streams(sent()).length > 0, "the request");
  const [{ id }] = streams(sent());
  await until(() => sent().some(({ method, params }) => method === "$/cancelRequest" && params.id === id), "the cancel");
  await until(() => received().some((message) => message.id === id), "the response to the cancelled request");
  await bridge.ping();
  assert.equal(streams(sent()).length, 1);
});

test("a page whose rows come in several parts is one page, and its cursor goes on in another process", async (t) => {
  const HOME = folder(t);
  const bridge = await realBridge(t, { env: { HOME } });
  await create(bridge, 250, (i) => `${i}-`.padEnd(500, "x"));
  const pages = bridge.credentials.list().pages();
  const first = (await pages.next()).value;
  await pages.return();
  await bridge.close();
  assert.equal(first.nats_credentials.length, 100);
  assert.equal(first.total_count, 250);

  const heir = await realBridge(t, { env: { HOME } });
  const rest = [];
  for await (const page of heir.credentials.list({ cursor: first.cursor }).pages()) rest.push(page.nats_credentials);
  assert.deepEqual(rest.map(({ length }) => length), [100, 50]);
  const ids = [first.nats_credentials, ...rest].flat().map(({ id }) => id);
  assert.equal(new Set(ids).size, 250);
});

test("the rows that came before an error are given out before it", async (t) => {
  const bridge = standIn(t, "broken");
  const seen = [];
  const loop = async () => {
    for await (const { id } of bridge.credentials.list()) seen.push(id);
  };
  await assert.rejects(loop(), (error) => error instanceof RPCError && error.kind === "network" && error.data.items_sent === 3);
  assert.deepEqual(seen, ["one", "two", "three"]);
});

test("a list that may have missed rows does not end as if it were whole", async (t) => {
  const seen = [];
  const loop = async () => {
    for await (const { id } of standIn(t, "missing").credentials.list()) seen.push(id);
  };
  await assert.rejects(loop(), IncompleteList);
  assert.deepEqual(seen, ["one"]);
});

test("max_pages is the library's own", async (t) => {
  assert.throws(() => standIn(t).credentials.list({ max_pages: 1 }), TypeError);
});

test("a signal ends a loop that waits, and one that does not", async (t) => {
  const waiting = standIn(t, "silent");
  const abort = new AbortController();
  const next = waiting.credentials.list({}, { signal: abort.signal })[Symbol.asyncIterator]().next();
  await waiting.info();
  abort.abort();
  await assert.rejects(next, { name: "AbortError" });

  const bridge = await realBridge(t);
  await create(bridge, 5);
  const second = new AbortController();
  const seen = [];
  const loop = async () => {
    for await (const { id } of bridge.credentials.list({}, { signal: second.signal })) {
      seen.push(id);
      second.abort(new Error("enough"));
    }
  };
  await assert.rejects(loop(), { message: "enough" });
  assert.equal(seen.length, 1);
});
