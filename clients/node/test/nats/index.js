// In nats.js's place, which the tests have no way to get: as much of it as the README's example uses, over a real connection to a real server.
import { createPrivateKey, sign } from "node:crypto";
import { EventEmitter, once } from "node:events";
import net from "node:net";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

function base32(text) {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** Answers a server's nonce from the text of a .creds file. */
export function credsAuthenticator(creds) {
  const [, jwt, seed] = Buffer.from(creds).toString().match(/JWT-+\n(.+)\n[^]*SEED-+\n(.+)\n/);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, base32(seed).subarray(2, 34)]), format: "der", type: "pkcs8" });
  return (nonce) => ({ jwt, sig: sign(null, Buffer.from(nonce), key).toString("base64url") });
}

class Message {
  constructor(connection, reply, data) {
    Object.assign(this, { connection, reply, data });
  }
  string() {
    return this.data.toString();
  }
  respond(payload) {
    this.connection.publish(this.reply, payload);
  }
}

class Connection {
  #socket;
  #subscriptions = new EventEmitter();
  #ids = 0;
  #rest = Buffer.alloc(0);
  #pongs = [];
  #closed;

  constructor(socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.on("close", () => resolve(this.error)).on("error", () => {}));
    socket.on("data", (data) => this.#read(data));
  }

  publish(subject, payload, reply = "") {
    const data = Buffer.from(payload);
    this.#socket.write(`PUB ${subject} ${reply} ${data.length}\r\n${data}\r\n`);
  }

  subscribe(subject, { callback }) {
    const id = `${++this.#ids}`;
    this.#subscriptions.on(id, (message) => callback(null, message));
    this.#socket.write(`SUB ${subject} ${id}\r\n`);
  }

  async request(subject, payload, { timeout = 1_000 } = {}) {
    const inbox = `_INBOX.${Math.random().toString(36).slice(2)}`;
    this.#socket.write(`SUB ${inbox} ${++this.#ids}\r\n`);
    const response = once(this.#subscriptions, `${this.#ids}`, { signal: AbortSignal.timeout(timeout) });
    this.publish(subject, payload, inbox);
    const [message] = await response;
    if (message.data.length === 0) throw Object.assign(new Error("503"), { code: "503" });
    return message;
  }

  flush() {
    return new Promise((resolve) => {
      this.#pongs.push(resolve);
      this.#socket.write("PING\r\n");
    });
  }

  closed() {
    return this.#closed;
  }

  async close() {
    this.#socket.end();
    await this.#closed;
  }

  #read(data) {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (let end; (end = this.#rest.indexOf("\r\n")) >= 0; ) {
      const [verb, ...words] = this.#rest.subarray(0, end).toString().split(" ");
      const isMessage = verb === "MSG" || verb === "HMSG";
      const total = isMessage ? Number(words.at(-1)) : -2;
      if (this.#rest.length < end + 4 + total) return;
      const from = end + 2 + (verb === "HMSG" ? Number(words.at(-2)) : 0);
      if (isMessage) {
        const reply = words.length > (verb === "HMSG" ? 4 : 3) ? words[2] : undefined;
        this.#subscriptions.emit(words[1], new Message(this, reply, this.#rest.subarray(from, end + 2 + total)));
      } else if (verb === "PING") this.#socket.write("PONG\r\n");
      else if (verb === "PONG") this.#pongs.shift()?.();
      else if (verb === "-ERR") this.error = new Error(words.join(" "));
      this.#rest = this.#rest.subarray(end + 4 + total);
    }
  }
}

export async function connect({ servers, authenticator }) {
  const { hostname, port } = new URL(servers);
  const socket = net.connect(Number(port), hostname);
  const [greeting] = await once(socket, "data");
  const { nonce } = JSON.parse(greeting.toString().slice("INFO ".length));
  const login = { ...authenticator(nonce), verbose: false, headers: true, no_responders: true, lang: "test", version: "0", protocol: 1 };
  const connection = new Connection(socket);
  socket.write(`CONNECT ${JSON.stringify(login)}\r\n`);
  const refused = await Promise.race([connection.flush(), connection.closed().then((error) => error ?? new Error("closed"))]);
  if (refused !== undefined) throw refused;
  return connection;
}
