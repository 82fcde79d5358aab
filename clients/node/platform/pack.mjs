#!/usr/bin/env node
// Makes the npm package of one platform, which carries the bridge's program for it:
//   node platform/pack.mjs --binary PATH [--out DIR] [--target PLATFORM-ARCH]
// The client finds it beside itself, as one of its optional dependencies. The program is packed without symbols, which are half of it, by strip
// of the binutils. Prints the path of the tarball. Nothing is downloaded.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PROGRAM = "nats-credentials-bridge";
const client = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const usage = `usage: node ${path.basename(fileURLToPath(import.meta.url))} --binary PATH [--out DIR] [--target PLATFORM-ARCH]`;

const here = `${process.platform}-${process.arch}`;

function options() {
  try {
    const { values } = parseArgs({
      options: { binary: { type: "string" }, out: { type: "string", default: "." }, target: { type: "string", default: here } },
    });
    const { binary, out = ".", target = here } = values;
    if (binary === undefined) throw new Error("--binary is missing");
    if (client.optionalDependencies[`@${PROGRAM}/${target}`] === undefined) throw new Error(`the client knows no platform ${target}`);
    return { binary, out, target };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${usage}\n`);
    process.exit(64);
  }
}

/**
 * The program for another platform cannot be run here, so only its own is asked who it is.
 * @param {string} binary
 */
function check(binary) {
  const said = execFileSync(path.resolve(binary), ["--version"], { encoding: "utf8" }).trim();
  if (said !== `${PROGRAM} ${client.version}`) throw new Error(`${binary} says that it is "${said}"; the client is ${client.version}`);
}

/**
 * @param {string} folder
 * @param {string} binary
 * @param {string} target
 */
function fill(folder, binary, target) {
  const [os, cpu] = target.split("-");
  mkdirSync(path.join(folder, "bin"));
  copyFileSync(binary, path.join(folder, "bin", PROGRAM));
  chmodSync(path.join(folder, "bin", PROGRAM), 0o755);
  if (target === here && os === "linux") execFileSync("strip", ["--strip-all", path.join(folder, "bin", PROGRAM)]);
  const manifest = {
    name: `@${PROGRAM}/${target}`,
    version: client.version,
    description: `The program of ${PROGRAM} for ${target}. Install ${PROGRAM}, which brings it.`,
    license: client.license,
    os: [os],
    cpu: [cpu],
    ...(os === "linux" ? { libc: ["glibc"] } : {}),
    files: ["bin"],
    preferUnplugged: true,
  };
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(path.join(folder, "README.md"), `# ${manifest.name}\n\n${manifest.description}\n`);
}

const { binary, out, target } = options();
const folder = mkdtempSync(path.join(tmpdir(), "platform-"));
try {
  if (target === here) check(binary);
  fill(folder, binary, target);
  mkdirSync(out, { recursive: true });
  const args = ["pack", "--json", "--offline", "--pack-destination", path.resolve(out)];
  const packed = execFileSync("npm", args, { cwd: folder, encoding: "utf8" });
  const [{ name, version }] = JSON.parse(packed);
  process.stdout.write(`${path.resolve(out, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
