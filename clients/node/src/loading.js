"use strict";

const fs = require("node:fs");

/** What glibc's loader, musl's and Darwin's say of a program for another system than theirs. */
const COMPLAINTS = [
  /error while loading shared libraries: .*/, /version `.*' not found.*/, /symbol lookup error: .*/, /Error (?:loading shared library|relocating).*/,
  /(?:Library|Symbol) not (?:loaded|found): .*/,
];

/** By the number in an ELF file's header. */
const MACHINES = new Map([[0x03, "ia32"], [0x28, "arm"], [0x3e, "x64"], [0xb7, "arm64"], [0xf3, "riscv64"]]);

/**
 * Why the loader would not have a program that has ended; undefined if it has not complained.
 * @param {string} stderrTail
 */
function complaintOfLoader(stderrTail) {
  for (const complaint of COMPLAINTS) {
    const [words] = complaint.exec(stderrTail) ?? [];
    if (words !== undefined) return words;
  }
  return undefined;
}

/**
 * For which other kind of machine a program was made that has ended; undefined if it was made for this one, or is no program at all. It is
 * looked at only then, because there are machines that can run others' programs. One that cannot lets a shell read it as a script.
 * @param {string} file
 */
function madeFor(file) {
  const head = beginning(file);
  if (head.readUInt32BE(0) === 0x7f454c46) {
    const machine = MACHINES.get(head.readUInt16LE(18)) ?? "another kind of machine";
    return process.platform === "linux" && machine === process.arch ? undefined : `it was made for Linux on ${machine}`;
  }
  // Either of them alone, or several in one.
  const isDarwins = head.readUInt32LE(0) === 0xfeedfacf || head.readUInt32BE(0) === 0xcafebabe;
  return isDarwins && process.platform !== "darwin" ? "it was made for macOS" : undefined;
}

/** @param {string} file */
function beginning(file) {
  const head = Buffer.alloc(20);
  try {
    const descriptor = fs.openSync(file, "r");
    try {
      fs.readSync(descriptor, head, 0, head.length, 0);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // Gone, or it may be executed and not read: nothing is known of it, and what it did is told all the same.
  }
  return head;
}

module.exports = { complaintOfLoader, madeFor };
