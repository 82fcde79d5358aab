// Bytes into lines: wherever the chunks are cut, and however long the lines.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { standIn } from "./helpers.mjs";

const { LineReader } = createRequire(import.meta.url)("../src/lines.js");
// Two, three and four bytes; and the three that others take for the end of a line.
const WORDS = "é€😀 \u2028 \u2029 \u0085";

function lines(...chunks) {
  const read = [];
  const reader = new LineReader((line) => read.push(line));
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return read;
}

test("lines cut at every byte stay whole", () => {
  const expected = [WORDS, "", `a${WORDS}`, "the end"];
  const bytes = Buffer.from(expected.join("\n"));
  for (let cut = 0; cut <= bytes.length; cut++) assert.deepEqual(lines(bytes.subarray(0, cut), bytes.subarray(cut)), expected);
  assert.deepEqual(lines(...Array.from(bytes, (byte) => Buffer.of(byte))), expected);
});

test("a line of 64 MB in many chunks is joined once", () => {
  const chunk = Buffer.alloc(4096, "x");
  const [line] = lines(...Array.from({ length: 16_384 }, () => chunk));
  assert.equal(line.length, 16_384 * 4096);
});

test("a response that comes byte after byte, with characters of several bytes", async (t) => {
  const bridge = standIn(t, "words");
  const answers = await Promise.all([bridge.call("credentials.get", { name: WORDS }), bridge.call("credentials.get", { name: "x" })]);
  assert.deepEqual(answers.map(({ name }) => name), [WORDS, "x"]);
});
