#!/bin/sh
# The bridge from any POSIX shell: two named pipes, one request at a time.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/in" "$folder/out"
"${NATS_CREDENTIALS_BRIDGE:-nats-credentials-bridge}" <"$folder/in" >"$folder/out" &
exec 3>"$folder/in" 4<"$folder/out" # in this order, which is the order the bridge opens them in

ask() {
  printf '{"jsonrpc":"2.0","id":1,"method":"%s","params":{%s}}\n' "$1" "${2:-}" >&3
  IFS= read -r answer <&4
  case $answer in
    *'"error":'*) printf '%s\n' "$answer" >&2; return 1 ;;
  esac
  printf '%s\n' "$answer"
}

ask credentials.create '"name":"from a named pipe","save_to":"pipe.creds"'
ask credentials.list '"page_size":1'
exec 3>&- 4<&-
wait
