# shellcheck shell=bash
# What the tests share: scripts in a folder of their own, and a look at what they left behind.

bats_require_minimum_version 1.5.0
shell=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
standin=$shell/test/standin.py

setup() {
  : "${NATS_CREDENTIALS_BRIDGE:?set it to the built program}"
  # In memory where that can be had, because each change of the store is synced to its disk.
  place=$(mktemp -d "$([[ -d /dev/shm ]] && echo /dev/shm || echo "$BATS_TEST_TMPDIR")/bridge-shell.XXXXXX")
  mkdir "$place/home" "$place/state" "$place/tmp"
}

teardown() {
  nothing_is_left || { ps -ef --forest | tail -n 40; ls -la "$place/tmp"; rm -rf "$place"; return 1; }
  rm -rf "$place"
}

# Runs the script on stdin, after natscreds.sh, with nothing of this machine's configuration. Its processes are known by a variable.
script() {
  { printf 'set -euo pipefail\nsource %q\n' "$shell/natscreds.sh"; cat; } >"$place/script.sh"
  run_in_place "${NATSCREDS_BASH:-bash}" "$place/script.sh" "$@"
}

run_in_place() {
  (
    for variable in $(compgen -e); do
      case $variable in SCW_* | XDG_* | NATS_URL | BASH_ENV | NATSCREDS*) unset "$variable" ;; esac
    done
    cd "$place/home" || exit
    env HOME="$place/home" XDG_STATE_HOME="$place/state" TMPDIR="$place/tmp" NATS_URL=nats://127.0.0.1:1 SCW_DEFAULT_REGION=local \
      NATS_CREDENTIALS_BRIDGE="$NATS_CREDENTIALS_BRIDGE" standin="$standin" place="$place" shell="$shell" TEST_MARK="$place" \
      timeout --kill-after=5 120 "$@" 3>&- 4>&-
  )
}

processes() { grep -lzsxF "TEST_MARK=$place" /proc/[0-9]*/environ | tr -dc '0-9\n' | tr '\n' ' '; }

nothing_is_left() {
  local attempt
  for attempt in {1..200}; do
    if [[ -z $(processes) ]] && ! compgen -G "$place/tmp/natscreds.*" >/dev/null; then return 0; fi
    sleep 0.05
  done
  echo "left after $attempt looks: processes $(processes), folders $(compgen -G "$place/tmp/*")"
  return 1
}

# Waits until a command succeeds.
until_so() {
  local attempt
  for attempt in {1..600}; do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.05
  done
  echo "not after $attempt looks: $*"
  return 1
}
