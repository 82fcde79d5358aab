# shellcheck shell=bash
# natscreds.sh 0.1.0 — NATS credentials from bash scripts: a library to be sourced, for bash 4.4 and newer.
# It comes from clients/shell of nats-credentials-bridge, whose program it runs; a copy of this one file is all a script needs.
#
#   natscreds_open [--temporary] [ARGUMENT…] [-- COMMAND…]      starts the program nats-credentials-bridge, with these arguments, or this command
#                                                   instead; --temporary: on the region local, with a state folder that is gone at the end
#   natscreds_call [-v VAR] METHOD [KEY=VALUE…] [KEY:=JSON…]    one request; its result, one line of JSON, on stdout or in VAR
#   natscreds_each METHOD [KEY=VALUE…] [KEY:=JSON…] every row of a list, a line of JSON each, on stdout
#   natscreds_field [-v VAR] NAME[.NAME…] JSON      a member of a result or row: the text of a string, the JSON of anything else
#   natscreds_stderr                                what the program has written to its stderr
#   natscreds_close                                 ends the program; in a subshell, only lets go of it
#
# Several at once: NATSCREDS=NAME before any of these, e.g. `NATSCREDS=paris natscreds_call bridge.ping`.
# Errors are one line on stderr, a status (2 wrong request, 3 not found, 4 not allowed, 5 conflict, 6 may succeed later, 7 no program, 74 stdout
# failed, 1 others) and, outside of $(…), NATSCREDS_KIND, _CODE, _OUTCOME, _MESSAGE, _ERROR. The README says more.
#
# How it works. The program runs under a keeper, a subshell that outlives it and clears up. Three named pipes in a private folder lead to the
# requests (in), the responses (out) and the turn: a pipe with a single byte that whoever talks to the program holds. One exchange, from a request
# to its response, is one turn; so two subshells never read from `out` at the same time, and never have to hand on what belongs to another. All
# of it is bash: a call starts no process.

# The script's aliases, also those of words such as `if`, would be expanded in what is read from here on. At the end they are on again.
_natscreds_aliases=''
\builtin shopt -q expand_aliases && _natscreds_aliases=-s
\builtin shopt -u expand_aliases

if ((BASH_VERSINFO[0] < 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] < 4))); then
  builtin printf 'natscreds: bash 4.4 or newer is needed; this is %s\n' "$BASH_VERSION" >&2
  builtin shopt "${_natscreds_aliases:--u}" expand_aliases
  return 1
fi

