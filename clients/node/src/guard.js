"use strict";

const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { existsSync, rmSync } = require("node:fs");
const { clearTimeout, setTimeout } = require("./timers.js");

/**
 * FOLDER [PROGRAM ARGUMENT…]. Lines tell it what to do: "serve" starts the program, "user PID" names the process that works in the folder
 * from now on, instead of one before it, whose number may be somebody else's by the end. It waits for the end of its input, the end of
 * whoever holds the other side of the pipe, also by SIGKILL. Then:
 * - all of its process group is told to end, also what a wrapper around the program has started; the program has 2 s, and who counts them is
 *   ended with it, since its number may be somebody else's then; to be hit itself, and nobody else, that one is still there after its kill;
 * - the user, which has seen the same end of input, gets 10 s, so that nobody writes into what is being removed; one that has ended may be
 *   there as a zombie, where nobody reaps what is orphaned (in many containers);
 * - the folder is removed, again where what is behind a wrapper still writes into it;
 * - and what is left of the group is killed, the guard itself included.
 * "-$$" is a group only where the guard leads one, so nobody else is ever hit. The program has the guard's stdout as its descriptor 3: whoever
 * reads the other side sees when it has ended.
 * A shell, and not this Node again: it is there in a millisecond, and the library for Python has the very same.
 */
const SCRIPT = `\
trap '' HUP INT QUIT TERM
folder=$1 program='' user=''
shift
while read -r word number; do
  case $word in
    user) user=$number ;;
    serve)
      (trap - HUP INT QUIT TERM; exec 3>&1 >"$folder/nats-server.log" 2>&1; exec "$@") </dev/null &
      program=$!
      exec >/dev/null
      ;;
  esac
done
kill -s TERM -- "-$$"
if [ -n "$program" ]; then
  (sleep 2; kill -s KILL "$program"; sleep 60) &
  killer=$!
  wait "$program"
  kill -s KILL "$killer"
fi
runs() {
  state=''
  kill -0 "$1" && { read -r state <"/proc/$1/stat" || :; } && case \${state##*') '} in Z*) return 1 ;; esac
}
if [ -n "$user" ]; then
  looks=100
  while [ "$looks" -gt 0 ] && runs "$user"; do
    sleep 0.1
    looks=$((looks - 1))
  done
fi
looks=100
until rm -rf -- "$folder" || [ "$looks" -eq 0 ]; do
  sleep 0.1
  looks=$((looks - 1))
done
kill -s KILL -- "-$$"
`;
const END_MS = 15_000;
const LOOK_MS = 100;
const MOST_LOOKS = 100;

/** A process beside this one that ends a program and removes a folder, however this one ends. It keeps no program alive. */
class Guard {
  #process;
  #folder;
  #gone;
  /** @type {Promise<void> | undefined} */
  #ending;
  /** Whether the program has ended that `serve` started. */
  programHasEnded = false;

  /**
   * @param {string} folder
   * @param {string[]} program with its arguments, what `serve` starts
   */
  constructor(folder, program) {
    this.#folder = folder;
    const args = ["-c", SCRIPT, "nats-credentials-bridge-guard", folder, ...program];
    // A group of its own, so that neither Ctrl-C in a terminal nor a signal to our group ends it before us.
    const child = spawn("/bin/sh", args, { cwd: "/", detached: true, stdio: ["pipe", "pipe", "ignore"] });
    this.#process = child;
    this.#gone = new Promise((resolve) => child.on("exit", resolve).on("error", resolve));
    child.on("exit", () => this.#killGroup());
    // Where no descriptor was left, there are no pipes, only the error above.
    if (child.stdin === undefined) return;
    // A guard that was killed is seen at the end.
    child.stdin.on("error", () => {});
    child.stdout.on("error", () => {}).on("end", () => (this.programHasEnded = true)).resume();
    this.#keepAlive(false);
  }

  /** Resolves when it is there, and rejects if it cannot be. */
  async started() {
    if (this.#process.pid === undefined) await once(this.#process, "spawn");
  }

  /** Starts the program. */
  serve() {
    this.#process.stdin.write("serve\n");
  }

  /**
   * The folder is not removed while this process runs, for some seconds; instead of the one named before.
   * @param {number | undefined} pid
   */
  awaitUser(pid) {
    this.#process.stdin.write(`user ${pid}\n`);
  }

  /** Ends the program and removes the folder; resolves when both are gone. May be called again. */
  end() {
    return (this.#ending ??= this.#end());
  }

  async #end() {
    const { stdin, stdout } = this.#process;
    this.#keepAlive(true);
    stdin?.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_MS);
    await this.#gone;
    clearTimeout(timer);
    await this.#removeFolder();
    stdout?.destroy();
  }

  /**
   * Somebody has killed the guard, if the folder is still there. The number is its group's as long as the program runs; when that ends, too, it is
   * free for another group: so not later than now.
   */
  #killGroup() {
    const { pid } = this.#process;
    if (pid === undefined || !existsSync(this.#folder)) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nothing of it runs.
    }
  }

  /** Again where somebody still writes into it: who was killed may not be dead yet. The option maxRetries of rmSync looks for no new files. */
  async #removeFolder() {
    for (let looks = MOST_LOOKS; ; looks -= 1) {
      try {
        return rmSync(this.#folder, { recursive: true, force: true });
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOTEMPTY" || looks === 0) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** @param {boolean} does */
  #keepAlive(does) {
    const { stdin, stdout } = this.#process;
    for (const handle of /** @type {(import("node:net").Socket | undefined)[]} */ (/** @type {unknown} */ ([this.#process, stdin, stdout]))) {
      if (does) handle?.ref();
      else handle?.unref();
    }
  }
}

module.exports = { Guard, SCRIPT };
