"use strict";

const { Bridge } = require("./bridge.js");
const errors = require("./errors.js");
const { Secret } = require("./secret.js");

module.exports = { Bridge, Secret, ...errors.classes };
