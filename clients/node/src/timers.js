"use strict";

// Taken while the library is loaded, before a test replaces them by fake ones, in which no time passes: jest, vitest and sinon replace the
// global ones, node:test those of node:timers as well. And where there is a window (a renderer of Electron, jsdom, happy-dom), the global ones
// give numbers, which cannot be unref'ed.
const { performance } = require("node:perf_hooks");
const { clearTimeout, setImmediate, setTimeout } = require("node:timers");

/** Milliseconds by a clock that nobody sets. */
const now = performance.now.bind(performance);

module.exports = { clearTimeout, now, setImmediate, setTimeout };