# By the name of the bridge. Declared without values, so that sourcing twice forgets nothing.
declare -gA _NATSCREDS_FOLDER _NATSCREDS_OWNER _NATSCREDS_IN _NATSCREDS_OUT _NATSCREDS_TURN
declare -g NATSCREDS_KIND='' NATSCREDS_CODE='' NATSCREDS_OUTCOME='' NATSCREDS_MESSAGE='' NATSCREDS_ERROR=''
declare -g _natscreds_home=${BASH_SOURCE[0]%/*}
[[ ${BASH_SOURCE[0]} == */* ]] || _natscreds_home=.
# The script may change its folder before it opens a bridge.
[[ $_natscreds_home == /* ]] || _natscreds_home=$PWD/$_natscreds_home

# ---- what a script calls -------------------------------------------------------------------------------------------------------------------

# Each of these takes away, for as long as it runs, the options that would break it or show its secrets; `local -` gives them back. IFS and the
# other options stay the script's, so that a trap which comes meanwhile finds as little changed as can be. For the same reason, and because a
# local cannot have the name of a variable that the script made readonly, every local begins with _natscreds_; bash's own IFS, REPLY and LC_ALL,
# where they are readonly, are done without.
# `builtin` and `command` stand before whatever the script may have a function of the same name for. Not before what directs bash itself: local,
# declare, return, exec.
# Everywhere below `return` has a number: without one, in a function that a trap calls, it returns the status from before the trap.

natscreds_open() {
  local - _natscreds_status=0
  builtin set +aCeuvx
  _natscreds_plainly _natscreds_open "$@" || _natscreds_status=$?
  return "$_natscreds_status"
}

natscreds_call() {
  local - _natscreds_result='' _natscreds_target='' _natscreds_status=0
  builtin set +aCeuvx
  if [[ ${1-} == -v ]]; then
    _natscreds_is_variable "${2-}" || return "$?"
    _natscreds_target=$2
    builtin shift 2
  fi
  _natscreds_plainly _natscreds_call "$@" || _natscreds_status=$?
  ((_natscreds_status == 0)) || return "$_natscreds_status"
  _natscreds_hand_out "$_natscreds_target" "$_natscreds_result"
}

natscreds_each() {
  local - _natscreds_status=0
  builtin set +aCeuvx
  _natscreds_plainly _natscreds_each "$@" || _natscreds_status=$?
  return "$_natscreds_status"
}

natscreds_field() {
  local - _natscreds_value='' _natscreds_target='' _natscreds_status=0
  builtin set +aCeuvx
  if [[ ${1-} == -v ]]; then
    _natscreds_is_variable "${2-}" || return "$?"
    _natscreds_target=$2
    builtin shift 2
  fi
  _natscreds_plainly _natscreds_field "$@" || _natscreds_status=$?
  ((_natscreds_status == 0)) || return "$_natscreds_status"
  _natscreds_hand_out "$_natscreds_target" "$_natscreds_value"
}

natscreds_stderr() {
  local - _natscreds_line _natscreds_lines=()
  builtin set +aCeuvx
  _natscreds_is_open || return "$?"
  builtin mapfile -t _natscreds_lines 2>/dev/null <"${_NATSCREDS_FOLDER[${NATSCREDS:-default}]}/stderr" || :
  for _natscreds_line in "${_natscreds_lines[@]}"; do builtin printf '%s\n' "$_natscreds_line"; done
}

natscreds_close() {
  local -
  builtin set +aCeuvx
  _natscreds_plainly _natscreds_close
}

# ---- small things --------------------------------------------------------------------------------------------------------------------------

# Without nocasematch, the only option of shopt that matters here; `local -` does not cover those.
_natscreds_plainly() {
  builtin shopt -q nocasematch || { "$@"; return "$?"; }
  local _natscreds_status=0
  builtin shopt -u nocasematch
  "$@" || _natscreds_status=$?
  builtin shopt -s nocasematch
  return "$_natscreds_status"
}

# Asked before the request is sent: the result of a change would be lost.
_natscreds_is_variable() {
  if [[ ! $1 =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then
    _natscreds_fail 2 invalid_params none '' "-v wants the name of a variable"
  elif [[ ${!1@a} == *r* ]]; then
    _natscreds_fail 2 invalid_params none '' "the variable $1 that -v names is readonly"
  fi
}

# To VAR if it is not empty, else to stdout. printf -v is called where no local of ours can stand before the caller's variable.
_natscreds_hand_out() {
  if [[ -n $1 ]]; then
    builtin printf -v "$1" %s "$2"
  else
    builtin printf '%s\n' "$2" || _natscreds_fail 74 not_written 'done' '' "the result could not be written to stdout"
  fi
}

# STATUS KIND OUTCOME CODE MESSAGE. What it says is one line, whatever the program put into its message.
_natscreds_fail() {
  local _natscreds_suffix=''
  NATSCREDS_KIND=$2 NATSCREDS_OUTCOME=$3 NATSCREDS_CODE=$4 NATSCREDS_MESSAGE=${5//[[:cntrl:]]/?}
  [[ $3 == none ]] || _natscreds_suffix=" (outcome: $3)"
  builtin printf 'natscreds: %s: %s%s\n' "$2" "$NATSCREDS_MESSAGE" "$_natscreds_suffix" >&2
  return "$1"
}

# shellcheck disable=SC2034 # they are for the script
_natscreds_no_error() { NATSCREDS_KIND='' NATSCREDS_CODE='' NATSCREDS_OUTCOME='' NATSCREDS_MESSAGE='' NATSCREDS_ERROR=''; }

_natscreds_is_open() {
  [[ -n ${_NATSCREDS_FOLDER[${NATSCREDS:-default}]-} ]] && return 0
  _natscreds_fail 7 not_open none '' "no bridge is open under the name ${NATSCREDS:-default}: call natscreds_open first"
}

# TEXT split at a character, into _natscreds_words; only here are IFS and globbing the library's.
_natscreds_split() {
  if [[ ${IFS@a} == *r* ]]; then
    _natscreds_split_slowly "$@"
    return 0
  fi
  local - IFS=$1
  builtin set -f
  # shellcheck disable=SC2206
  _natscreds_words=($2)
}

# FILE VAR [VAR]: the words of its first line, in variables; they stay as they are if there is no such file. Without IFS.
_natscreds_first_words() {
  local _natscreds_lines=()
  builtin mapfile -t -n 1 _natscreds_lines 2>/dev/null <"$1" || return 0
  [[ -n ${_natscreds_lines[0]-} ]] || return 0
  builtin printf -v "$2" %s "${_natscreds_lines[0]%% *}"
  [[ -z ${3-} ]] || { _natscreds_lines[0]=${_natscreds_lines[0]#* } && builtin printf -v "$3" %s "${_natscreds_lines[0]%% *}"; }
}

# The same as _natscreds_split, where IFS is readonly.
_natscreds_split_slowly() {
  local _natscreds_rest=$2
  _natscreds_words=()
  while [[ $_natscreds_rest == *"$1"* ]]; do
    _natscreds_words+=("${_natscreds_rest%%"$1"*}")
    _natscreds_rest=${_natscreds_rest#*"$1"}
  done
  [[ -z $_natscreds_rest ]] || _natscreds_words+=("$_natscreds_rest")
}

# The time in milliseconds, in _natscreds_clock. EPOCHREALTIME is bash 5's, and has the comma of some languages; bash 4.4 counts whole seconds.
_natscreds_now() {
  local _natscreds_micros=${EPOCHREALTIME-}
  _natscreds_micros=${_natscreds_micros//[!0-9]/}
  if ((${#_natscreds_micros} > 6)); then _natscreds_clock=${_natscreds_micros%???}; else builtin printf -v _natscreds_clock '%(%s)T000' -1; fi
}

# The time until DEADLINE as `read -t` takes it, in _natscreds_left; fails if there is none left.
_natscreds_until() {
  local _natscreds_clock _natscreds_milliseconds
  _natscreds_now
  _natscreds_milliseconds=$(($1 - _natscreds_clock))
  ((_natscreds_milliseconds > 0)) || return 1
  builtin printf -v _natscreds_left '%d.%03d' "$((_natscreds_milliseconds / 1000))" "$((_natscreds_milliseconds % 1000))"
}

# ---- opening -------------------------------------------------------------------------------------------------------------------------------

_natscreds_open() {
  local _natscreds_name=${NATSCREDS:-default} _natscreds_arguments=() _natscreds_command=() _natscreds_status=0
  local _natscreds_folder='' _natscreds_in='' _natscreds_out='' _natscreds_turn='' _natscreds_both='' _natscreds_temporary=''
  _natscreds_no_error
  if [[ ! $_natscreds_name =~ ^[A-Za-z0-9_.-]+$ ]]; then
    _natscreds_fail 2 invalid_params none '' "NATSCREDS, the name of a bridge, has letters, digits, dots, - and _ only"
    return "$?"
  fi
  while (($#)) && [[ $1 != -- ]]; do
    if [[ $1 == --temporary ]]; then _natscreds_temporary=yes; else _natscreds_arguments+=("$1"); fi
    builtin shift
  done
  (($#)) && { builtin shift; _natscreds_command=("$@"); }
  if [[ -n ${_NATSCREDS_FOLDER[$_natscreds_name]-} ]]; then
    _natscreds_fail 2 already_open none '' \
      "a bridge is open under the name $_natscreds_name: natscreds_close it, or give this one another with NATSCREDS=NAME"
    return "$?"
  fi
  _natscreds_find_program || return "$?"
  _natscreds_command+=("${_natscreds_arguments[@]}")
  _natscreds_make_folder || return "$?"
  # The last options count, so none of the script's leads elsewhere; and nobody listens on port 1. The keeper removes the folder with all in it.
  [[ -z $_natscreds_temporary ]] || _natscreds_command+=(--region local --state "$_natscreds_folder/state" --nats-url nats://127.0.0.1:1)

  # The pipes are opened before the keeper starts, and for both directions: so nobody waits for the other, and if one is killed or cannot start,
  # the other sees the end of the pipe. `in` stays so: a write never draws SIGPIPE, and it can be seen whether the program reads. `out` is kept
  # for reading only: its end of file is the news that the program is gone.
  # shellcheck disable=SC2094 # the name is only for comparing
  _natscreds_private _natscreds_in "$_natscreds_folder/in" 2>/dev/null <>"$_natscreds_folder/in" \
    && _natscreds_private _natscreds_both "$_natscreds_folder/out" 2>/dev/null <>"$_natscreds_folder/out" \
    && _natscreds_private _natscreds_out "$_natscreds_folder/out" 2>/dev/null <"$_natscreds_folder/out" \
    && _natscreds_private _natscreds_turn "$_natscreds_folder/turn" 2>/dev/null <>"$_natscreds_folder/turn" || _natscreds_status=$?
  if ((_natscreds_status)); then
    _natscreds_let_go "$_natscreds_in" "$_natscreds_both" "$_natscreds_out" "$_natscreds_turn"
    _natscreds_remove "$_natscreds_folder"
    _natscreds_fail 1 storage none '' "the pipes to the program could not be opened: the limit of open files (ulimit -n) may be too low"
    return "$?"
  fi
  # Monitoring gives the program a process group of its own, so that Ctrl-C is the script's to handle. From a subshell, so that $! and the jobs
  # stay the script's.
  (builtin set -m; (_natscreds_keeper "$_natscreds_folder" "${_natscreds_command[@]}") </dev/null >/dev/null 2>&1 &)
  _natscreds_let_go "$_natscreds_both"
  _natscreds_write_holder "free opened"
  builtin printf t >&"$_natscreds_turn"
  _NATSCREDS_IN[$_natscreds_name]=$_natscreds_in _NATSCREDS_OUT[$_natscreds_name]=$_natscreds_out
  _NATSCREDS_TURN[$_natscreds_name]=$_natscreds_turn _NATSCREDS_OWNER[$_natscreds_name]=$BASHPID
  _NATSCREDS_FOLDER[$_natscreds_name]=$_natscreds_folder

  _natscreds_greet "${_natscreds_command[0]}" || _natscreds_status=$?
  ((_natscreds_status == 0)) || _natscreds_close
  return "$_natscreds_status"
}

# Sets _natscreds_folder. Its name is taken over by command substitution, which is where a shell needs a process.
_natscreds_make_folder() {
  if _natscreds_folder=$(command mktemp -d -- "${TMPDIR:-/tmp}/natscreds.XXXXXX" 2>/dev/null); then
    [[ $_natscreds_folder == /* ]] || _natscreds_folder=$PWD/$_natscreds_folder
    command mkfifo "$_natscreds_folder/in" "$_natscreds_folder/out" "$_natscreds_folder/turn" 2>/dev/null && return 0
    _natscreds_remove "$_natscreds_folder"
  fi
  _natscreds_fail 1 storage none '' "no private folder could be made in ${TMPDIR:-/tmp}: set TMPDIR to a folder that can be written to"
}

# Nothing but what mktemp has made.
_natscreds_remove() { [[ $1 == /*/natscreds.?????? ]] && command rm -rf -- "$1"; }

