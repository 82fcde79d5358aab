#!/usr/bin/env bats
# What is around a script's calls: traps, jobs, several bridges, other programs. Options and names are in habits.bats.

load helpers

@test "a trap on ERR is not called by what goes well inside, and once by a call that fails" {
  run script <<'S'
set +e -E
trap 'echo trapped' ERR
natscreds_open
natscreds_call bridge.ping
natscreds_each credentials.list
natscreds_call nothing.such
natscreds_call -v x nothing.such
natscreds_each credentials.get
natscreds_field a '{}'
natscreds_close
S
  echo "$output"
  [ "${lines[0]}" = "{}" ]
  [ "$(grep -c trapped <<<"$output")" -eq 4 ]
}

@test "a trap in mid-call finds the script's variables and IFS" {
  run script <<'S'
folder=mine name=mine line=mine in=mine
IFS=,
natscreds_open -- "$standin"
trap 'printf "%s\n" "$folder $name $line $in ${IFS@Q} ${-//[^f]}"; exit 5' USR1
{ until grep -q "^$$ " "${_NATSCREDS_FOLDER[default]}/holder" 2>/dev/null; do :; done; kill -USR1 $$; } &
natscreds_call test.late
S
  echo "$output"
  [ "$status" -eq 5 ]
  [ "$output" = "mine mine mine mine ',' " ]
}

@test "calls of a trap work whatever the status was before it" {
  run script <<'S'
natscreds_open
trap 'natscreds_call bridge.ping; natscreds_each accounts.list; natscreds_call nothing.such || echo "status $?"' EXIT
(exit 42)
S
  [ "$status" -eq 42 ]
  [ "${lines[0]}" = "{}" ]
  [ "${lines[2]}" = "status 2" ]
}

