#!/usr/bin/env zsh
# The bridge as zsh's coprocess: print -p writes to it, read -p reads from it.
set -eu
coproc ${NATS_CREDENTIALS_BRIDGE:-nats-credentials-bridge}

ask() {
  local answer
  print -rp -- '{"jsonrpc":"2.0","id":1,"method":"'$1'","params":{'${2:-}'}}'
  IFS= read -rp answer
  [[ $answer != *'"error":'* ]] || { print -ru2 -- $answer; return 1 }
  print -r -- $answer
}

ask credentials.create '"name":"from zsh","save_to":"zsh.creds"'
ask credentials.list '"page_size":1'
coproc exit # a new coprocess closes the old one's stdin
wait
