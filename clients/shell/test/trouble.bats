#!/usr/bin/env bats
# Time limits, a program that dies or misbehaves, and several processes at once.

load helpers

@test "kill -9 of the program in mid-call is an error at once" {
  run --separate-stderr script <<'S'
natscreds_open
pid=$(<"${_NATSCREDS_FOLDER[default]}/pid")
kill -STOP "$pid"
{ until [[ -s waits ]]; do :; done; kill -KILL "$pid"; } &
trap 'echo x >waits' USR1
{ until grep -q "^$$ " "${_NATSCREDS_FOLDER[default]}/holder" 2>/dev/null; do :; done; kill -USR1 $$; } &
natscreds_call -v made credentials.create name=app || echo "status $? $NATSCREDS_KIND $NATSCREDS_OUTCOME"
natscreds_call bridge.ping || echo "status $? $NATSCREDS_KIND $NATSCREDS_OUTCOME"
(natscreds_call bridge.ping) || echo "status $?"
S
  echo "$output"
  [ "$output" = "status 7 program_ended unknown
status 7 program_ended none
status 7" ]
  [ "$stderr" = "natscreds: program_ended: the program has ended by signal 9 (outcome: unknown)
natscreds: program_ended: the program has ended by signal 9
natscreds: program_ended: the program has ended by signal 9" ]
}

@test "a program that dies in the middle of a line: the last lines of its stderr are in the error" {
  run script <<'S'
natscreds_open -- "$standin"
natscreds_call test.die || echo "status $?"
natscreds_call test.echo || echo "status $?"
natscreds_stderr | wc -l
S
  [ "${lines[0]}" = "natscreds: program_ended: the program has ended with status 9; its last lines: \
line 8 | line 9 | the last words (outcome: unknown)" ]
  [ "${lines[1]}" = "status 7" ]
  [ "${lines[3]}" = "status 7" ]
  [ "${lines[4]}" = "11" ]
}

@test "a late response is not taken for the next one's" {
  run script <<'S'
natscreds_open -- "$standin"
NATSCREDS_WAIT_MS=1000 natscreds_call test.late || echo "status $? $NATSCREDS_KIND"
natscreds_call test.echo n:=1
natscreds_call test.seen
S
  echo "$output"
  [ "${lines[0]}" = "natscreds: timeout: no response came within 1000 ms; the change may have been made all the same: \
check before you retry it (outcome: unknown)" ]
  [ "${lines[1]}" = "status 6 timeout" ]
  [ "${lines[2]}" = '{"n":1}' ]
  # It was cancelled.
  [[ ${lines[3]} == *'{"method":"test.late","params":{}},{"method":"$/cancelRequest","params":{"id":"'* ]]
}

@test "a call that ran out of time in the middle of a line: its rest is not taken for a line" {
  run script <<'S'
natscreds_open -- "$standin"
NATSCREDS_WAIT_MS=1000 natscreds_call test.half 2>/dev/null || echo "status $?"
natscreds_call test.echo n:=1
# The half is read by one process, the rest by another.
(NATSCREDS_WAIT_MS=1000 natscreds_call test.half) 2>/dev/null || echo "status $?"
echo "$(natscreds_call test.echo n:=2)"
S
  [ "$output" = 'status 6
{"n":1}
status 6
{"n":2}' ]
}

@test "after a real time-out of a real create the bridge goes on" {
  run script <<'S'
natscreds_open
pid=$(<"${_NATSCREDS_FOLDER[default]}/pid")
kill -STOP "$pid"
NATSCREDS_WAIT_MS=1000 natscreds_call credentials.create name=late || echo "status $? $NATSCREDS_OUTCOME"
kill -CONT "$pid"
natscreds_call -v next accounts.create name=next
natscreds_field name "$next"
S
  [ "${lines[1]}" = "status 6 unknown" ]
  [ "${lines[2]}" = "next" ]
}

@test "a program that reads no more never stops the script" {
  run script <<'S'
natscreds_open -- "$standin"
printf -v long %14000s x
NATSCREDS_WAIT_MS=1000 natscreds_call test.deaf || echo "status $? $NATSCREDS_OUTCOME"
NATSCREDS_WAIT_MS=100
for n in {1..8}; do natscreds_call test.echo "text=$long" 2>>errors || echo -n "$? $NATSCREDS_OUTCOME "; done
sort errors | uniq -c
natscreds_close
S
  echo "$output"
  [ "${lines[1]}" = "status 6 unknown" ]
  [ "$(grep -o '6 none' <<<"${lines[2]}" | wc -l)" -ge 7 ] # one may lie in the pipe, the others are not put behind it
  [[ $output == *"the request was not sent, for the program read nothing for 100 ms" ]]
}

@test "a flood on stderr stops nobody" {
  run script <<'S'
natscreds_open -- "$standin"
natscreds_call test.flood
natscreds_stderr | wc -c
S
  [ "$output" = "{}
10010000" ]
}

@test "many subshells call at the same time, and each gets its own response" {
  run script <<'S'
natscreds_open
job() {
  for n in {1..25}; do
    natscreds_call -v made accounts.create "name=$1-$n"
    natscreds_field -v name name "$made"
    [[ $name == "$1-$n" ]]
  done
}
pids=()
for job in {1..6}; do job "$job" & pids+=("$!"); done
for pid in "${pids[@]}"; do wait "$pid"; done
natscreds_each accounts.list page_size=7 | sort -u | wc -l
S
  [ "$output" = 150 ]
}

@test "a subshell that is killed in the middle of a call does not keep the others out" {
  run script <<'S'
natscreds_open -- "$standin"
natscreds_call test.late &
until grep -q "^$! " "${_NATSCREDS_FOLDER[default]}/holder" 2>/dev/null; do :; done
kill -KILL "$!"
wait "$!" || echo "status $?"
for n in 1 2; do natscreds_call test.echo "n:=$n" & done
wait
S
  echo "$output"
  [ "$(grep -v 'Killed' <<<"$output" | sort)" = 'status 137
{"n":1}
{"n":2}' ] || [ "$(grep -v 'Killed' <<<"$output" | sort)" = '{"n":1}
{"n":2}
status 137' ]
}

@test "a subshell that is killed anywhere in a call, also while it takes or gives the turn, keeps nobody out" {
  run script <<'S'
natscreds_open -- "$standin"
killed() {
  n=0
  set -T
  trap '((++n == at)) && kill -KILL $BASHPID' DEBUG
  natscreds_call test.echo >/dev/null
  trap - DEBUG
  echo "$n"
}
count=$(at=0 killed)
((count > 100))
# Every fortieth command, and all of those around the two moments in which the byte is nowhere.
declare -A points
for ((at = 3; at < count; at += 40)); do points[$at]=1; done
at=0
set -T
trap '((++at)); [[ $BASH_COMMAND != *holder* && $BASH_COMMAND != *_natscreds_byte* ]] || points[$at]=1' DEBUG
natscreds_call -v x test.echo
trap - DEBUG
set +T
for at in "${!points[@]}"; do
  killed >/dev/null &
  wait "$!" && { echo "not killed at $at"; exit 1; }
  natscreds_call -v x test.echo "n:=$at"
  [[ $x == "{\"n\":$at}" ]] || { echo "after $at: $x"; exit 1; }
done 2>errors
grep '^natscreds:' errors || echo "${#points[@]}"
S
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$output" -gt 10 ]
}

@test "a trap that calls just when the turn is taken or given back neither waits nor takes anything away" {
  run script <<'S'
natscreds_open -- "$standin"
set +e
trap '[[ $BASH_COMMAND != *_natscreds_byte* && $BASH_COMMAND != *_natscreds_write_holder* || $inside ]] || {
  inside=yes; natscreds_call -v y test.echo b:=2; echo "$? $y"; inside=""; }' DEBUG
set -T
inside=""
natscreds_call -v x test.echo a:=1
trap - DEBUG
set +T
echo "$? $x"
natscreds_call test.echo c:=3
(NATSCREDS_WAIT_MS=3000 natscreds_call test.echo d:=4)
# No more than one byte.
read -r -n 1 -t 1 -u "${_NATSCREDS_TURN[default]}" byte && ! read -r -n 1 -t 0.1 -u "${_NATSCREDS_TURN[default]}" more && echo one
printf t >&"${_NATSCREDS_TURN[default]}"
S
  echo "$output"
  [ "$(grep -c '^0 {"b":2}$' <<<"$output")" -ge 3 ]
  [ "$(tail -n 4 <<<"$output")" = '0 {"a":1}
{"c":3}
{"d":4}
one' ]
}

@test "Ctrl-C in an interactive shell gives up the call, and the next goes on" {
  cat >"$place/rc" <<'S'
source "$shell/natscreds.sh"
PS1=''
natscreds_open -- "$standin"
# Called when Ctrl-C has led back to the prompt.
PROMPT_COMMAND='natscreds_call test.echo n:=1; exit'
{ until grep -qs waiting "${_NATSCREDS_FOLDER[default]}/stderr"; do :; done; echo ready; } &
natscreds_call test.late
S
  run run_in_place python3 "$shell/test/terminal.py" ready "${NATSCREDS_BASH:-bash}" --rcfile "$place/rc" -i
  echo "$output"
  [[ $output == *'{"n":1}'* ]]
}

@test "who waits too long for the others is told so" {
  run script <<'S'
natscreds_open -- "$standin"
NATSCREDS_WAIT_MS=60000 natscreds_call test.late >/dev/null &
until grep -q "^$! " "${_NATSCREDS_FOLDER[default]}/holder" 2>/dev/null; do :; done
NATSCREDS_WAIT_MS=100 natscreds_call test.echo || echo "status $? $NATSCREDS_OUTCOME"
kill "$!"
S
  [ "${lines[0]}" = "natscreds: timeout: the request was not sent, for other calls kept the program busy for 100 ms" ]
  [ "${lines[1]}" = "status 6 none" ]
}

@test "a trap may call while a call is under way" {
  run script <<'S'
natscreds_open -- "$standin"
trap 'natscreds_call test.echo trapped:=true; exit 5' USR1
{ until grep -q "^$$ " "${_NATSCREDS_FOLDER[default]}/holder" 2>/dev/null; do :; done; kill -USR1 $$; } &
natscreds_call test.late
S
  [ "$status" -eq 5 ]
  [ "$output" = '{"trapped":true}' ]
}

@test "a script that ignores SIGPIPE and one that does not outlive the program both" {
  for ignoring in : "trap '' PIPE"; do
    run script <<S
$ignoring
natscreds_open -- "\$standin"
natscreds_call test.killed 2>/dev/null || echo "status \$?"
for n in {1..50}; do natscreds_call test.echo 2>/dev/null || echo "status \$?"; done | sort | uniq -c | tr -s ' '
natscreds_close
natscreds_open
natscreds_call bridge.ping
S
    echo "$output"
    [ "$output" = "status 7
 50 status 7
{}" ]
  done
}

@test "a program that ends neither at the end of input nor at SIGTERM is killed" {
  run script <<'S'
natscreds_open -- "$standin" stubborn
pid=$(<"${_NATSCREDS_FOLDER[default]}/pid")
natscreds_close
! kill -0 "$pid" 2>/dev/null || exit 1
natscreds_close
S
  [ "$status" -eq 0 ]
  nothing_is_left
}

@test "closing ends the program also while a subshell is in mid-call, and that call is told" {
  run script <<'S'
natscreds_open -- "$standin"
natscreds_call test.late &
until grep -q "^$! " "${_NATSCREDS_FOLDER[default]}/holder" 2>/dev/null; do :; done
natscreds_close
echo "<$NATSCREDS_KIND>"
wait "$!" || echo "status $?"
S
  echo "$output"
  [ "$(grep -v '^<>$' <<<"$output")" = "natscreds: program_ended: the program has ended by signal 15; its last lines: waiting (outcome: unknown)
status 7" ]
  [[ $output == *'<>'* ]]
}

@test "a trap that closes while the script closes has nothing to do" {
  run script <<'S'
natscreds_open -- "$standin" stubborn
trap 'natscreds_close; echo "trapped $?"' USR1
{ until grep -q "^$$ close" "${_NATSCREDS_FOLDER[default]}/holder" 2>/dev/null; do :; done; kill -USR1 $$; } &
natscreds_close
echo "closed $?"
S
  [ "$output" = "trapped 0
closed 0" ]
}
