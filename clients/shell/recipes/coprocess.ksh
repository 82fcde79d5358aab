#!/usr/bin/env ksh
# The bridge as ksh's coprocess: print -p writes to it, read -p reads from it.
set -eu
# shellcheck disable=SC2118 # ksh93 and mksh have it
"${NATS_CREDENTIALS_BRIDGE:-nats-credentials-bridge}" |&

ask() {
  print -rp -- '{"jsonrpc":"2.0","id":1,"method":"'"$1"'","params":{'"${2:-}"'}}'
  IFS= read -rp answer
  # shellcheck disable=SC2154
  [[ $answer != *'"error":'* ]] || { print -ru2 -- "$answer"; return 1; }
  print -r -- "$answer"
}

ask credentials.create '"name":"from ksh","save_to":"ksh.creds"'
ask credentials.list '"page_size":1'
exec 3>&p 3>&- # moves the coprocess's stdin to 3, and closes it there
wait