@test "set -x shows no secret" {
  run script <<'S'
natscreds_open
exec 2>trace
set -x
natscreds_call credentials.create name=app >secret
natscreds_call -v made credentials.create name=app
natscreds_field credentials.content "$(cat secret)" >text
set +x
grep -q 'natscreds_call credentials.create' trace
grep -q 'BEGIN NATS USER JWT' text
! grep -v 'natscreds_field credentials.content' trace | grep -q BEGIN
S
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "several bridges at once, each with its own name" {
  run script <<'S'
natscreds_open
NATSCREDS=other natscreds_open --state "$PWD/other"
natscreds_call -v made accounts.create name=here
NATSCREDS=other natscreds_call -v made accounts.create name=there
for NATSCREDS in default other; do natscreds_each accounts.list; done | grep -o '"name":"[a-z]*"'
NATSCREDS=default natscreds_close
NATSCREDS=other natscreds_call bridge.ping
! NATSCREDS=default natscreds_call bridge.ping || exit 1
! NATSCREDS='x y' natscreds_open || exit 1
! NATSCREDS=other natscreds_open || exit 1
S
  [ "$output" = '"name":"here"
"name":"there"
{}
natscreds: not_open: no bridge is open under the name default: call natscreds_open first
natscreds: invalid_params: NATSCREDS, the name of a bridge, has letters, digits, dots, - and _ only
natscreds: already_open: a bridge is open under the name other: natscreds_close it, or give this one another with NATSCREDS=NAME' ]
}

@test "closing one of several does not wait for the others" {
  run script <<'S'
for NATSCREDS in a b c; do natscreds_open; done
for NATSCREDS in a b c; do
  pid=$(<"${_NATSCREDS_FOLDER[$NATSCREDS]}/pid")
  natscreds_close
  ! kill -0 "$pid" 2>/dev/null || exit 1
done
S
  [ "$status" -eq 0 ]
}

@test "a script's own coprocess is left alone" {
  run script <<'S'
natscreds_open
coproc CAT { cat; }
NATSCREDS=second natscreds_open
natscreds_call bridge.ping
echo hello >&"${CAT[1]}"
read -r line <&"${CAT[0]}"
echo "$line"
S
  [ "$output" = "{}
hello" ]
}

@test "no other program inherits a descriptor" {
  run script <<'S'
exec 77<>/dev/null # one of the script's own, to see that the look sees
before=$(ls /proc/self/fd | wc -l)
natscreds_open
NATSCREDS=second natscreds_open
[[ $(ls /proc/self/fd | wc -l) == "$before" ]]
sleep 100 &
until [[ $(readlink /proc/$!/exe) == *sleep* ]]; do :; done
ls -l "/proc/$!/fd" >descriptors
kill "$!"
grep -q ' 77 -> /dev/null' descriptors
! grep natscreds descriptors || exit 1
# And the program itself: none but its own.
! ls -l "/proc/$(<"${_NATSCREDS_FOLDER[default]}/pid")/fd" | grep -E ' 77 ->'
S
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "the bridge ends with the script, though a job of the script goes on" {
  run script <<'S'
natscreds_open
sleep 1000 </dev/null >/dev/null 2>&1 &
echo "$!"
cat "${_NATSCREDS_FOLDER[default]}/pid"
S
  until_so eval "! kill -0 ${lines[1]}"
  kill "${lines[0]}" # it lives: else this fails
}

@test "a background function that lets go does not keep the bridge" {
  run script <<'S'
natscreds_open
quiet() { natscreds_close; ls -l /proc/$BASHPID/fd >descriptors; echo "$BASHPID" >job; while :; do read -r -t 100 <>"$place/never"; done; }
mkfifo "$place/never"
quiet </dev/null >/dev/null 2>&1 &
until [[ -s job ]]; do :; done
natscreds_call bridge.ping >/dev/null
! grep natscreds descriptors || exit 1
cat job "${_NATSCREDS_FOLDER[default]}/pid"
S
  until_so eval "! kill -0 ${lines[1]}"
  kill "${lines[0]}"
}

@test "a bare wait does not wait for the bridge" {
  run script <<'S'
natscreds_open
jobs
true &
wait
natscreds_call bridge.ping
S
  [ "$output" = "{}" ]
}

@test "\$! stays the script's" {
  run script <<'S'
true &
mine=$!
natscreds_open
[[ $! == "$mine" ]]
natscreds_close
[[ $! == "$mine" ]]
S
  [ "$status" -eq 0 ]
}

@test "a script that is killed while it opens leaves no process, and no more than a folder with nothing in it but pipes" {
  cat >"$place/opening.sh" <<'S'
source "$shell/natscreds.sh"
n=0
set -T
trap '[[ $BASHPID == $$ ]] && ((++n == at)) && kill -KILL $$' DEBUG
natscreds_open -- "$standin"
trap - DEBUG
echo "$n"
S
  # At every sixteenth of its commands.
  last=$(at=0 run_in_place "${NATSCREDS_BASH:-bash}" "$place/opening.sh")
  [ "$last" -gt 100 ]
  for ((at = 4; at < last; at += 16)); do
    at=$at run_in_place "${NATSCREDS_BASH:-bash}" "$place/opening.sh" >/dev/null 2>&1 && { echo "not killed at $at"; return 1; }
    :
  done
  only_pipes() { [[ -z $(processes) && -z $(find "$place/tmp" -type f) ]]; }
  until_so only_pipes
  [ "$(find "$place/tmp" -name 'natscreds.*' | wc -l)" -lt 8 ]
  rm -rf "$place/tmp"/natscreds.*
}

@test "a keeper that cannot start is an error at once" {
  run script <<'S'
_natscreds_keeper() { exit 3; }
natscreds_open || echo "status $?"
rm -rf "$TMPDIR"/natscreds.*
S
  [ "$output" = "natscreds: program_ended: the program has ended
status 7" ]
}

@test "too few descriptors are one error, and leave nothing" {
  run script <<'S'
before=$(ls /dev/fd | wc -l)
opened=0
for limit in {24..10}; do
  ulimit -S -n "$limit"
  status=0
  natscreds_open 2>>errors || status=$?
  ((status == 1)) || { natscreds_close; opened=$limit; }
done
ulimit -S -n 200
((opened > 10))
sort -u errors
[[ $(ls /dev/fd | wc -l) == "$before" ]]
S
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$output" = "natscreds: storage: the pipes to the program could not be opened: the limit of open files (ulimit -n) may be too low" ]
}

@test "a relative TMPDIR, and a script that changes its folder" {
  run script <<'S'
mkdir -- -t
TMPDIR=-t natscreds_open
cd /
natscreds_call bridge.ping
natscreds_close
# The keeper removes its folder a moment later.
until [[ -z $(ls -A "$HOME/-t") ]]; do :; done
TMPDIR=/not/there natscreds_open || echo "status $?"
S
  echo "$output"
  [ "$output" = "{}
natscreds: storage: no private folder could be made in /not/there: set TMPDIR to a folder that can be written to
status 1" ]
}

@test "a script that forgets to close leaves nothing, and lets go of the stdout that others read" {
  run script <<'S'
[[ $(bash -c 'source "$shell/natscreds.sh"; natscreds_open; natscreds_call bridge.ping') == {} ]]
S
  [ "$status" -eq 0 ]
  nothing_is_left
}

@test "a script that is killed leaves nothing" {
  run script <<'S'
natscreds_open
natscreds_call bridge.ping
kill -KILL $$
S
  [ "$status" -eq 137 ]
  nothing_is_left
}

@test "Ctrl-C in a terminal ends the script, and a trap can still call" {
  cat >"$place/interrupted.sh" <<'S'
source "$shell/natscreds.sh"
natscreds_open -- "$standin"
trap 'natscreds_call test.echo text=cleaned; natscreds_close; echo closed' EXIT
# Pressed when the request has arrived, so that bash waits for the response: what a trap prints while bash still writes goes where it writes to.
{ until grep -qs waiting "${_NATSCREDS_FOLDER[default]}/stderr"; do :; done; echo ready; } &
natscreds_call test.late
S
  run run_in_place python3 "$shell/test/terminal.py" ready bash "$place/interrupted.sh"
  echo "$output"
  [[ $output == *'{"text":"cleaned"}'*closed* ]]
}

@test "the program does not see Ctrl-C" {
  cat >"$place/going-on.sh" <<'S'
source "$shell/natscreds.sh"
natscreds_open
trap 'interrupted=yes' INT
echo ready
until [[ ${interrupted-} ]]; do read -r -t 0.05 <>"$place/never"; done
natscreds_call bridge.ping
S
  mkfifo "$place/never"
  run run_in_place python3 "$shell/test/terminal.py" ready bash "$place/going-on.sh"
  echo "$output"
  [[ $output == *'{}'* ]]
}

@test "a program that is not there: the error names the places" {
  run script <<'S'
unset NATS_CREDENTIALS_BRIDGE
! PATH= natscreds_open || exit 1
! NATS_CREDENTIALS_BRIDGE=/not/there natscreds_open || exit 1
! natscreds_open -- no-such-program --x || exit 1
! NATS_CREDENTIALS_BRIDGE=$PWD natscreds_open || exit 1
cp "$shell/natscreds.sh" .
touch nats-credentials-bridge
source "$PWD/natscreds.sh"
natscreds_open || exit
S
  [ "$status" -eq 7 ]
  looked="natscreds: program_not_found: the program cannot be started. Looked at: command after --:"
  nowhere="$looked not given; NATS_CREDENTIALS_BRIDGE: not set; beside natscreds.sh: not there; PATH: no nats-credentials-bridge in its folders"
  [ "${lines[0]}" = "$nowhere" ]
  [ "${lines[1]}" = "$looked not given; NATS_CREDENTIALS_BRIDGE: /not/there cannot be run" ]
  [ "${lines[2]}" = "$looked no-such-program cannot be run" ]
  [ "${lines[3]}" = "$looked not given; NATS_CREDENTIALS_BRIDGE: $place/home cannot be run" ]
  [ "${lines[4]}" = "$looked not given; NATS_CREDENTIALS_BRIDGE: not set; beside natscreds.sh: $place/home/nats-credentials-bridge cannot be run" ]
}

@test "the program is found beside the library, and on PATH" {
  run script <<'S'
mkdir lib bin
cp "$shell/natscreds.sh" lib
ln -s "$NATS_CREDENTIALS_BRIDGE" bin/nats-credentials-bridge
ln -s "$NATS_CREDENTIALS_BRIDGE" lib/nats-credentials-bridge
unset NATS_CREDENTIALS_BRIDGE
PATH=$PWD/bin:$PATH natscreds_open
tr '\0' '\n' <"/proc/$(<"${_NATSCREDS_FOLDER[default]}/pid")/cmdline"
natscreds_close
source lib/natscreds.sh
mkdir -p elsewhere/lib
printf '#!/bin/sh\necho another' >elsewhere/lib/nats-credentials-bridge
chmod +x elsewhere/lib/nats-credentials-bridge
cd elsewhere
natscreds_open
tr '\0' '\n' <"/proc/$(<"${_NATSCREDS_FOLDER[default]}/pid")/cmdline"
S
  [ "${lines[0]}" = "$place/home/bin/nats-credentials-bridge" ]
  [ "${lines[1]}" = "$place/home/lib/nats-credentials-bridge" ]
}

@test "another program is not taken for the bridge" {
  run script <<'S'
! natscreds_open -- "$standin" other || exit 1
! natscreds_open -- true || exit 1
! NATSCREDS_WAIT_MS=1000 natscreds_open -- sleep 1000 || exit 1
! natscreds_open --no-such-option || exit 1
natscreds_call bridge.ping
S
  [ "${lines[0]}" = "natscreds: not_ours: $standin is another program: it does not answer as nats-credentials-bridge does" ]
  [ "${lines[1]}" = "natscreds: program_ended: the program has ended with status 0" ]
  [ "${lines[2]}" = "natscreds: timeout: no response came within 1000 ms" ]
  [[ ${lines[3]} == "natscreds: program_ended: the program has ended with status 64; its last lines: nats-credentials-bridge: "* ]]
  [[ ${lines[4]} == "natscreds: not_open: "* ]]
}

@test "an older bash is told so" {
  run bash -c 'sed s/BASH_VERSINFO/OLD/g "$1" >"$2"; OLD=(4 3); source "$2" || echo "status $?"' - "$shell/natscreds.sh" "$place/old.sh"
  [[ ${lines[0]} == "natscreds: bash 4.4 or newer is needed"* ]]
  [ "${lines[1]}" = "status 1" ]
}
