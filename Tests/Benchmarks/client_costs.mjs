// Run by clients.py: what a call and a row cost in Node, by the library, or with the pipe alone.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const CALLS = 2_000, REPEATS = 5;
const { NATS_CREDENTIALS_BRIDGE: program, CREDENTIAL: id, CLIENTS: clients } = process.env;

/** A line out, and lines in; each is parsed by itself. */
function pipe() {
  const child = spawn(program, ["--region", "local"], { stdio: ["pipe", "pipe", "inherit"] });
  let take;
  createInterface({ input: child.stdout }).on("line", (line) => take(JSON.parse(line)));
  const write = (method, params) => child.stdin.write(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) + "\n");
  const call = (method, params) => new Promise((resolve) => {
    take = ({ result }) => resolve(result);
    write(method, params);
  });
  const list = () => new Promise((resolve) => {
    const rows = [];
    take = (message) => {
      if (message.id === undefined) rows.push(...message.params.value.nats_credentials);
      else resolve(rows);
    };
    write("credentials.stream", {});
  });
  const get = () => call("credentials.get", { nats_credentials_id: id });
  return { ping: () => call("bridge.ping", {}), get, list, close: () => child.stdin.end() };
}

function library() {
  const { Bridge } = createRequire(import.meta.url)(`${clients}/node`);
  const bridge = new Bridge({ region: "local" });
  const list = async () => {
    const rows = [];
    for await (const row of bridge.credentials.list()) rows.push(row);
    return rows;
  };
  return { ping: () => bridge.ping(), get: () => bridge.credentials.get({ nats_credentials_id: id }), list, close: () => bridge.close() };
}

/** Microseconds of this process's CPU time for one of `count` times `each`. */
async function cost(work, count, each) {
  const times = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const begun = process.cpuUsage();
    for (let number = 0; number < count; number += 1) await work();
    const { user, system } = process.cpuUsage(begun);
    times.push(user + system);
  }
  return times.sort((one, other) => one - other)[(REPEATS - 1) / 2] / count / each;
}

const client = { pipe, library }[process.argv[2]]();
const rows = (await client.list()).length;
const figures = { ping: await cost(client.ping, CALLS, 1), get: await cost(client.get, CALLS, 1), row: await cost(client.list, 1, rows), rows };
console.log(JSON.stringify(figures));
await client.close();
