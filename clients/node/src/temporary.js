"use strict";

const { mkdtempSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { Bridge } = require("./bridge.js");
const { Guard } = require("./guard.js");
const { findNatsServer, natsServerArguments, untilReady } = require("./nats-server.js");

/** Where nobody listens, so that a bridge without a nats-server finds none of somebody else's. */
const NOWHERE = "nats://127.0.0.1:1";

/** A bridge on the region local with a folder of its own. */
class TemporaryBridge extends Bridge {
  #guard;
  /** @type {Promise<void> | undefined} */
  #ending;

  /**
   * @param {import("../index").BridgeOptions} options
   * @param {{ folder: string, guard: Guard, natsUrl: string | undefined }} surroundings
   */
  constructor(options, { folder, guard, natsUrl }) {
    super(options);
    this.folder = folder;
    this.natsUrl = natsUrl;
    this.#guard = guard;
  }

  /** Ends the bridge and its nats-server and removes the folder; resolves when all are gone. May be called again and again. */
  close() {
    return (this.#ending ??= super.close().finally(() => this.#guard.end()));
  }
}

/**
 * See `Bridge.temporary`.
 * @param {import("../index").TemporaryOptions} options
 */
async function temporary({ natsServer = false, ...options }) {
  if (typeof natsServer !== "boolean" && typeof natsServer !== "string") {
    throw new TypeError("the option natsServer must be a boolean, or the path or name of a program");
  }
  const program = natsServer === false ? undefined : findNatsServer(natsServer);
  // TMPDIR may be relative, but the guard is elsewhere, and this program may go elsewhere.
  const folder = mkdtempSync(path.resolve(tmpdir(), "nats-credentials-bridge-"));
  const state = path.join(folder, "state");
  const guard = new Guard(folder, program === undefined ? [] : [program, ...natsServerArguments(state)]);
  try {
    await guard.started();
    // Of options the last ones count: nothing that stands before these leads to another folder.
    const on = (/** @type {string} */ url, /** @type {string[]} */ ...more) => ({
      ...options,
      region: "local",
      args: [...(options.args ?? []), "--region", "local", "--state", state, "--nats-url", url, ...more],
    });
    if (program === undefined) return await begun(new TemporaryBridge(on(NOWHERE), { folder, guard, natsUrl: undefined }), guard);
    await writeConfiguration(on(NOWHERE), guard);
    guard.serve();
    const natsUrl = await untilReady(guard, folder, state);
    const { host } = new URL(natsUrl);
    return await begun(new TemporaryBridge(on(natsUrl, "--listen", host), { folder, guard, natsUrl }), guard);
  } catch (error) {
    await guard.end();
    throw error;
  }
}

/**
 * The bridge writes it with its store, which its first request makes.
 * @param {import("../index").BridgeOptions} options
 * @param {Guard} guard
 */
async function writeConfiguration(options, guard) {
  const bridge = await begun(new Bridge(options), guard);
  try {
    await bridge.accounts.page({ page_size: 1 });
  } finally {
    await bridge.close();
  }
}

/**
 * The bridge, when its process is there and the guard knows it.
 * @template {Bridge} B
 * @param {B} bridge
 * @param {Guard} guard
 */
async function begun(bridge, guard) {
  try {
    const ready = bridge.ping();
    guard.awaitUser(bridge.pid);
    await ready;
    return bridge;
  } catch (error) {
    await bridge.close();
    throw error;
  }
}

module.exports = { temporary };
