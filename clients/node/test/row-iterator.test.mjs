// Rows one by one: the library's own iterator does what an async generator does, whatever is called on it, and when.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const { RowIterator } = createRequire(import.meta.url)("../src/row-iterator.js");

/** What it stands for. */
async function* generator(parts, member, signal) {
  for await (const part of parts) {
    for (const row of part[member]) {
      signal?.throwIfAborted();
      yield Object.freeze(row);
    }
  }
}

const iterator = (parts, member, signal) => new RowIterator(parts, member, signal);

/** Numbers from 0 to 1 that are the same each time. */
function random(seed) {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** What comes of calls, one after another or at once, on rows that are the same for a seed. */
async function story(make, seed) {
  const chance = random(seed);
  const told = [];
  const abort = new AbortController();
  const breaks = chance() < 0.3;
  async function* parts() {
    try {
      for (let part = 0, count = Math.floor(chance() * 4); part < count; part += 1) {
        if (part % 2 === 1) await new Promise(setImmediate);
        yield { rows: Array.from({ length: [0, 1, 3][(seed + part) % 3] }, (_, row) => ({ id: `${part}.${row}` })) };
      }
      if (breaks) throw new Error("broken");
    } finally {
      told.push("left");
      await undefined;
    }
  }
  const rows = make(parts(), "rows", abort.signal);
  const waiting = [];
  for (let call = 0; call < 12; call += 1) {
    const choice = random(seed * 100 + call)();
    if (choice > 0.97) abort.abort(new Error("aborted"));
    const result = choice < 0.06 ? rows.return(call) : choice < 0.1 ? rows.throw(new Error(`thrown ${call}`)) : rows.next();
    waiting.push(result.then(
      ({ value, done }) => told.push([call, done, value?.id ?? value, Object.isFrozen(value)]),
      (error) => told.push([call, error.message]),
    ));
    if (random(seed * 100 + call + 50)() < 0.6) await waiting.at(-1);
  }
  await Promise.all(waiting);
  return told;
}

test("in 3,000 stories it tells the same as a generator", async () => {
  const kinds = new Set();
  for (let seed = 0; seed < 3_000; seed += 1) {
    const expected = await story(generator, seed);
    assert.deepEqual(await story(iterator, seed), expected, `story ${seed}`);
    for (const [, what] of expected) kinds.add(what);
  }
  for (const what of [true, false, "broken", "aborted", "thrown 3"]) assert.ok(kinds.has(what), String(what));
});

test("it is an iterator like others", async () => {
  async function* parts() {
    yield { rows: [{}] };
  }
  const rows = iterator(parts(), "rows");
  assert.equal(rows[Symbol.asyncIterator](), rows);
  const common = Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf(generator([]))));
  assert.ok(Object.prototype.isPrototypeOf.call(common, rows));
});

test("a part without rows ends it with an error, once, and leaves the parts", async () => {
  let left = 0;
  async function* parts() {
    try {
      yield {};
    } finally {
      left += 1;
    }
  }
  for (const make of [generator, iterator]) {
    const rows = make(parts(), "rows");
    await assert.rejects(rows.next(), TypeError);
    assert.deepEqual(await rows.next(), { value: undefined, done: true });
  }
  assert.equal(left, 2);
});
