// A program that speaks the bridge's protocol. `node standin.mjs MODE`; by default it answers each call with its method and params.
//   words     answers with characters of several bytes, and writes byte after byte
//   flood     writes 10 MB to stderr before each answer
//   silent    answers bridge.info only
//   late      answers a create only when it has been cancelled, and then with its result
//   expired   answers a create with timeout, outcome unknown
//   broken    a stream of two parts and an error
//   interrupted  a stream of two pages and an error; from their cursor on, a page and half of one, and the same error; and
//   interrupted long  the same, with a long pause before a retry
//   missing   a stream of one part whose end says that rows may be missing
//   garbled   writes a line that is not JSON
//   stubborn  does not end at the end of its input, nor at SIGTERM
//   other     answers bridge.info with another program's name
//   stranger  says that it does not speak the protocol
//   refuse N DATA  answers the first N calls with an error of these data
//   parting   answers a create, says why it leaves, and ends

const mode = process.argv[2];
const [, refusals, refusal] = /^refuse (\d+) (.*)$/.exec(mode) ?? [, 0];
let refused = 0;
const received = [];
const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const fail = (id, code, data) => say({ id, error: { code, message: "so the stand-in says", data: { retryable: false, ...data } } });
const row = (id) => ({ id, name: id, credentials: null });
const part = (token, seq, ids, cursor = "c") => {
  const value = { kind: "page", seq, nats_credentials: ids.map(row), total_count: 9, cursor };
  say({ method: "$/progress", params: { token, value } });
};

const made = { id: "an-id", name: "made", region: "local", credentials: { name: "made.creds", content: "the secret text" } };

function answer({ id, method, params }) {
  if (method === "bridge.info" && mode === "other") return say({ id, result: { name: "another" } });
  if (method === "bridge.info" && mode === "stranger") return fail(id, 1400, { kind: "unsupported_protocol", outcome: "none" });
  if (method === "bridge.info") return say({ id, result: { name: "nats-credentials-bridge", protocol: "1", limits: {} } });
  if (method === "test.received") return say({ id, result: { lines: received } });
  if (id !== undefined && refused < refusals) {
    refused += 1;
    return fail(id, 1423, JSON.parse(refusal));
  }
  if (mode === "silent") return;
  if (mode === "late" && method === "credentials.create") return;
  if (mode === "late" && method === "$/cancelRequest") return say({ id: params.id, result: made });
  if (mode === "expired") return fail(id, 1408, { kind: "timeout", outcome: "unknown" });
  if (mode === "garbled") return process.stdout.write("Hello, World!\n");
  if (mode === "parting" && method === "credentials.create") {
    say({ id, result: made });
    return process.stdout.write("", () => process.stderr.write("the last word", () => process.exit(3)));
  }
  if (mode === "parting") return;
  if (mode === "broken") {
    part(id, 1, ["one", "two"]);
    part(id, 2, ["three"]);
    return fail(id, 1503, { kind: "network", outcome: "none", retryable: true, retry_after_ms: 10, items_sent: 3, cursor: "c" });
  }
  if (mode.startsWith("interrupted") && /stream$/.test(method)) {
    const from = params.cursor === undefined ? 1 : 3;
    part(id, 1, [from]);
    part(id, 2, [from + 1], from === 1 ? "c" : null);
    const retry_after_ms = mode === "interrupted" ? 10 : 25_000;
    return fail(id, 1503, { kind: "network", outcome: "none", retryable: true, retry_after_ms });
  }
  if (mode === "missing") {
    part(id, 1, ["one"]);
    return say({ id, result: { pages: 1, items: 1, total_count: 9, complete: false, moved: true, cursor: null, region: "local" } });
  }
  if (mode === "words") return slowly(`${JSON.stringify({ jsonrpc: "2.0", id, result: params })}\n`);
  if (mode === "flood") {
    const line = `nats-credentials-bridge: info: ${"x".repeat(966)}\n`;
    return process.stderr.write(line.repeat(10_000) + "the last line\n", () => say({ id, result: {} }));
  }
  if (id !== undefined) say({ id, result: { method, params } });
}

let written = Promise.resolve();
function slowly(text) {
  const write = (byte) => new Promise((resolve) => process.stdout.write(Buffer.of(byte), () => setImmediate(resolve)));
  for (const byte of Buffer.from(text)) written = written.then(() => write(byte));
}

if (mode === "stubborn") {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 60_000);
}

// Not by readline, which newer Nodes let cut at U+2028 as well.
let rest = "";
process.stdin.setEncoding("utf8").on("data", (text) => {
  const lines = (rest + text).split("\n");
  rest = lines.pop();
  // All responses to what was read at once are one write, and so one chunk for the reader.
  process.stdout.cork();
  for (const line of lines) {
    received.push(JSON.parse(line));
    answer(received.at(-1));
  }
  process.stdout.uncork();
});
