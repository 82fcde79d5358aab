"use strict";

const { inspect } = require("node:util");

/** A text that prints as `***` wherever it is written by accident: console.log, JSON, a template. `reveal()` gives it. */
class Secret {
  /** @type {string} */
  #text;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
    Object.freeze(this);
  }

  /** The text itself. */
  reveal() {
    return this.#text;
  }

  toString() {
    return "***";
  }

  toJSON() {
    return "***";
  }

  [inspect.custom]() {
    return "***";
  }
}

module.exports = { Secret };
