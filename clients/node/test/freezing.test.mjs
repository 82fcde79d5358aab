// What calls give is frozen as a whole, whatever is in it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const { deepFreeze } = createRequire(import.meta.url)("../src/result.js");

/** Every object in a value, the value itself among them. */
function* objects(value) {
  if (typeof value !== "object" || value === null) return;
  yield value;
  for (const name of Reflect.ownKeys(value)) yield* objects(value[name]);
}

const TEXTS = [
  "null", "1", '"text"', "{}", "[]", '{"a":{"b":{"c":[{"d":[]}]}}}', '[[[{"a":1},null],"b"],{"c":{}}]', '{"0":{},"1":[],"a":{}}',
  '{"__proto__":{"a":{}},"constructor":{"b":{}},"hasOwnProperty":{},"length":{}}', `[${'{"a":{}},'.repeat(999)}{}]`,
];

test("all that is in a result is frozen, and nothing is changed by it", () => {
  for (const text of TEXTS) {
    const value = deepFreeze(JSON.parse(text));
    assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(text)));
    for (const each of objects(value)) assert.ok(Object.isFrozen(each), text);
  }
});

test("what a program has put on the prototype of all objects is not frozen along", (t) => {
  const theirs = {};
  Object.prototype.theirs = theirs;
  t.after(() => delete Object.prototype.theirs);
  assert.ok(Object.isFrozen(deepFreeze(JSON.parse('{"a":{}}')).a));
  assert.ok(!Object.isFrozen(theirs));
});
