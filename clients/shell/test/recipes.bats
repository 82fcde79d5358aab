#!/usr/bin/env bats
# The README and the recipes, as they stand; and shellcheck over all of it.

load helpers

# The blocks of a language in the README, the Nth of them.
block() {
  awk -v fence="\`\`\`$1" -v wanted="$2" '$0 == "```" { inside = 0 } inside && count == wanted
    $0 == fence { inside = 1; count++ }' "$shell/README.md"
}

program_on_path() {
  mkdir -p "$place/home/bin"
  ln -s "$NATS_CREDENTIALS_BRIDGE" "$place/home/bin/nats-credentials-bridge"
  PATH=$place/home/bin:$PATH
}

@test "the README begins with a program that runs as it stands" {
  [ "$(sed -n 3p "$shell/README.md")" = '```bash' ]
  block bash 1 >"$place/home/first"
  ln -s "$shell/natscreds.sh" "$place/home/natscreds.sh"
  # Whoever tries it once tries it again.
  for attempt in 1 2; do
    run run_in_place bash first
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "made "*" and saved it in $place/home/app.creds" ]]
    [ "${lines[1]}" = app ]
    [[ ${lines[2]} == *'"deleted":true'* ]]
    [ "$(stat -c %a "$place/home/app.creds")" = 600 ]
    mv "$place/home/app.creds" "$place/home/app-$attempt"
    cp "$place/home/app-$attempt" "$place/home/app.creds"
  done
  run ! cmp "$place/home/app-1" "$place/home/app-2"
}

@test "the README's other programs" {
  run script <<S
natscreds_open
natscreds_call credentials.create name=app >/dev/null
$(block bash 5)
$(block bash 2)
natscreds_call credentials.list
$(block bash 3 | sed 's/fr-par/local/')
S
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "natscreds: already_exists: $(sed -n 's/^natscreds: already_exists: //p' <<<"${lines[0]}")" ]
  [ "${lines[1]}" = "there is one" ]
  [[ ${lines[2]} == '{"total_count":0,'* ]]
  [[ ${lines[3]} == '{"total_count":1,"nats_accounts":'* ]]
}

@test "the README's program for tests" {
  run script <<<"$(block bash 4)"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == '{"id":'*'"name":"app",'* ]]
  [ "${#lines[@]}" -eq 1 ]
}

@test "the README's one-liners print what is shown" {
  program_on_path
  block console 1 | sed -n 's/^\$ //p' >"$place/home/commands"
  run run_in_place bash -e commands
  [ "$output" = "$(block console 1 | grep -v '^\$ ')" ]
  [ "$status" -eq 0 ]
}

@test "the README's functions and statuses are those of the library" {
  [ "$(grep -o '^| `natscreds_[a-z]*' "$shell/README.md" | tr -d '|\` ' | sort)" = "$(grep -o '^natscreds_[a-z]*' "$shell/natscreds.sh" | sort)" ]
  for kind in $(grep -o '_natscreds_fail [0-9]* [a-z_]*' "$shell/natscreds.sh" | cut -d ' ' -f 3 | sort -u); do
    case $kind in already_open | storage | message_too_large) continue ;; esac
    grep -q "\`$kind\`" "$shell/README.md" || { echo "$kind is not in the README"; return 1; }
  done
}

@test "Makefile" {
  cp "$shell/recipes/Makefile" "$place/home/Makefile"
  run run_in_place make -s app.creds
  [ "$status" -eq 0 ]
  run run_in_place make app.creds
  [[ $output == *"up to date"* ]]
  # The create fails because the file is there: what deletes the credential stays.
  cp "$place/home/app.json" "$place/before"
  run run_in_place make -s -B app.creds
  [ "$status" -ne 0 ]
  cmp "$place/before" "$place/home/app.json"
  [ ! -e "$place/home/app.json.new" ]
  grep -q 'BEGIN NATS USER JWT' "$place/home/app.creds"
  run run_in_place make -s revoke-app
  [[ $output == *'"deleted":true'* ]]
  [ ! -e "$place/home/app.creds" ]
  run run_in_place make -s no/folder.creds
  [ "$status" -ne 0 ]
  [ ! -e "$place/home/no/folder.json" ]
}

@test "cron" {
  run -127 run_in_place env -u NATS_CREDENTIALS_BRIDGE "PATH=/usr/bin:/bin" sh "$shell/recipes/cron.sh" worker worker.creds
  for night in 1 2; do
    run run_in_place sh "$shell/recipes/cron.sh" worker worker.creds
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    cp "$place/home/worker.creds" "$place/night-$night"
  done
  run ! cmp -s "$place/night-1" "$place/night-2"
  [ "$(run_in_place "$NATS_CREDENTIALS_BRIDGE" call credentials.list --all | grep -c .)" -eq 1 ]
  run run_in_place sh "$shell/recipes/cron.sh" worker no/folder.creds
  [ "$status" -ne 0 ]
  [[ $output == "nats-credentials-bridge: "* ]]
}

# The shells that can be sh, each as it is then and as it is otherwise.
posix_shells=('bash --posix' 'env POSIXLY_CORRECT=1 BASH_COMPAT=3.1 bash' 'zsh --emulate sh' zsh ksh)

@test "cron, with every shell that can be sh" {
  for posix_shell in "${posix_shells[@]}"; do
    # shellcheck disable=SC2086
    run run_in_place $posix_shell "$shell/recipes/cron.sh" worker worker.creds
    echo "$posix_shell: $output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    # shellcheck disable=SC2086
    run run_in_place $posix_shell "$shell/recipes/cron.sh" worker no/folder.creds
    [ "$status" -ne 0 ]
    [[ $output == "nats-credentials-bridge: "* ]]
  done
}

coprocess() {
  run run_in_place "$@"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == '{"jsonrpc":"2.0","id":1,"result":{"id":'*'"saved":{'* ]]
  [[ ${lines[1]} == '{"jsonrpc":"2.0","id":1,"result":{"total_count":1,'* ]]
  [ "${#lines[@]}" -eq 2 ]
  nothing_is_left
  # The file exists now: an error ends the script.
  run run_in_place "$@"
  [ "$status" -ne 0 ]
  [[ $output == *'"kind":"save_failed"'* ]]
}

@test "named pipes" { coprocess sh "$shell/recipes/named-pipes.sh"; }

@test "named pipes, with every shell that can be sh" {
  for posix_shell in "${posix_shells[@]}"; do
    rm -f "$place/home/pipe.creds"
    # shellcheck disable=SC2086
    coprocess $posix_shell "$shell/recipes/named-pipes.sh"
    run_in_place "$NATS_CREDENTIALS_BRIDGE" call credentials.list --all | grep -o '"id":"[^"]*"' | cut -d '"' -f 4 \
      | while read -r id; do run_in_place "$NATS_CREDENTIALS_BRIDGE" call credentials.delete "nats_credentials_id=$id"; done
  done
}

@test "zsh's coprocess" { coprocess zsh "$shell/recipes/coprocess.zsh"; }

@test "ksh's coprocess" { coprocess ksh "$shell/recipes/coprocess.ksh"; }

@test "shellcheck has nothing to say" {
  cd "$shell"
  shellcheck ../../.ci/release/install.sh natscreds.sh recipes/*.sh recipes/*.ksh test/helpers.bash
  # What bats sets is not known to it: status, output, lines, stderr; and what the helpers set.
  shellcheck -e SC2154,SC2030,SC2031,SC2013 test/*.bats
  for number in 1 2 3 4 5; do block bash "$number" | shellcheck -s bash -e SC1091,SC2154 -; done
}
