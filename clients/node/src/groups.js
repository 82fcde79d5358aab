"use strict";

const { Rows } = require("./rows.js");

/** @typedef {import("../index").CallOptions} CallOptions */
/** @typedef {(method: string, params?: object, options?: CallOptions) => Promise<any>} Call */
/** @typedef {Record<string, unknown>} Params */

/** The methods that credentials and accounts both have. */
class Group {
  #name;
  #call;
  #ask;

  /**
   * @param {"credentials" | "accounts"} name what the methods' names begin with
   * @param {Call} call
   * @param {import("./window.js").Ask} ask
   */
  constructor(name, call, ask) {
    this.#name = name;
    this.#call = call;
    this.#ask = ask;
  }

  /**
   * All rows, lazily: `for await (const row of …)`.
   * @param {Params} [params]
   * @param {CallOptions} [options]
   */
  list(params = {}, options = {}) {
    return new Rows(this.#ask, `${this.#name}.stream`, `nats_${this.#name}`, params, options);
  }

  /**
   * One page by its number.
   * @param {Params} [params]
   * @param {CallOptions} [options]
   */
  page(params, options) {
    return this.#call(`${this.#name}.list`, params, options);
  }

  /**
   * @param {Params} [params]
   * @param {CallOptions} [options]
   */
  create(params, options) {
    return this.#call(`${this.#name}.create`, params, options);
  }

  /**
   * @param {Params} params
   * @param {CallOptions} [options]
   */
  get(params, options) {
    return this.#call(`${this.#name}.get`, params, options);
  }

  /**
   * @param {Params} params
   * @param {CallOptions} [options]
   */
  delete(params, options) {
    return this.#call(`${this.#name}.delete`, params, options);
  }
}

class Accounts extends Group {
  #call;

  /**
   * @param {"accounts"} name
   * @param {Call} call
   * @param {import("./window.js").Ask} ask
   */
  constructor(name, call, ask) {
    super(name, call, ask);
    this.#call = call;
  }

  /**
   * @param {Params} params
   * @param {CallOptions} [options]
   */
  update(params, options) {
    return this.#call("accounts.update", params, options);
  }
}

class Credentials extends Group {
  #call;

  /**
   * @param {"credentials"} name
   * @param {Call} call
   * @param {import("./window.js").Ask} ask
   */
  constructor(name, call, ask) {
    super(name, call, ask);
    this.#call = call;
  }

  /**
   * @param {Params} params
   * @param {CallOptions} [options]
   */
  revoke(params, options) {
    return this.#call("credentials.revoke", params, options);
  }
}

module.exports = { Accounts, Credentials };
