#!/usr/bin/env bats
# What a script may have set before it calls: options, compatibility levels, variables that are readonly, aliases, functions named like commands.
# None of it changes what a call does, and no call changes any of it.

load helpers

# Begins a script with `under HABIT`: everything once, with a name that is hard to write and to read, in a subshell that has this habit. What is
# called in it are the library's functions only.
under() {
  cat <<'S'
touch a b
everything() {
  NATSCREDS=mine # on a line of its own, for posix mode of bash 4.4
  natscreds_open || exit 11
  natscreds_call bridge.ping >|pong || exit 12
  natscreds_close || exit 13
  NATSCREDS=''
  natscreds_call -v Made credentials.create "name=$hard" || exit 14
  natscreds_field -v Name name "$Made" || exit 15
  [[ $Name == "$hard" ]] || exit 16
  natscreds_each credentials.list page_size=1 >|rows || exit 17
  natscreds_field -v Id id "$(<rows)" || exit 18
  natscreds_field -v Name name "$(<rows)" || exit 19
  [[ $Name == "$hard" ]] || exit 20
  natscreds_call credentials.delete "nats_credentials_id=$Id" >|deleted || exit 21
  ! natscreds_call credentials.get "nats_credentials_id=$Id" 2>|refused || exit 22
  [[ $NATSCREDS_KIND == not_found ]] || exit 23
  ! natscreds_call bridge.ping 'text:={"a":"\""}}' 2>|refused || exit 24
  natscreds_stderr || exit 25
}
hard='* [a-b] x1 \ \\ \n " \" & \& {"a":["}"]} é'
# bash 4.4 switches aliases off itself, at the end of every function that has a `local -`.
state() { set +o; trap -p; printf '%s\n' "${IFS-}"; if ((BASH_VERSINFO[0] > 4)); then shopt -p; else shopt -p | grep -v expand_aliases; fi; }
under() {
  local status=0
  (
    eval "$1"
    before=$(state)
    everything
    after=$(state)
    [[ $before == "$after" ]] || exit 26
  ) || status=$?
  ((status == 0)) || { printf '%s: %s\n' "$1" "$status"; exit 1; }
}
natscreds_open
S
  cat
}

# Nothing said, on stdout or stderr, but what bash says of a locale that is not there.
is_silent() {
  echo "$output $stderr"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  run ! grep -vE '^$|setlocale' <<<"$stderr"
}

@test "every option of the shell, on and off" {
  run --separate-stderr script < <(under <<'S'
for name in $(shopt | cut -f 1); do
  # These two cannot be set.
  [[ $name != restricted_shell && $name != login_shell ]] || continue
  for switch in -s -u; do under "shopt $switch $name"; done
done
# The others would end or change the test itself: noexec, onecmd, xtrace and verbose; what `set -k` does is in the README.
for name in $(set -o | cut -f 1); do
  [[ ! $name =~ ^(noexec|onecmd|xtrace|verbose|keyword)$ ]] || continue
  for switch in -o +o; do under "set $switch $name"; done
done
S
  )
  is_silent
}

@test "habits of scripts" {
  run --separate-stderr script < <(under <<'S'
habits=('IFS=' 'IFS=1\"n' 'IFS=: ' 'IFS=0123456789.t' 'IFS=}' 'unset IFS' 'shopt -s nullglob failglob'
  'shopt -s nocasematch extglob nocaseglob dotglob' 'set +euo pipefail' 'set -euo pipefail; shopt -s inherit_errexit' 'trap "" PIPE CHLD'
  'LC_ALL=C' 'LC_ALL=xx_YY.UTF-8' 'unset LANG LC_ALL' 'GLOBIGNORE=*' 'TMOUT=1' 'CDPATH=/' 'POSIXLY_CORRECT=1' 'declare -i REPLY' 'declare -u LC_ALL'
  'FUNCNEST=12') # ten, and the two of this test
for habit in "${habits[@]}"; do under "$habit"; done
S
  )
  is_silent
}

@test "every compatibility level" {
  run --separate-stderr script < <(under <<'S'
for level in 3.1 3.2 4.0 4.1 4.2 4.3 4.4 5.0 5.1 5.2 5.3; do
  # Not those that this bash does not know yet.
  [[ -n $( (BASH_COMPAT=$level) 2>&1) ]] || under "BASH_COMPAT=$level"
done
S
  )
  is_silent
  # From the first line on.
  for level in 3.1 4.2; do
    printf 'source %q\n%s\n' "$shell/natscreds.sh" "$(under <<<'under :')" >"$place/from-the-first.sh"
    run --separate-stderr run_in_place env "BASH_COMPAT=$level" "${NATSCREDS_BASH:-bash}" "$place/from-the-first.sh"
    is_silent
  done
}

@test "posix mode from the first line on" {
  printf 'source %q\n%s\n' "$shell/natscreds.sh" "$(under <<<'under :')" >"$place/from-the-first.sh"
  run --separate-stderr run_in_place env POSIXLY_CORRECT=1 "${NATSCREDS_BASH:-bash}" "$place/from-the-first.sh"
  is_silent
}