_natscreds_let_go() {
  local _natscreds_fd
  for _natscreds_fd; do [[ -z $_natscreds_fd ]] || exec {_natscreds_fd}<&-; done
}

# Sets _natscreds_command, or says what was looked at. A place that names a program is final: another is never taken for one that was asked for.
_natscreds_find_program() {
  local _natscreds_program=nats-credentials-bridge _natscreds_variable=${NATS_CREDENTIALS_BRIDGE-} _natscreds_found
  local _natscreds_looked="command after --: "
  if ((${#_natscreds_command[@]})); then
    builtin type -P -- "${_natscreds_command[0]}" >/dev/null && return 0
    _natscreds_looked+="${_natscreds_command[0]} cannot be run"
  elif _natscreds_looked+="not given; NATS_CREDENTIALS_BRIDGE: " && [[ -n $_natscreds_variable ]]; then
    _natscreds_found=$(builtin type -P -- "$_natscreds_variable") && { _natscreds_command=("$_natscreds_found"); return 0; }
    _natscreds_looked+="$_natscreds_variable cannot be run"
  elif _natscreds_looked+="not set; beside natscreds.sh: " && [[ -e $_natscreds_home/$_natscreds_program ]]; then
    _natscreds_found=$(builtin type -P -- "$_natscreds_home/$_natscreds_program") && { _natscreds_command=("$_natscreds_found"); return 0; }
    _natscreds_looked+="$_natscreds_home/$_natscreds_program cannot be run"
  else
    _natscreds_found=$(builtin type -P -- "$_natscreds_program") && { _natscreds_command=("$_natscreds_found"); return 0; }
    _natscreds_looked+="not there; PATH: no $_natscreds_program in its folders"
  fi
  _natscreds_fail 7 program_not_found none '' "the program cannot be started. Looked at: $_natscreds_looked"
}

# Runs the program, and stays when it has ended: it leaves the status where every subshell finds it, takes what is still sent, and removes
# the folder when the last shell that could send is gone, however that ended. A trap in the script could do this only until another replaces it.
_natscreds_keeper() {
  local _natscreds_folder=$1 _natscreds_fd _natscreds_in _natscreds_out _natscreds_status=0 _natscreds_lines=()
  builtin shift
  builtin trap - EXIT ERR DEBUG RETURN
  builtin set +fm
  builtin set +o posix
  # Its own ends first, while the script's are still there to be met, whether the script lives or not.
  exec {_natscreds_in}<"$_natscreds_folder/in" {_natscreds_out}>"$_natscreds_folder/out"
  # Hides files from patterns.
  builtin unset GLOBIGNORE
  # Nothing of the script's is held open from here on: other bridges' pipes, a pipe somebody waits at, a lock.
  for _natscreds_fd in /dev/fd/*; do
    _natscreds_fd=${_natscreds_fd##*/}
    ((_natscreds_fd < 3 || _natscreds_fd == 255 || _natscreds_fd == _natscreds_in || _natscreds_fd == _natscreds_out)) || exec {_natscreds_fd}<&-
  done
  exec 3<&"$_natscreds_in" 4>&"$_natscreds_out" {_natscreds_in}<&- {_natscreds_out}>&-
  (
    builtin printf '%s\n' "$BASHPID" >"$_natscreds_folder/pid"
    exec "$@"
  ) <&3 >&4 2>>"$_natscreds_folder/stderr" 3<&- 4>&- &
  exec 4>&-
  builtin wait "$!" || _natscreds_status=$?
  builtin printf '%s\n' "$_natscreds_status" >"$_natscreds_folder/ended"
  while builtin mapfile -n 100 -t _natscreds_lines <&3 && ((${#_natscreds_lines[@]})); do :; done
  _natscreds_remove "$_natscreds_folder"
}

# Descriptor 0 as a new one that no other program inherits, its number in the variable $1. Bash has no word for close-on-exec, but has it where
# it saves descriptor 0 for the length of a redirection, and a copy of such a descriptor has it, too. The saved one gets the lowest number that
# is free from 10 on. (Those of `coproc` have it as well; but bash has room for one coproc, and that one is the script's.)
# `command`: a redirection of exec that fails ends a script in posix mode.
_natscreds_private() {
  local _natscreds_slot='' _natscreds_copy=''
  command exec {_natscreds_slot}</dev/null && exec {_natscreds_slot}<&- || return 1
  { command exec {_natscreds_copy}<&"$_natscreds_slot"; } </dev/null 2>/dev/null || return 1
  # A trap may have opened something in between; a descriptor that leaks is better than a wrong one.
  [[ -n $_natscreds_copy && /dev/fd/$_natscreds_copy -ef $2 ]] || command exec {_natscreds_copy}<&0 || return 1
  builtin printf -v "$1" %s "$_natscreds_copy"
}

_natscreds_greet() {
  local _natscreds_result=''
  local _natscreds_wait_ms=10000
  _natscreds_call bridge.info protocol=1 || return "$?"
  [[ $_natscreds_result == '{"name":"nats-credentials-bridge",'* ]] && return 0
  _natscreds_fail 7 not_ours none '' "$1 is another program: it does not answer as nats-credentials-bridge does"
}

# ---- a request -----------------------------------------------------------------------------------------------------------------------------

# Sets _natscreds_result.
_natscreds_call() {
  local _natscreds_method=${1-} _natscreds_params='' _natscreds_id _natscreds_answer='' _natscreds_parts=() _natscreds_limit _natscreds_is_read
  _natscreds_no_error
  _natscreds_is_open || return "$?"
  builtin shift
  _natscreds_read_arguments "$_natscreds_method" "$@" || return "$?"
  _natscreds_exchange "$_natscreds_method" "$_natscreds_params" || return "$?"
  _natscreds_read_answer
}

# METHOD KEY=VALUE…: sets _natscreds_params, without its braces, _natscreds_limit in milliseconds and _natscreds_is_read. As `call` of the
# program has it: split at the first =, and what the schemas want as a number or true or false is passed on as such.
_natscreds_read_arguments() {
  local _natscreds_method=$1 _natscreds_argument _natscreds_key _natscreds_value _natscreds_timeout=30000 _natscreds_grace=15000
  local _natscreds_json # a trap may call between the two steps that use it
  if [[ ! $_natscreds_method =~ ^[A-Za-z_.$/]+$ ]]; then
    _natscreds_fail 2 invalid_params none '' "a method comes first, such as credentials.list"
    return "$?"
  fi
  builtin shift
  for _natscreds_argument; do
    if [[ $_natscreds_argument != ?*=* || $_natscreds_argument == :=* ]]; then
      _natscreds_fail 2 invalid_params none '' "parameters are key=value or key:=json"
      return "$?"
    fi
    _natscreds_key=${_natscreds_argument%%=*} _natscreds_value=${_natscreds_argument#*=}
    if [[ $_natscreds_key == *: ]]; then
      _natscreds_key=${_natscreds_key%:}
      _natscreds_is_json "$_natscreds_value" \
        || { _natscreds_fail 2 invalid_params none '' "what follows $_natscreds_key:= is not JSON on one line"; return "$?"; }
    elif ! _natscreds_is_raw "$_natscreds_key" "$_natscreds_value"; then
      _natscreds_string "$_natscreds_value" || { _natscreds_fail 2 invalid_params none '' "the value of $_natscreds_key is not UTF-8"; return "$?"; }
      _natscreds_value=$_natscreds_json
    fi
    [[ $_natscreds_key != timeout_ms || ! $_natscreds_value =~ ^[0-9]{1,6}$ ]] || _natscreds_timeout=$((10#$_natscreds_value))
    _natscreds_string "$_natscreds_key" || { _natscreds_fail 2 invalid_params none '' "a parameter's name is not UTF-8"; return "$?"; }
    _natscreds_params+=${_natscreds_params:+,}$_natscreds_json:$_natscreds_value
  done
  case $_natscreds_method in
    *.list | *.get | *.stream | bridge.* | rpc.*) _natscreds_grace=5000 _natscreds_is_read=yes ;;
    *) _natscreds_is_read='' ;;
  esac
  # The program answers by timeout_ms, and a change that was sent 15 seconds later at most.
  _natscreds_limit=$((_natscreds_timeout + _natscreds_grace))
  local _natscreds_wait=${NATSCREDS_WAIT_MS:-${_natscreds_wait_ms-}}
  [[ ! $_natscreds_wait =~ ^[0-9]{1,9}$ ]] || _natscreds_limit=$((10#$_natscreds_wait))
}

# The params that are numbers, or true or false, in every method that has them. A test compares them with the schemas.
_natscreds_is_raw() {
  case $1 in
    page | page_size | max_pages | timeout_ms | overwrite | missing_ok | keep_streams)
      [[ $2 =~ ^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$ || $2 == true || $2 == false ]]
      ;;
    *) return 1 ;;
  esac
}

# Whether it can stand as a value: whole and nothing beyond, so that nobody writes an envelope of his own. What is inside of an array or object
# is the program's to judge.
_natscreds_is_json() {
  local _natscreds_scalar='^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null|"([^"\\]|\\.)*")$'
  [[ $1 != *[[:cntrl:]]* ]] && _natscreds_is_utf8 "$1" || return "$?"
  [[ $1 =~ $_natscreds_scalar ]] && return 0
  [[ $1 == \{*\} || $1 == \[*\] ]] && _natscreds_is_whole "$1"
}

# Whether all strings, arrays and objects that begin in TEXT end in it, and none before it.
_natscreds_is_whole() {
  local _natscreds_text=$1 _natscreds_outside='' _natscreds_others='[!{}\[\]]' _natscreds_index _natscreds_depth=0 _natscreds_words
  ((${#_natscreds_text} > 1)) || return 1
  [[ $_natscreds_text != *\\* ]] || { _natscreds_text=${_natscreds_text//\\\\/}; _natscreds_text=${_natscreds_text//\\\"/}; }
  # Split at the quotes: every second word is in a string.
  _natscreds_split '"' "$_natscreds_text"
  ((${#_natscreds_words[@]} % 2)) || return 1
  # A row of the program's: nothing inside, nothing to count.
  [[ ${_natscreds_text:1:${#_natscreds_text}-2} == *[][{}]* ]] || return 0
  for ((_natscreds_index = 0; _natscreds_index < ${#_natscreds_words[@]}; _natscreds_index += 2)); do
    _natscreds_outside+=${_natscreds_words[_natscreds_index]}
  done
  _natscreds_outside=${_natscreds_outside//$_natscreds_others/}
  for ((_natscreds_index = 0; _natscreds_index < ${#_natscreds_outside}; _natscreds_index++)); do
    case ${_natscreds_outside:_natscreds_index:1} in
      \{ | \[) ((++_natscreds_depth)) ;;
      *) ((--_natscreds_depth > 0 || _natscreds_index + 1 == ${#_natscreds_outside})) || return 1 ;;
    esac
  done
  ((_natscreds_depth == 0))
}

# In _natscreds_text, each CHARACTER by TEXT. Not by ${…//…/…}: what becomes of a backslash there depends on the level of compatibility
# (BASH_COMPAT, shopt compat42), and on patsub_replacement.
_natscreds_replace() {
  local _natscreds_rest=$_natscreds_text _natscreds_chunk
  _natscreds_text=''
  while [[ $_natscreds_rest == *"$1"* ]]; do
    _natscreds_chunk=${_natscreds_rest%%"$1"*}
    _natscreds_text+=$_natscreds_chunk$2
    _natscreds_rest=${_natscreds_rest:${#_natscreds_chunk} + 1}
  done
  _natscreds_text+=$_natscreds_rest
}

# TEXT as a JSON string, in _natscreds_json. UTF-8 is passed on as it is.
_natscreds_string() {
  local _natscreds_text=$1 _natscreds_number _natscreds_octal _natscreds_character _natscreds_escape
  _natscreds_is_utf8 "$_natscreds_text" || return "$?"
  if [[ $_natscreds_text == *[\"\\]* ]]; then
    _natscreds_replace \\ \\\\
    _natscreds_replace '"' '\"'
  fi
  if [[ $_natscreds_text == *[[:cntrl:]]* ]]; then
    for ((_natscreds_number = 1; _natscreds_number < 32; _natscreds_number++)); do
      builtin printf -v _natscreds_octal %03o "$_natscreds_number"
      # shellcheck disable=SC2059
      builtin printf -v _natscreds_character "\\$_natscreds_octal"
      builtin printf -v _natscreds_escape '\\u%04x' "$_natscreds_number"
      _natscreds_replace "$_natscreds_character" "$_natscreds_escape"
    done
  fi
  _natscreds_json="\"$_natscreds_text\""
}

_natscreds_is_utf8() {
  [[ $1 == *[![:ascii:]]* ]] || return 0
  # Bash complains when a locale of the script that the system does not have is put back.
  _natscreds_is_utf8_by_bytes "$1" 2>/dev/null
}

_natscreds_is_utf8_by_bytes() {
  local _natscreds_form
  _natscreds_form=$'^([\x01-\x7f]|[\xc2-\xdf]N|\xe0[\xa0-\xbf]N|[\xe1-\xec\xee\xef]NN|\xed[\x80-\x9f]N'
  _natscreds_form+=$'|\xf0[\x90-\xbf]NN|[\xf1-\xf3]NNN|\xf4[\x80-\x8f]NN)*$'
  _natscreds_form=${_natscreds_form//N/$'[\x80-\xbf]'}
  if ! local LC_ALL=C; then
    # It is readonly: another process has to look at the bytes, and gets them through a pipe.
    # shellcheck disable=SC2016
    builtin printf %s "$1" | command env -i LC_ALL=C "$BASH" -c 'IFS= read -r -d "" text; [[ $text =~ $1 ]]' - "$_natscreds_form"
    return "$?"
  fi
  [[ $1 =~ $_natscreds_form ]]
}

# ---- an exchange ---------------------------------------------------------------------------------------------------------------------------

# METHOD PARAMS: sends a request and reads until its response: _natscreds_answer, and of a stream _natscreds_parts before it.
_natscreds_exchange() {
  local _natscreds_name=${NATSCREDS:-default} _natscreds_params=$2 _natscreds_line _natscreds_deadline _natscreds_status=0
  local _natscreds_clock _natscreds_left _natscreds_sent=''
  local _natscreds_folder=${_NATSCREDS_FOLDER[$_natscreds_name]} _natscreds_in=${_NATSCREDS_IN[$_natscreds_name]}
  local _natscreds_out=${_NATSCREDS_OUT[$_natscreds_name]} _natscreds_turn=${_NATSCREDS_TURN[$_natscreds_name]}
  # No counter: a $(…) would count in a copy. The process and the time tell apart what one process after another sends; the random number, what
  # one sends in the same second or microsecond.
  _natscreds_id=$BASHPID.${EPOCHREALTIME-}.${SRANDOM-$RANDOM$RANDOM}
  _natscreds_id=${_natscreds_id//,/.}
  _natscreds_line='{"jsonrpc":"2.0","id":"'$_natscreds_id'","method":"'$1'","params":{'$_natscreds_params'}}'
  # Less than a pipe takes at once: a program that stands still cannot stop the script in the middle of a write.
  if ((${#_natscreds_line} > 15000)); then
    _natscreds_fail 2 message_too_large none '' "the request is longer than 15,000 characters"
    return "$?"
  fi
  _natscreds_now
  _natscreds_deadline=$((_natscreds_clock + _natscreds_limit))
  if _natscreds_has_turn; then
    # A trap of the script has interrupted an exchange of this very process: that one is not waited for.
    _natscreds_write_holder "$BASHPID $_natscreds_id"
    _natscreds_ask
    return "$?"
  fi
  local _natscreds_byte='' _natscreds_taker="$BASHPID $_natscreds_name"
  if ! _natscreds_take_turn; then
    _natscreds_fail 6 timeout none '' "the request was not sent, for other calls kept the program busy for $_natscreds_limit ms"
    return "$?"
  fi
  _natscreds_ask || _natscreds_status=$?
  _natscreds_give_turn
  return "$_natscreds_status"
}

_natscreds_ask() {
  local _natscreds_text='' _natscreds_status _natscreds_received=''
  local _natscreds_mine='{"jsonrpc":"2.0","id":"'$_natscreds_id'",'
  local _natscreds_part='{"jsonrpc":"2.0","method":"$/progress","params":{"token":"'$_natscreds_id'",'
  # A request that lies in the pipe still: the program does not read. Nothing is put behind it until it does.
  while builtin read -r -t 0 -u "$_natscreds_in"; do
    _natscreds_until "$_natscreds_deadline" || { _natscreds_time_is_up; return "$?"; }
    _natscreds_status=0
    _natscreds_receive 0.02 || _natscreds_status=$?
    ((_natscreds_status != 1)) || { _natscreds_has_ended; return "$?"; }
  done
  _natscreds_sent=yes
  builtin printf '%s\n' "$_natscreds_line" >&"$_natscreds_in"
  _natscreds_text=''
  while _natscreds_until "$_natscreds_deadline"; do
    _natscreds_status=0
    _natscreds_receive "$_natscreds_left" || _natscreds_status=$?
    _natscreds_text+=$_natscreds_received
    if ((_natscreds_status == 1)); then
      _natscreds_has_ended
      return "$?"
    fi
    ((_natscreds_status == 0)) || continue
    # Whatever is not for this very id is passed over: the response of a call that waited no longer, and also the rest of a line of which that
    # call, perhaps in another process, had read the beginning. No rest of an older line can begin with a new id.
    if [[ $_natscreds_text == "$_natscreds_mine"* ]]; then
      _natscreds_answer=${_natscreds_text#"$_natscreds_mine"}
      return 0
    elif [[ $_natscreds_text == "$_natscreds_part"* ]]; then
      _natscreds_parts+=("$_natscreds_text")
      _natscreds_now
      _natscreds_deadline=$((_natscreds_clock + _natscreds_limit)) # a stream has its time for each page
    elif [[ $_natscreds_text == '{"jsonrpc":"2.0","id":null,"error":'* && $_natscreds_params == *['[{']* ]]; then
      # A line that could not be read has no id to answer to. Only an array or object of the caller's can make such a line.
      _natscreds_answer=${_natscreds_text#'{"jsonrpc":"2.0","id":null,'}
      return 0
    fi
    _natscreds_text=''
  done
  # Nobody waits any more; what can still be stopped shall stop. Not if that could block.
  builtin read -r -t 0 -u "$_natscreds_in" \
    || builtin printf '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"%s"}}\n' "$_natscreds_id" >&"$_natscreds_in"
  _natscreds_time_is_up
}

# SECONDS: a line of the program's, or what came of it in this time, in _natscreds_received; the status is that of `read`.
_natscreds_receive() {
  if ! local REPLY='' 2>/dev/null; then
    # It is readonly.
    IFS='' builtin read -r -t "$1" -u "$_natscreds_out" _natscreds_received
    return "$?"
  fi
  # Without a name read takes the line as it is, whatever IFS is; a trap that fires while this waits would find an IFS= written here.
  local _natscreds_status=0
  builtin read -r -t "$1" -u "$_natscreds_out" || _natscreds_status=$?
  _natscreds_received=$REPLY
  return "$_natscreds_status"
}

_natscreds_outcome() {
  [[ -z $_natscreds_sent || -n $_natscreds_is_read ]] && _natscreds_outcome=none || _natscreds_outcome=unknown
}

_natscreds_time_is_up() {
  local _natscreds_outcome _natscreds_why="no response came within $_natscreds_limit ms"
  [[ -n $_natscreds_sent ]] || _natscreds_why="the request was not sent, for the program read nothing for $_natscreds_limit ms"
  _natscreds_outcome
  [[ $_natscreds_outcome == none ]] || _natscreds_why+="; the change may have been made all the same: check before you retry it"
  _natscreds_fail 6 timeout "$_natscreds_outcome" '' "$_natscreds_why"
}

_natscreds_has_ended() {
  local _natscreds_code='' _natscreds_how='' _natscreds_lines=() _natscreds_tail='' _natscreds_outcome
  # The keeper knows in a moment how it ended; on a busy machine, a long one.
  _natscreds_wait_for_end 5000 && _natscreds_first_words "$_natscreds_folder/ended" _natscreds_code
  [[ -z $_natscreds_code ]] || _natscreds_how=" with status $_natscreds_code"
  ((${_natscreds_code:-0} <= 128)) || _natscreds_how=" by signal $((_natscreds_code - 128))"
  builtin mapfile -t _natscreds_lines 2>/dev/null <"$_natscreds_folder/stderr" || :
  ((${#_natscreds_lines[@]} <= 3)) || _natscreds_lines=("${_natscreds_lines[@]: -3}")
  ((${#_natscreds_lines[@]} == 0)) || builtin printf -v _natscreds_tail ' | %s' "${_natscreds_lines[@]}"
  _natscreds_how+=${_natscreds_tail:+; its last lines: ${_natscreds_tail:3}}
  _natscreds_outcome
  _natscreds_fail 7 program_ended "$_natscreds_outcome" '' "the program has ended$_natscreds_how"
}

# MILLISECONDS: waits until the program has ended, at most so long. Nothing can be read from the turn while it is taken, so that reading
# there is sleeping.
_natscreds_wait_for_end() {
  local _natscreds_end _natscreds_clock _natscreds_left
  _natscreds_now
  _natscreds_end=$((_natscreds_clock + $1))
  until [[ -s $_natscreds_folder/ended || ! -d $_natscreds_folder ]]; do
    _natscreds_until "$_natscreds_end" || return 1
    builtin read -r -t 0.01 -u "$_natscreds_turn" _ || :
  done
}

# ---- the turn ------------------------------------------------------------------------------------------------------------------------------

# The file `holder` says who has the turn: "PROCESS ID" for the length of an exchange, "free ID" when it is given back. Whoever is killed
# leaves one of the two there, and the turn goes to somebody who waits. The byte and its owner are locals of the exchange, seen by those that it
# calls and by traps that interrupt it: when an exchange is cut off, by Ctrl-C in an interactive shell, they are gone with it.

_natscreds_has_turn() { [[ ${_natscreds_byte-} == t && ${_natscreds_taker-} == "$BASHPID $_natscreds_name" ]]; }

# Takes the byte out of the pipe; the kernel gives it to one reader only. flock(1) would be a process for each call.
_natscreds_take_turn() {
  local _natscreds_seen=''
  while _natscreds_until "$_natscreds_deadline"; do
    # In pieces, to see whether whoever holds it still lives.
    [[ $_natscreds_left == 0.* ]] || _natscreds_left=1
    # What counts is the byte: bash 4.4 can have it and say that the time was up. -N does not look at IFS.
    builtin read -r -N 1 -t "$_natscreds_left" -u "$_natscreds_turn" _natscreds_byte || :
    [[ -n $_natscreds_byte ]] || _natscreds_inherit_turn || continue
    _natscreds_write_holder "$BASHPID $_natscreds_id"
    return 0
  done
  return 1
}

# Of several that wait one inherits: the one that makes the file.
_natscreds_inherit_turn() {
  local - _natscreds_by='' _natscreds_of='' _natscreds_again=''
  _natscreds_first_words "$_natscreds_folder/holder" _natscreds_by _natscreds_of
  case $_natscreds_by in
    '') return 1 ;;
    "$BASHPID") ;; # an exchange of this process that was cut off: it waits here, so that it is in none
    free)
      # Between the file and the byte, either way, there is a moment; but not a whole second in which nobody takes a turn and no byte is there.
      if [[ $_natscreds_left != 1 || $_natscreds_of != "$_natscreds_seen" ]]; then
        _natscreds_seen=$_natscreds_of
        return 1
      fi
      ;;
    *)
      builtin kill -0 "$_natscreds_by" 2>/dev/null && return 1
      # It may have given the turn back and ended since the file was read.
      _natscreds_first_words "$_natscreds_folder/holder" _natscreds_again
      [[ $_natscreds_by == "$_natscreds_again" ]] || return 1
      ;;
  esac
  builtin set -C
  builtin printf '' 2>/dev/null >"$_natscreds_folder/heir.$_natscreds_by.$_natscreds_of" || return 1
  _natscreds_byte=t
}

_natscreds_give_turn() {
  _natscreds_write_holder "free $_natscreds_id"
  # In one command: no trap comes between the byte and the note that it is no longer here.
  # shellcheck disable=SC2257 # a builtin does not discard it
  builtin printf t >&"$((_natscreds_byte = 0, _natscreds_turn))"
}

# Written over, at its full width: a file that is emptied for every call costs a disk's time on some file systems.
_natscreds_write_holder() { builtin printf '%-63s\n' "$1" 2>/dev/null 1<>"$_natscreds_folder/holder" || :; }

# ---- lists ---------------------------------------------------------------------------------------------------------------------------------

# In windows: four pages are one exchange, and are printed when the turn is given back. So a loop over the rows may call through the same
# bridge, nothing is under way when a loop is left early, and no more than four pages are held.
_natscreds_each() {
  local _natscreds_method=${1-} _natscreds_fixed _natscreds_value _natscreds_part _natscreds_status _natscreds_result
  local _natscreds_params='' _natscreds_id _natscreds_answer _natscreds_parts _natscreds_limit _natscreds_is_read
  _natscreds_no_error
  _natscreds_is_open || return "$?"
  [[ $_natscreds_method != *.list ]] || _natscreds_method=${_natscreds_method%list}stream
  if [[ $_natscreds_method != *.stream ]]; then
    _natscreds_fail 2 invalid_params none '' "natscreds_each wants a method that lists, such as credentials.list"
    return "$?"
  fi
  builtin shift
  _natscreds_read_arguments "$_natscreds_method" "$@" || return "$?"
  if [[ ,$_natscreds_params == *,\"max_pages\":* ]]; then
    _natscreds_fail 2 invalid_params none '' "natscreds_each takes no max_pages: leave the loop when you have enough"
    return "$?"
  fi
  _natscreds_fixed=$_natscreds_params
  while :; do
    _natscreds_answer='' _natscreds_parts=() _natscreds_status=0
    _natscreds_exchange "$_natscreds_method" "${_natscreds_fixed:+$_natscreds_fixed,}"'"max_pages":4' || _natscreds_status=$?
    for _natscreds_part in "${_natscreds_parts[@]}"; do
      _natscreds_print_rows "$_natscreds_part" \
        || { _natscreds_fail 74 not_written none '' "the rows could not be written to stdout"; return "$?"; }
    done
    ((_natscreds_status == 0)) && _natscreds_read_answer || return "$((_natscreds_status ? _natscreds_status : $?))"
    _natscreds_member "$_natscreds_result" cursor || _natscreds_value=null
    [[ $_natscreds_value == \"* ]] || break
    # The caller's own cursor began the first window only.
    _natscreds_without_cursor
    _natscreds_fixed+=${_natscreds_fixed:+,}\"cursor\":$_natscreds_value
  done
  _natscreds_member "$_natscreds_result" complete || _natscreds_value=true
  [[ $_natscreds_value == true ]] || _natscreds_fail 1 incomplete_list none '' "the list may have missed rows that were shifted while it was read"
}

# A cursor has no character that would be escaped, and no quote.
_natscreds_without_cursor() {
  local _natscreds_before
  [[ ,$_natscreds_fixed == *,\"cursor\":\"* ]] || return 0
  _natscreds_before=,$_natscreds_fixed
  _natscreds_before=${_natscreds_before%%,\"cursor\":\"*}
  _natscreds_fixed=,$_natscreds_fixed
  _natscreds_fixed=$_natscreds_before${_natscreds_fixed#*,\"cursor\":\"*\"}
  _natscreds_fixed=${_natscreds_fixed#,}
}

# A part's rows, one per line. Cut where one object ends and another begins, and put together again where that was in a string or inside of a row.
_natscreds_print_rows() {
  local _natscreds_rows=$1 _natscreds_between='},{' _natscreds_cut=$'}\n{' _natscreds_piece _natscreds_row='' _natscreds_whole=() _natscreds_words
  _natscreds_rows=${_natscreds_rows#*\":\[}
  _natscreds_rows=${_natscreds_rows%\],\"total_count\":*}
  [[ -n $_natscreds_rows ]] || return 0
  _natscreds_rows=${_natscreds_rows//"$_natscreds_between"/$_natscreds_cut}
  _natscreds_split $'\n' "$_natscreds_rows"
  for _natscreds_piece in "${_natscreds_words[@]}"; do
    _natscreds_row+=${_natscreds_row:+,}$_natscreds_piece
    _natscreds_is_whole "$_natscreds_row" || continue
    _natscreds_whole+=("$_natscreds_row")
    _natscreds_row=''
  done
  builtin printf '%s\n' "${_natscreds_whole[@]}"
}

# ---- reading JSON --------------------------------------------------------------------------------------------------------------------------

# The response that is in _natscreds_answer, without its envelope's head: sets _natscreds_result, or says the error.
_natscreds_read_answer() {
  local _natscreds_code _natscreds_message _natscreds_kind _natscreds_outcome _natscreds_status _natscreds_value
  case $_natscreds_answer in
    '"result":'*)
      _natscreds_result=${_natscreds_answer#'"result":'}
      _natscreds_result=${_natscreds_result%\}}
      return 0
      ;;
    '"error":'*) NATSCREDS_ERROR=${_natscreds_answer#'"error":'} NATSCREDS_ERROR=${NATSCREDS_ERROR%\}} ;;
    *) _natscreds_fail 7 not_ours unknown '' "the program's output is not a response of the protocol"; return "$?" ;;
  esac
  _natscreds_field code "$NATSCREDS_ERROR" 2>/dev/null && _natscreds_code=$_natscreds_value
  _natscreds_field message "$NATSCREDS_ERROR" 2>/dev/null && _natscreds_message=$_natscreds_value
  _natscreds_field data.kind "$NATSCREDS_ERROR" 2>/dev/null && _natscreds_kind=$_natscreds_value
  _natscreds_field data.outcome "$NATSCREDS_ERROR" 2>/dev/null && _natscreds_outcome=$_natscreds_value
  # The statuses of the program's own `call`.
  case ${_natscreds_code-} in
    -32700 | -32602 | -32601 | -32600 | 1400) _natscreds_status=2 ;;
    1404) _natscreds_status=3 ;;
    1401 | 1403 | 1460) _natscreds_status=4 ;;
    1409 | 1430) _natscreds_status=5 ;;
    1408 | 1423 | 1429 | 1503 | 1504) _natscreds_status=6 ;;
    *) _natscreds_status=1 ;;
  esac
  _natscreds_fail "$_natscreds_status" "${_natscreds_kind:-internal}" "${_natscreds_outcome:-unknown}" "${_natscreds_code-}" "${_natscreds_message-}"
}

# NAME[.NAME…] JSON: sets _natscreds_value.
_natscreds_field() {
  local _natscreds_path=${1-} _natscreds_name
  _natscreds_value=${2-}
  while [[ -n $_natscreds_path ]]; do
    _natscreds_name=${_natscreds_path%%.*}
    _natscreds_path=${_natscreds_path#"$_natscreds_name"} _natscreds_path=${_natscreds_path#.}
    _natscreds_member "$_natscreds_value" "$_natscreds_name" || { builtin printf 'natscreds: there is no member %s in this JSON\n' "${1-}" >&2; return 1; }
  done
  [[ $_natscreds_value != \"* ]] || _natscreds_decode
}

# JSON NAME: the value of the object's own member of this name, as it is written, in _natscreds_value; those inside of other members are passed
# over. Names are compared as the program writes them: without escapes.
_natscreds_member() {
  local _natscreds_text=$1 _natscreds_words _natscreds_index _natscreds_first='' _natscreds_depth=0 _natscreds_rest _natscreds_before
  [[ $1 == \{* ]] || return 1
  # Split at the quotes, every second word is in a string; what is escaped stands aside meanwhile as two characters that JSON cannot have.
  [[ $1 != *\\* ]] || { _natscreds_text=${_natscreds_text//\\\\/$'\1'}; _natscreds_text=${_natscreds_text//\\\"/$'\2'}; }
  _natscreds_split '"' "$_natscreds_text"
  for ((_natscreds_index = 0; _natscreds_index < ${#_natscreds_words[@]}; _natscreds_index += 2)); do
    _natscreds_rest=${_natscreds_words[_natscreds_index]}
    # What is looked for begins here: a string, or up to the bracket that closes it, or a word.
    if [[ $_natscreds_first == "$_natscreds_index" ]]; then
      case $_natscreds_rest in
        :) ((_natscreds_index + 1 < ${#_natscreds_words[@]})) && _natscreds_value='"'${_natscreds_words[_natscreds_index + 1]}'"' || return 1 ;;
        :[\{\[]*) ;;
        *) _natscreds_value=${_natscreds_rest:1} _natscreds_value=${_natscreds_value%%[,\}]*} ;;
      esac
      [[ $_natscreds_rest == :[\{\[]* ]] || break
    fi
    while [[ $_natscreds_rest == *[][{}]* ]]; do
      _natscreds_before=${_natscreds_rest%%[]\[\{\}]*}
      _natscreds_rest=${_natscreds_rest:${#_natscreds_before}}
      case $_natscreds_rest in
        [\{\[]*) ((++_natscreds_depth)) ;;
        *) ((--_natscreds_depth)) ;;
      esac
      _natscreds_rest=${_natscreds_rest:1}
      if [[ -n $_natscreds_first ]] && ((_natscreds_depth == 1)); then
        builtin printf -v _natscreds_value '"%s' "${_natscreds_words[@]:_natscreds_first:_natscreds_index - _natscreds_first + 1}"
        _natscreds_value=${_natscreds_value:2:${#_natscreds_value} - 2 - ${#_natscreds_rest}}
        break 2
      fi
    done
    if [[ -z $_natscreds_first && ${_natscreds_words[_natscreds_index + 1]-} == "$2" && ${_natscreds_words[_natscreds_index + 2]-} == :* ]] \
      && ((_natscreds_depth == 1)); then
      _natscreds_first=$((_natscreds_index + 2))
    fi
  done
  ((_natscreds_index < ${#_natscreds_words[@]})) || return 1
  [[ $_natscreds_value == *[$'\1\2']* ]] || return 0
  _natscreds_text=$_natscreds_value
  _natscreds_replace $'\2' '\"'
  _natscreds_replace $'\1' \\\\
  _natscreds_value=$_natscreds_text
}

# The JSON string in _natscreds_value becomes its text, in UTF-8 whatever the locale: \uXXXX of printf follows that.
_natscreds_decode() {
  local _natscreds_rest=${_natscreds_value:1:${#_natscreds_value}-2} _natscreds_text='' _natscreds_chunk
  local _natscreds_number _natscreds_low _natscreds_bytes _natscreds_character
  while [[ $_natscreds_rest == *\\* ]]; do
    _natscreds_chunk=${_natscreds_rest%%\\*}
    _natscreds_text+=$_natscreds_chunk _natscreds_rest=${_natscreds_rest:${#_natscreds_chunk}}
    case ${_natscreds_rest:1:1} in
      n) _natscreds_text+=$'\n' _natscreds_rest=${_natscreds_rest:2} ;;
      t) _natscreds_text+=$'\t' _natscreds_rest=${_natscreds_rest:2} ;;
      r) _natscreds_text+=$'\r' _natscreds_rest=${_natscreds_rest:2} ;;
      b) _natscreds_text+=$'\b' _natscreds_rest=${_natscreds_rest:2} ;;
      f) _natscreds_text+=$'\f' _natscreds_rest=${_natscreds_rest:2} ;;
      u)
        _natscreds_number=$((16#${_natscreds_rest:2:4})) _natscreds_rest=${_natscreds_rest:6}
        if ((_natscreds_number >= 0xd800 && _natscreds_number < 0xdc00)) && [[ $_natscreds_rest == '\u'[dD][c-fC-F]* ]]; then
          _natscreds_low=$((16#${_natscreds_rest:2:4})) _natscreds_rest=${_natscreds_rest:6}
          _natscreds_number=$((0x10000 + ((_natscreds_number - 0xd800) << 10) + _natscreds_low - 0xdc00))
        fi
        if ((_natscreds_number == 0)); then
          builtin printf 'natscreds: this text has a NUL character, which no variable can hold\n' >&2
          return 1
        elif ((_natscreds_number < 0x80)); then
          builtin printf -v _natscreds_bytes '\\x%02x' "$_natscreds_number"
        else
          # The last six bits, and the next, and those that are left behind a mark that says how many there are.
          builtin printf -v _natscreds_bytes '\\x%02x' "$((0x80 | _natscreds_number & 0x3f))"
          if ((_natscreds_number < 0x800)); then
            ((_natscreds_number = 0xc0 | _natscreds_number >> 6))
          elif ((_natscreds_number < 0x10000)); then
            builtin printf -v _natscreds_bytes '\\x%02x%s' "$((0x80 | _natscreds_number >> 6 & 0x3f))" "$_natscreds_bytes"
            ((_natscreds_number = 0xe0 | _natscreds_number >> 12))
          else
            builtin printf -v _natscreds_bytes '\\x%02x%s' "$((0x80 | _natscreds_number >> 6 & 0x3f))" "$_natscreds_bytes"
            builtin printf -v _natscreds_bytes '\\x%02x%s' "$((0x80 | _natscreds_number >> 12 & 0x3f))" "$_natscreds_bytes"
            ((_natscreds_number = 0xf0 | _natscreds_number >> 18))
          fi
          builtin printf -v _natscreds_bytes '\\x%02x%s' "$_natscreds_number" "$_natscreds_bytes"
        fi
        builtin printf -v _natscreds_character %b "$_natscreds_bytes"
        _natscreds_text+=$_natscreds_character
        ;;
      *) _natscreds_text+=${_natscreds_rest:1:1} _natscreds_rest=${_natscreds_rest:2} ;; # \" \\ \/
    esac
  done
  _natscreds_value=$_natscreds_text$_natscreds_rest
}

# ---- closing -------------------------------------------------------------------------------------------------------------------------------

_natscreds_close() {
  local _natscreds_name=${NATSCREDS:-default} _natscreds_pid='' _natscreds_deadline _natscreds_clock _natscreds_left _natscreds_id=close
  local _natscreds_folder=${_NATSCREDS_FOLDER[$_natscreds_name]-} _natscreds_owner=${_NATSCREDS_OWNER[$_natscreds_name]-}
  local _natscreds_in=${_NATSCREDS_IN[$_natscreds_name]-} _natscreds_out=${_NATSCREDS_OUT[$_natscreds_name]-}
  local _natscreds_turn=${_NATSCREDS_TURN[$_natscreds_name]-}
  [[ -n $_natscreds_folder ]] || return 0
  # At once: a trap that closes, too, while this one waits finds nothing to do.
  builtin unset "_NATSCREDS_FOLDER[$_natscreds_name]" "_NATSCREDS_OWNER[$_natscreds_name]" "_NATSCREDS_IN[$_natscreds_name]" \
    "_NATSCREDS_OUT[$_natscreds_name]" "_NATSCREDS_TURN[$_natscreds_name]"
  if [[ $_natscreds_owner == "$BASHPID" ]]; then
    # A subshell that is in the middle of an exchange has two seconds to end it, as the program then has for what it still does.
    if ! _natscreds_has_turn; then
      local _natscreds_byte='' _natscreds_taker="$BASHPID $_natscreds_name"
      _natscreds_now
      _natscreds_deadline=$((_natscreds_clock + 2000))
      _natscreds_take_turn || :
    fi
    exec {_natscreds_in}<&-
    _natscreds_first_words "$_natscreds_folder/pid" _natscreds_pid
    _natscreds_wait_for_end 2000 || { builtin kill -TERM "$_natscreds_pid" 2>/dev/null; _natscreds_wait_for_end 6000; } \
      || { builtin kill -KILL "$_natscreds_pid" 2>/dev/null; _natscreds_wait_for_end 2000; }
    # Whoever still waits for a turn gets it, and sees that the program is gone.
    _natscreds_give_turn
  else
    exec {_natscreds_in}<&-
  fi
  exec {_natscreds_out}<&- {_natscreds_turn}<&-
}

builtin shopt "${_natscreds_aliases:--u}" expand_aliases
\builtin unset _natscreds_aliases