@test "every variable of the shell is readonly" {
  run --separate-stderr script < <(under <<'S'
for name in $(compgen -v | grep -vE '^(_|BASH_REMATCH)$|natscreds|NATSCREDS|^(place|shell|standin|hard)$') REPLY LC_ALL LC_CTYPE LANG TMOUT TMPDIR MAPFILE COPROC; do
  under "readonly $name"
done
under 'readonly NATSCREDS_WAIT_MS NATS_CREDENTIALS_BRIDGE TMPDIR'
under 'readonly IFS='
under 'readonly IFS=1\"n'
under 'readonly LC_ALL=C'
under 'readonly LC_ALL=C.UTF-8'
S
  )
  is_silent
}

@test "a text that is not UTF-8 is refused, also where the script's locale is readonly" {
  run script <<'S'
natscreds_open
for locale in C C.UTF-8; do
  (
    readonly LC_ALL=$locale
    for text in $'\xff' $'a\xc0\x80' $'\xed\xa0\x80' $'\xf4\x90\x80\x80' $'a\xe2\x82'; do
      ! natscreds_call bridge.ping "text=$text" 2>/dev/null || exit 1
      printf '%s %s\n' "$NATSCREDS_CODE" "$NATSCREDS_KIND"
    done
  )
done | sort | uniq -c | tr -s ' '
S
  echo "$output"
  [ "$output" = " 10 invalid_params" ]
}

@test "variables that the script made readonly are left alone" {
  run script <<'S'
mkdir precious
touch precious/natscreds precious/kept
for word in $(grep -o '_natscreds_[a-z_0-9]*' "$shell/natscreds.sh" | sed 's/^_natscreds_//' | sort -u); do declare -r "$word=$PWD/precious"; done
[[ $folder == "$PWD/precious" && $fd && $line && $text && $rest && $status ]]
natscreds_open
natscreds_call -v Made accounts.create name=MixedCase
natscreds_field name "$Made"
natscreds_each accounts.list
natscreds_call nothing.such 2>/dev/null || natscreds_stderr
natscreds_close
ls precious
S
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = MixedCase ]
  [ "${#lines[@]}" -eq 4 ]
  [ "${lines[3]}" = natscreds ]
}

@test "-v with a variable that is readonly: nothing is sent" {
  run script <<'S'
natscreds_open
readonly made=before
! natscreds_call -v made credentials.create name=app || exit 1
! natscreds_field -v made a '{"a":1}' || exit 1
echo "$made $NATSCREDS_KIND $NATSCREDS_OUTCOME"
natscreds_call credentials.list | grep -o '"total_count":[0-9]*'
S
  [ "$output" = 'natscreds: invalid_params: the variable made that -v names is readonly
natscreds: invalid_params: the variable made that -v names is readonly
before invalid_params none
"total_count":0' ]
}

@test "functions named like commands" {
  run --separate-stderr script < <(under <<'S'
# Not those that bash itself is directed by, nor what says that a command is meant and no function.
for name in $(compgen -b | grep -vxE '\[|:|\.|local|declare|return|exec|exit|break|continue|eval|source|builtin|command') mktemp mkfifo rm env cat; do
  under "$name() { builtin echo wrong $name >&2; return 1; }; everything; exit"
done
S
  )
  is_silent
}

@test "aliases of commands and of words of the language" {
  run --separate-stderr script < <(under <<'S'
shopt -s expand_aliases
for name in $(compgen -bk | grep -E '^[a-z]+$') mktemp mkfifo rm env; do alias "$name=echo wrong $name;"; done
\builtin source "$shell/natscreds.sh"
\builtin shopt -q expand_aliases
\builtin unalias -a
under :
S
  )
  is_silent
}

@test "sourcing and calling adds only names that begin with natscreds" {
  run script <<'S'
names() { (compgen -v; compgen -A function; alias; trap -p; shopt -p; set +o) | sort; }
# Those that a shell has only after it has been at work.
: "${BASH_REMATCH-}" "$(true)"
[[ a =~ a ]]
bash_names='^(_|BASH_REMATCH|PIPESTATUS|before|after|made|id)$'
before=$(env -i PATH="$PATH" HOME="$HOME" "$BASH" -c "[[ a =~ a ]]; $(declare -f names); names" | grep -vE "$bash_names")
export NATS_CREDENTIALS_BRIDGE
after=$(env -i PATH="$PATH" HOME="$HOME" NATS_CREDENTIALS_BRIDGE="$NATS_CREDENTIALS_BRIDGE" SCW_DEFAULT_REGION=local TMPDIR="$TMPDIR" TEST_MARK="$TEST_MARK" \
  shell="$shell" "$BASH" -c "
    [[ a =~ a ]]
    $(declare -f names)
    source \"\$shell/natscreds.sh\"
    natscreds_open; natscreds_call -v made bridge.info; natscreds_each accounts.list; natscreds_field -v id name \"\$made\"; natscreds_close
    names" | grep -vE "$bash_names|^(NATS_CREDENTIALS_BRIDGE|SCW_DEFAULT_REGION|TMPDIR|TEST_MARK|shell)$")
comm -13 <(echo "$before") <(echo "$after") | grep -viE '^_?natscreds_' || echo none
comm -23 <(echo "$before") <(echo "$after")
S
  echo "$output"
  [ "$output" = none ]
}
