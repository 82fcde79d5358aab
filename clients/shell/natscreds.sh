# shellcheck shell=bash
# natscreds.sh — NATS credentials from bash scripts: a library to be sourced, for bash 4.4 and newer.
#
#   natscreds_open [ARGUMENT…] [-- COMMAND…]        starts the program nats-credentials-bridge, with these arguments, or this command instead
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
# requests (in), the answers (out) and the turn: a pipe with a single byte that whoever talks to the program holds. One exchange, from a request
# to its answer, is one turn; so two subshells never read from `out` at the same time, and never have to hand on what belongs to another. All
# of it is bash: a call starts no process.

if ((BASH_VERSINFO[0] < 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] < 4))); then
  printf 'natscreds: bash 4.4 or newer is needed; this is %s\n' "$BASH_VERSION" >&2
  return 1
fi

# By the name of the bridge. Declared without values, so that sourcing twice forgets nothing.
declare -gA _NATSCREDS_FOLDER _NATSCREDS_OWNER _NATSCREDS_IN _NATSCREDS_OUT _NATSCREDS_TURN _NATSCREDS_HOLDER
declare -g NATSCREDS_KIND='' NATSCREDS_CODE='' NATSCREDS_OUTCOME='' NATSCREDS_MESSAGE='' NATSCREDS_ERROR=''
declare -g _natscreds_home=${BASH_SOURCE[0]%/*}
[[ ${BASH_SOURCE[0]} == */* ]] || _natscreds_home=.

# ---- what a script calls -------------------------------------------------------------------------------------------------------------------

# Each of these first makes bash an ordinary one for as long as it runs: `local -` gives the caller's options back. Tracing is off inside, so
# that `set -x` shows no secret that passes through. shopt has no such thing; of its options only nocasematch would matter.
# Everywhere below `return` has a number: without one, in a function that a trap calls, it returns the status from before the trap.

natscreds_open() {
  local - IFS=$' \t\n'
  set -f +aCeuvx
  _natscreds_plainly _natscreds_open "$@"
}

natscreds_call() {
  local - IFS=$' \t\n' _natscreds_result='' _natscreds_target='' _natscreds_status=0
  set -f +aCeuvx
  if [[ ${1-} == -v ]]; then
    _natscreds_is_variable "${2-}" || return "$?"
    _natscreds_target=$2
    shift 2
  fi
  _natscreds_plainly _natscreds_call "$@" || _natscreds_status=$?
  ((_natscreds_status == 0)) || return "$_natscreds_status"
  _natscreds_hand_out "$_natscreds_target" "$_natscreds_result"
}

natscreds_each() {
  local - IFS=$' \t\n'
  set -f +aCeuvx
  _natscreds_plainly _natscreds_each "$@"
}

natscreds_field() {
  local - IFS=$' \t\n' _natscreds_value='' _natscreds_target='' _natscreds_status=0
  set -f +aCeuvx
  if [[ ${1-} == -v ]]; then
    _natscreds_is_variable "${2-}" || return "$?"
    _natscreds_target=$2
    shift 2
  fi
  _natscreds_plainly _natscreds_field "$@" || _natscreds_status=$?
  ((_natscreds_status == 0)) || return "$_natscreds_status"
  _natscreds_hand_out "$_natscreds_target" "$_natscreds_value"
}

natscreds_stderr() {
  local - IFS=$' \t\n' line lines=()
  set -f +aCeuvx
  _natscreds_is_open || return "$?"
  mapfile -t lines 2>/dev/null <"${_NATSCREDS_FOLDER[${NATSCREDS:-default}]}/stderr" || :
  for line in "${lines[@]}"; do printf '%s\n' "$line"; done
}

natscreds_close() {
  local - IFS=$' \t\n'
  set -f +aCeuvx
  _natscreds_plainly _natscreds_close
}

# ---- small things --------------------------------------------------------------------------------------------------------------------------

_natscreds_plainly() {
  shopt -q nocasematch || { "$@"; return "$?"; }
  local status=0
  shopt -u nocasematch
  "$@" || status=$?
  shopt -s nocasematch
  return "$status"
}

_natscreds_is_variable() {
  [[ $1 =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || _natscreds_fail 2 invalid_params none '' "-v wants the name of a variable"
}

# To VAR if it is not empty, else to stdout. printf -v is called where no local of ours can stand before the caller's variable.
_natscreds_hand_out() {
  if [[ -n $1 ]]; then
    printf -v "$1" %s "$2"
  else
    printf '%s\n' "$2" || _natscreds_fail 74 not_written 'done' '' "the result could not be written to stdout"
  fi
}

# STATUS KIND OUTCOME CODE MESSAGE. What it says is one line, whatever the program put into its message.
_natscreds_fail() {
  local suffix=''
  NATSCREDS_KIND=$2 NATSCREDS_OUTCOME=$3 NATSCREDS_CODE=$4 NATSCREDS_MESSAGE=${5//[[:cntrl:]]/?}
  [[ $3 == none ]] || suffix=" (outcome: $3)"
  printf 'natscreds: %s: %s%s\n' "$2" "$NATSCREDS_MESSAGE" "$suffix" >&2
  return "$1"
}

# shellcheck disable=SC2034 # they are for the script
_natscreds_no_error() { NATSCREDS_KIND='' NATSCREDS_CODE='' NATSCREDS_OUTCOME='' NATSCREDS_MESSAGE='' NATSCREDS_ERROR=''; }

_natscreds_is_open() {
  [[ -n ${_NATSCREDS_FOLDER[${NATSCREDS:-default}]-} ]] && return 0
  _natscreds_fail 7 not_open none '' "no bridge is open under the name ${NATSCREDS:-default}: call natscreds_open first"
}

# The time in milliseconds, in _natscreds_clock. EPOCHREALTIME is bash 5's, and has the comma of some languages; bash 4.4 counts whole seconds.
_natscreds_now() {
  local micros=${EPOCHREALTIME-}
  micros=${micros//[!0-9]/}
  if ((${#micros} > 6)); then _natscreds_clock=${micros%???}; else printf -v _natscreds_clock '%(%s)T000' -1; fi
}

# The time until DEADLINE as `read -t` takes it, in _natscreds_left; fails if there is none left.
_natscreds_until() {
  local _natscreds_clock milliseconds
  _natscreds_now
  milliseconds=$(($1 - _natscreds_clock))
  ((milliseconds > 0)) || return 1
  printf -v _natscreds_left '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000))
}

# ---- opening -------------------------------------------------------------------------------------------------------------------------------

_natscreds_open() {
  local name=${NATSCREDS:-default} arguments=() command=() folder monitoring='' out fd
  _natscreds_no_error
  if [[ ! $name =~ ^[A-Za-z0-9_.-]+$ ]]; then
    _natscreds_fail 2 invalid_params none '' "NATSCREDS, the name of a bridge, has letters, digits, dots, - and _ only"
    return "$?"
  fi
  while (($#)) && [[ $1 != -- ]]; do
    arguments+=("$1")
    shift
  done
  (($#)) && { shift; command=("$@"); }
  if [[ -n ${_NATSCREDS_FOLDER[$name]-} ]]; then
    _natscreds_fail 2 already_open none '' "a bridge is open under the name $name: natscreds_close it, or give this one another with NATSCREDS=NAME"
    return "$?"
  fi
  _natscreds_find_program || return "$?"
  command+=("${arguments[@]}")

  # The name of the folder is taken over by command substitution, which is where a shell needs a process.
  if ! folder=$(mktemp -d "${TMPDIR:-/tmp}/natscreds.XXXXXX" 2>&1) || ! mkfifo "$folder/in" "$folder/out" "$folder/turn" 2>/dev/null; then
    _natscreds_fail 1 storage none '' "no private folder could be made in ${TMPDIR:-/tmp}: set TMPDIR to a folder that can be written to"
    return "$?"
  fi
  # Monitoring gives the program a process group of its own, so that Ctrl-C is the script's to handle. disown: without it a bare `wait` of the
  # script would wait for the bridge.
  [[ $- == *m* ]] || { set -m; monitoring=off; }
  (_natscreds_keeper "$folder" "${command[@]}") </dev/null >/dev/null 2>&1 &
  disown "$!" 2>/dev/null || :
  [[ -z $monitoring ]] || set +m

  # `in` is opened for both, so that a write never draws SIGPIPE and so that it can be seen whether the program reads. `out` is opened for
  # reading only, which waits for the program's end of it: its end of file is the news that the program is gone.
  # shellcheck disable=SC2094 # the name is only for comparing
  _natscreds_private fd "$folder/in" <>"$folder/in" && _NATSCREDS_IN[$name]=$fd
  # shellcheck disable=SC2094
  _natscreds_private out "$folder/out" <"$folder/out" && _NATSCREDS_OUT[$name]=$out
  _natscreds_private fd "$folder/turn" <>"$folder/turn" && _NATSCREDS_TURN[$name]=$fd
  _NATSCREDS_FOLDER[$name]=$folder _NATSCREDS_OWNER[$name]=$BASHPID _NATSCREDS_HOLDER[$name]=''
  printf t >&"${_NATSCREDS_TURN[$name]}"

  _natscreds_greet "${command[0]}" && return 0
  local status=$?
  _natscreds_close
  return "$status"
}

# Sets `command`, or says what was looked at. A place that names a program is final: another is never taken for one that was asked for.
_natscreds_find_program() {
  local program=nats-credentials-bridge variable=${NATS_CREDENTIALS_BRIDGE-} found looked="command after --: "
  if ((${#command[@]})); then
    type -P -- "${command[0]}" >/dev/null && return 0
    looked+="${command[0]} cannot be run"
  elif looked+="not given; NATS_CREDENTIALS_BRIDGE: " && [[ -n $variable ]]; then
    found=$(type -P -- "$variable") && { command=("$found"); return 0; }
    looked+="$variable cannot be run"
  elif looked+="not set; beside natscreds.sh: " && [[ -e $_natscreds_home/$program ]]; then
    found=$(type -P -- "$_natscreds_home/$program") && { command=("$found"); return 0; }
    looked+="$_natscreds_home/$program cannot be run"
  else
    found=$(type -P -- "$program") && { command=("$found"); return 0; }
    looked+="not there; PATH: no $program in its folders"
  fi
  _natscreds_fail 7 program_not_found none '' "the program cannot be started. Looked at: $looked"
}

# Runs the program, and stays when it has ended: it leaves the status where every subshell finds it, takes what is still sent, and removes
# the folder when the last shell that could send is gone, however that ended. A trap in the script could do this only until another replaces it.
_natscreds_keeper() {
  local folder=$1 fd status=0
  shift
  trap - EXIT ERR DEBUG RETURN
  set +fm
  set +o posix
  # Nothing of the script's is held open from here on: other bridges' pipes, a pipe somebody waits at, a lock.
  for fd in /dev/fd/*; do
    fd=${fd##*/}
    ((fd < 3 || fd == 255)) || exec {fd}<&-
  done
  exec 3<"$folder/in"
  (
    printf '%s\n' "$BASHPID" >"$folder/pid"
    exec "$@"
  ) <&3 >"$folder/out" 2>>"$folder/stderr" 3<&- &
  wait "$!" || status=$?
  printf '%s\n' "$status" >"$folder/ended"
  while IFS= read -r _ <&3; do :; done
  rm -rf -- "$folder"
}

# Descriptor 0 as a new one that no other program inherits, its number in the variable $1. Bash has no word for close-on-exec, but has it where
# it saves descriptor 0 for the length of a redirection, and a copy of such a descriptor has it, too. The saved one gets the lowest number that
# is free from 10 on. (Those of `coproc` have it as well; but bash has room for one coproc, and that one is the script's.)
_natscreds_private() {
  local slot copy
  exec {slot}</dev/null {slot}<&-
  { exec {copy}<&"$slot"; } </dev/null 2>/dev/null
  # A trap may have opened something in between; a descriptor that leaks is better than a wrong one.
  [[ -n $copy && /dev/fd/$copy -ef $2 ]] || exec {copy}<&0
  printf -v "$1" %s "$copy"
}

_natscreds_greet() {
  local _natscreds_result=''
  NATSCREDS_WAIT_MS=${NATSCREDS_WAIT_MS:-10000} _natscreds_call bridge.info protocol=1 || return "$?"
  [[ $_natscreds_result == '{"name":"nats-credentials-bridge",'* ]] && return 0
  _natscreds_fail 7 not_ours none '' "$1 is another program: it does not answer as nats-credentials-bridge does"
}

# ---- a request -----------------------------------------------------------------------------------------------------------------------------

# Sets _natscreds_result.
_natscreds_call() {
  local method=${1-} _natscreds_params='' _natscreds_id _natscreds_answer='' _natscreds_parts=() _natscreds_limit _natscreds_is_read
  _natscreds_no_error
  _natscreds_is_open || return "$?"
  shift
  _natscreds_read_arguments "$method" "$@" || return "$?"
  _natscreds_exchange "$method" "$_natscreds_params" || return "$?"
  _natscreds_read_answer
}

# METHOD KEY=VALUE…: sets _natscreds_params, without its braces, _natscreds_limit in milliseconds and _natscreds_is_read. As `call` of the
# program has it: split at the first =, and what the schemas want as a number or true or false is passed on as such.
_natscreds_read_arguments() {
  local method=$1 argument key value timeout=30000 grace=15000
  if [[ ! $method =~ ^[A-Za-z_.$/]+$ ]]; then
    _natscreds_fail 2 invalid_params none '' "a method comes first, such as credentials.list"
    return "$?"
  fi
  shift
  for argument; do
    if [[ $argument != ?*=* || $argument == :=* ]]; then
      _natscreds_fail 2 invalid_params none '' "parameters are key=value or key:=json"
      return "$?"
    fi
    key=${argument%%=*} value=${argument#*=}
    if [[ $key == *: ]]; then
      key=${key%:}
      _natscreds_is_json "$value" || { _natscreds_fail 2 invalid_params none '' "what follows $key:= is not JSON on one line"; return "$?"; }
    elif ! _natscreds_is_raw "$key" "$value"; then
      _natscreds_string "$value" || { _natscreds_fail 2 invalid_params none '' "the value of $key is not UTF-8"; return "$?"; }
      value=$_natscreds_json
    fi
    [[ $key != timeout_ms || ! $value =~ ^[0-9]{1,6}$ ]] || timeout=$((10#$value))
    _natscreds_string "$key" || { _natscreds_fail 2 invalid_params none '' "a parameter's name is not UTF-8"; return "$?"; }
    _natscreds_params+=${_natscreds_params:+,}$_natscreds_json:$value
  done
  case $method in
    *.list | *.get | *.stream | bridge.* | rpc.*) grace=5000 _natscreds_is_read=yes ;;
    *) _natscreds_is_read='' ;;
  esac
  # The program answers by timeout_ms, and a change that was sent 15 seconds later at most.
  _natscreds_limit=$((timeout + grace))
  [[ ! ${NATSCREDS_WAIT_MS-} =~ ^[0-9]{1,9}$ ]] || _natscreds_limit=$((10#$NATSCREDS_WAIT_MS))
}

# The params that are numbers, or true or false, in every method that has them. A test compares them with the schemas.
_natscreds_is_raw() {
  case $1 in
    page | page_size | max_pages | timeout_ms | overwrite | missing_ok)
      [[ $2 =~ ^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$ || $2 == true || $2 == false ]]
      ;;
    *) return 1 ;;
  esac
}

# Whether it can stand as a value: whole and nothing beyond, so that nobody writes an envelope of his own. What is inside of an array or object
# is the program's to judge.
_natscreds_is_json() {
  local scalar='^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null|"([^"\\]|\\.)*")$'
  [[ $1 != *[[:cntrl:]]* ]] && _natscreds_is_utf8 "$1" || return "$?"
  [[ $1 =~ $scalar ]] && return 0
  [[ $1 == \{*\} || $1 == \[*\] ]] && _natscreds_is_whole "$1"
}

# Whether all strings, arrays and objects that begin in TEXT end in it, and none before it.
_natscreds_is_whole() {
  local text=$1 outside='' others='[!{}\[\]]' index depth=0 words IFS='"'
  ((${#text} > 1)) || return 1
  [[ $text != *\\* ]] || { text=${text//\\\\/}; text=${text//\\\"/}; }
  # Split at the quotes: every second word is in a string.
  # shellcheck disable=SC2206
  words=($text)
  ((${#words[@]} % 2)) || return 1
  # A row of the program's: nothing inside, nothing to count.
  [[ ${text:1:${#text}-2} == *[][{}]* ]] || return 0
  for ((index = 0; index < ${#words[@]}; index += 2)); do outside+=${words[index]}; done
  outside=${outside//$others/}
  for ((index = 0; index < ${#outside}; index++)); do
    case ${outside:index:1} in
      \{ | \[) ((++depth)) ;;
      *) ((--depth > 0 || index + 1 == ${#outside})) || return 1 ;;
    esac
  done
  ((depth == 0))
}

# TEXT as a JSON string, in _natscreds_json. UTF-8 is passed on as it is.
_natscreds_string() {
  local text=$1 number octal character escape
  _natscreds_is_utf8 "$text" || return "$?"
  if [[ $text == *[\"\\]* ]]; then
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
  fi
  if [[ $text == *[[:cntrl:]]* ]]; then
    for ((number = 1; number < 32; number++)); do
      printf -v octal %03o "$number"
      # shellcheck disable=SC2059
      printf -v character "\\$octal"
      printf -v escape '\\u%04x' "$number"
      text=${text//"$character"/$escape}
    done
  fi
  _natscreds_json="\"$text\""
}

_natscreds_is_utf8() {
  [[ $1 == *[![:ascii:]]* ]] || return 0
  # Bash complains when a locale of the script that the system does not have is put back.
  _natscreds_is_utf8_by_bytes "$1" 2>/dev/null
}

_natscreds_is_utf8_by_bytes() {
  local LC_ALL=C next=$'[\x80-\xbf]' form
  form=$'^([\x01-\x7f]|[\xc2-\xdf]'$next$'|\xe0[\xa0-\xbf]'$next$'|[\xe1-\xec\xee\xef]'$next$next$'|\xed[\x80-\x9f]'$next
  form+=$'|\xf0[\x90-\xbf]'$next$next$'|[\xf1-\xf3]'$next$next$next$'|\xf4[\x80-\x8f]'$next$next$')*$'
  [[ $1 =~ $form ]]
}

# ---- an exchange ---------------------------------------------------------------------------------------------------------------------------

# METHOD PARAMS: sends a request and reads until its answer: _natscreds_answer, and of a stream _natscreds_parts before it.
_natscreds_exchange() {
  local name=${NATSCREDS:-default} params=$2 line deadline nested='' status=0 _natscreds_clock _natscreds_left _natscreds_sent=''
  # No counter: a $(…) would count in a copy. The process and the time tell apart what one process after another sends; the random number, what
  # one sends in the same second or microsecond.
  _natscreds_id=$BASHPID.${EPOCHREALTIME-}.${SRANDOM-$RANDOM$RANDOM}
  _natscreds_id=${_natscreds_id//,/.}
  line='{"jsonrpc":"2.0","id":"'$_natscreds_id'","method":"'$1'","params":{'$params'}}'
  # Less than a pipe takes at once: a program that stands still cannot stop the script in the middle of a write.
  if ((${#line} > 15000)); then
    _natscreds_fail 2 message_too_large none '' "the request is longer than 15,000 characters"
    return "$?"
  fi
  _natscreds_now
  deadline=$((_natscreds_clock + _natscreds_limit))
  if [[ ${_NATSCREDS_HOLDER[$name]} == "$BASHPID" ]]; then
    # A trap of the script has interrupted an exchange of this very process: that one is not waited for.
    nested=yes
  else
    _natscreds_take_turn || return "$?"
  fi
  _natscreds_ask || status=$?
  [[ -n $nested ]] || _natscreds_give_turn
  return "$status"
}

_natscreds_ask() {
  local in=${_NATSCREDS_IN[$name]} out=${_NATSCREDS_OUT[$name]} text='' piece status
  local mine='{"jsonrpc":"2.0","id":"'$_natscreds_id'",' part='{"jsonrpc":"2.0","method":"$/progress","params":{"token":"'$_natscreds_id'",'
  # A request that lies in the pipe still: the program does not read. Nothing is put behind it until it does.
  while read -r -t 0 -u "$in"; do
    _natscreds_until "$deadline" || { _natscreds_time_is_up; return "$?"; }
    status=0
    IFS= read -r -t 0.02 -u "$out" text || status=$?
    ((status != 1)) || { _natscreds_has_ended; return "$?"; }
  done
  _natscreds_sent=yes
  printf '%s\n' "$line" >&"$in"
  text=''
  while _natscreds_until "$deadline"; do
    status=0
    IFS= read -r -t "$_natscreds_left" -u "$out" piece || status=$?
    text+=$piece
    if ((status == 1)); then
      _natscreds_has_ended
      return "$?"
    fi
    ((status == 0)) || continue
    # Whatever is not for this very id is passed over: the answer of a call that waited no longer, and also the rest of a line of which that
    # call, perhaps in another process, had read the beginning. No rest of an older line can begin with a new id.
    if [[ $text == "$mine"* ]]; then
      _natscreds_answer=${text#"$mine"}
      return 0
    elif [[ $text == "$part"* ]]; then
      _natscreds_parts+=("$text")
      _natscreds_now
      deadline=$((_natscreds_clock + _natscreds_limit)) # a stream has its time for each page
    elif [[ $text == '{"jsonrpc":"2.0","id":null,"error":'* && $params == *['[{']* ]]; then
      # A line that could not be read has no id to answer to. Only an array or object of the caller's can make such a line.
      _natscreds_answer=${text#'{"jsonrpc":"2.0","id":null,'}
      return 0
    fi
    text=''
  done
  # Nobody waits any more; what can still be stopped shall stop. Not if that could block.
  read -r -t 0 -u "$in" || printf '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"%s"}}\n' "$_natscreds_id" >&"$in"
  _natscreds_time_is_up
}

_natscreds_outcome() {
  [[ -z $_natscreds_sent || -n $_natscreds_is_read ]] && _natscreds_outcome=none || _natscreds_outcome=unknown
}

_natscreds_time_is_up() {
  local _natscreds_outcome why="no answer came within $_natscreds_limit ms"
  [[ -n $_natscreds_sent ]] || why="the request was not sent, for the program read nothing for $_natscreds_limit ms"
  _natscreds_outcome
  [[ $_natscreds_outcome == none ]] || why+="; the change may have been made all the same: look before you repeat it"
  _natscreds_fail 6 timeout "$_natscreds_outcome" '' "$why"
}

_natscreds_has_ended() {
  local folder=${_NATSCREDS_FOLDER[$name]} code='' how='' lines=() tail='' _natscreds_outcome
  # The keeper knows in a moment how it ended.
  _natscreds_wait_for_end 500 && IFS= read -r code 2>/dev/null <"$folder/ended"
  [[ -z $code ]] || how=" with status $code"
  ((${code:-0} <= 128)) || how=" by signal $((code - 128))"
  mapfile -t lines 2>/dev/null <"$folder/stderr" || :
  ((${#lines[@]} <= 3)) || lines=("${lines[@]: -3}")
  ((${#lines[@]} == 0)) || printf -v tail ' | %s' "${lines[@]}"
  _natscreds_outcome
  _natscreds_fail 7 program_ended "$_natscreds_outcome" '' "the program has ended$how${tail:+; its last lines: ${tail:3}}"
}

# MILLISECONDS: waits until the program has ended, at most so long. Nothing can be read from the turn while it is taken, so that reading
# there is sleeping.
_natscreds_wait_for_end() {
  local folder=${_NATSCREDS_FOLDER[$name]} limit _natscreds_clock _natscreds_left
  _natscreds_now
  limit=$((_natscreds_clock + $1))
  until [[ -s $folder/ended || ! -d $folder ]]; do
    _natscreds_until "$limit" || return 1
    read -r -t 0.01 -u "${_NATSCREDS_TURN[$name]}" || :
  done
}

# ---- the turn ------------------------------------------------------------------------------------------------------------------------------

# Takes the byte out of the pipe; the kernel gives it to one reader only. flock(1) would be a process for each call.
_natscreds_take_turn() {
  local turn=${_NATSCREDS_TURN[$name]} folder=${_NATSCREDS_FOLDER[$name]} byte=''
  while _natscreds_until "$deadline"; do
    # In pieces, to see whether whoever holds it still lives.
    [[ $_natscreds_left == 0.* ]] || _natscreds_left=1
    # What counts is the byte: bash 4.4 can have it and say that the time was up.
    IFS= read -r -n 1 -t "$_natscreds_left" -u "$turn" byte || :
    if [[ -n $byte ]] || _natscreds_inherit_turn; then
      _NATSCREDS_HOLDER[$name]=$BASHPID
      # Written over, at its full width: a file that is emptied for every call costs a disk's time on some file systems.
      printf '%-63s\n' "$BASHPID $_natscreds_id" 2>/dev/null 1<>"$folder/holder" || :
      return 0
    fi
  done
  _natscreds_fail 6 timeout none '' "the request was not sent, for other calls kept the program busy for $_natscreds_limit ms"
}

# The name is taken out of the file before the byte is back: a process whose name stands in it after its death died in the middle of an
# exchange. Hence the second look. Of several that wait one inherits: the one that makes the file.
_natscreds_inherit_turn() {
  local pid='' id='' again=''
  read -r pid id 2>/dev/null <"$folder/holder" || :
  [[ -n $pid && -n $id ]] && ! kill -0 "$pid" 2>/dev/null || return "$?"
  read -r pid again 2>/dev/null <"$folder/holder" || :
  [[ $id == "$again" ]] || return 1
  local -
  set -C
  { : >"$folder/heir.$id"; } 2>/dev/null
}

_natscreds_give_turn() {
  printf '%-63s\n' '' 2>/dev/null 1<>"${_NATSCREDS_FOLDER[$name]}/holder" || :
  _NATSCREDS_HOLDER[$name]=''
  printf t >&"${_NATSCREDS_TURN[$name]}"
}

# ---- lists ---------------------------------------------------------------------------------------------------------------------------------

# In windows: four pages are one exchange, and are printed when the turn is given back. So a loop over the rows may call through the same
# bridge, nothing is under way when a loop is left early, and no more than four pages are held.
_natscreds_each() {
  local method=${1-} fixed _natscreds_cursor='' _natscreds_value _natscreds_part status _natscreds_result
  local _natscreds_params='' _natscreds_id _natscreds_answer _natscreds_parts _natscreds_limit _natscreds_is_read
  _natscreds_no_error
  _natscreds_is_open || return "$?"
  [[ $method != *.list ]] || method=${method%list}stream
  if [[ $method != *.stream ]]; then
    _natscreds_fail 2 invalid_params none '' "natscreds_each wants a method that lists, such as credentials.list"
    return "$?"
  fi
  shift
  _natscreds_read_arguments "$method" "$@" || return "$?"
  if [[ ,$_natscreds_params == *,\"max_pages\":* ]]; then
    _natscreds_fail 2 invalid_params none '' "natscreds_each takes no max_pages: leave the loop when you have enough"
    return "$?"
  fi
  fixed=$_natscreds_params
  while :; do
    _natscreds_answer='' _natscreds_parts=() status=0
    _natscreds_exchange "$method" "${fixed:+$fixed,}"'"max_pages":4' || status=$?
    for _natscreds_part in "${_natscreds_parts[@]}"; do
      _natscreds_print_rows "$_natscreds_part" || { _natscreds_fail 74 not_written none '' "the rows could not be written to stdout"; return "$?"; }
    done
    ((status == 0)) && _natscreds_read_answer || return "$((status ? status : $?))"
    _natscreds_member "$_natscreds_result" cursor || _natscreds_value=null
    [[ $_natscreds_value == \"* ]] || break
    # The caller's own cursor began the first window only.
    _natscreds_without_cursor
    fixed+=${fixed:+,}\"cursor\":$_natscreds_value
  done
  _natscreds_member "$_natscreds_result" complete || _natscreds_value=true
  [[ $_natscreds_value == true ]] || _natscreds_fail 1 incomplete_list none '' "the list may have missed rows that were shifted while it was read"
}

# A cursor has no character that would be escaped, and no quote.
_natscreds_without_cursor() {
  local before
  [[ ,$fixed == *,\"cursor\":\"* ]] || return 0
  before=,$fixed
  before=${before%%,\"cursor\":\"*}
  fixed=,$fixed
  fixed=$before${fixed#*,\"cursor\":\"*\"}
  fixed=${fixed#,}
}

# A part's rows, one a line. Cut where one object ends and another begins, and put together again where that was in a string or inside of a row.
_natscreds_print_rows() {
  local rows=$1 between='},{' cut=$'}\n{' IFS=$'\n' piece row='' whole=()
  rows=${rows#*\":\[}
  rows=${rows%\],\"total_count\":*}
  [[ -n $rows ]] || return 0
  rows=${rows//"$between"/$cut}
  for piece in $rows; do
    row+=${row:+,}$piece
    _natscreds_is_whole "$row" || continue
    whole+=("$row")
    row=''
  done
  printf '%s\n' "${whole[@]}"
}

# ---- reading JSON --------------------------------------------------------------------------------------------------------------------------

# The answer that is in _natscreds_answer, without its envelope's head: sets _natscreds_result, or says the error.
_natscreds_read_answer() {
  local code message kind outcome status _natscreds_value
  case $_natscreds_answer in
    '"result":'*)
      _natscreds_result=${_natscreds_answer#'"result":'}
      _natscreds_result=${_natscreds_result%\}}
      return 0
      ;;
    '"error":'*) NATSCREDS_ERROR=${_natscreds_answer#'"error":'} NATSCREDS_ERROR=${NATSCREDS_ERROR%\}} ;;
    *) _natscreds_fail 7 not_ours unknown '' "the program's answer is no answer of the protocol"; return "$?" ;;
  esac
  _natscreds_field code "$NATSCREDS_ERROR" 2>/dev/null && code=$_natscreds_value
  _natscreds_field message "$NATSCREDS_ERROR" 2>/dev/null && message=$_natscreds_value
  _natscreds_field data.kind "$NATSCREDS_ERROR" 2>/dev/null && kind=$_natscreds_value
  _natscreds_field data.outcome "$NATSCREDS_ERROR" 2>/dev/null && outcome=$_natscreds_value
  # The statuses of the program's own `call`.
  case ${code-} in
    -32700 | -32602 | -32601 | -32600 | 1400) status=2 ;;
    1404) status=3 ;;
    1401 | 1403 | 1460) status=4 ;;
    1409 | 1430) status=5 ;;
    1408 | 1423 | 1429 | 1503 | 1504) status=6 ;;
    *) status=1 ;;
  esac
  _natscreds_fail "$status" "${kind:-internal}" "${outcome:-unknown}" "${code-}" "${message-}"
}

# NAME[.NAME…] JSON: sets _natscreds_value.
_natscreds_field() {
  local path=${1-} name
  _natscreds_value=${2-}
  while [[ -n $path ]]; do
    name=${path%%.*}
    path=${path#"$name"} path=${path#.}
    _natscreds_member "$_natscreds_value" "$name" || { printf 'natscreds: there is no member %s in this JSON\n' "${1-}" >&2; return 1; }
  done
  [[ $_natscreds_value != \"* ]] || _natscreds_decode
}

# JSON NAME: the value of the object's own member of this name, as it is written, in _natscreds_value; those inside of other members are passed
# over. Names are compared as the program writes them: without escapes.
_natscreds_member() {
  local rest=$1 name depth inner
  [[ $rest == \{* ]] || return 1
  rest=${rest:1}
  while [[ $rest == \"* ]]; do
    _natscreds_take_string || return "$?"
    name=$_natscreds_value
    rest=${rest#:}
    case $rest in
      \"*) _natscreds_take_string || return "$?" ;;
      [\{\[]*)
        # Strings are passed over whole, so that their brackets do not count.
        depth=0 inner=''
        while :; do
          case $rest in
            \"*)
              _natscreds_take_string || return "$?"
              inner+=$_natscreds_value
              continue
              ;;
            [\{\[]*) ((++depth)) ;;
            [\}\]]*) ((--depth)) ;;
            '') return 1 ;;
            *)
              _natscreds_value=${rest%%[]\"\[\{\}]*}
              inner+=$_natscreds_value rest=${rest:${#_natscreds_value}}
              continue
              ;;
          esac
          inner+=${rest:0:1} rest=${rest:1}
          ((depth)) || break
        done
        _natscreds_value=$inner
        ;;
      *)
        _natscreds_value=${rest%%[,\}]*}
        rest=${rest:${#_natscreds_value}}
        ;;
    esac
    [[ $name != "\"$2\"" ]] || return 0
    rest=${rest#,}
  done
  return 1
}

# Takes the string that `rest` begins with, into _natscreds_value as it is written.
_natscreds_take_string() {
  local chunk string='"'
  rest=${rest:1}
  while :; do
    chunk=${rest%%[\"\\]*}
    string+=$chunk rest=${rest:${#chunk}}
    case $rest in
      \"*)
        _natscreds_value=$string\" rest=${rest:1}
        return 0
        ;;
      '') return 1 ;;
    esac
    string+=${rest:0:2} rest=${rest:2}
  done
}

# The JSON string in _natscreds_value becomes its text, in UTF-8 whatever the locale: \uXXXX of printf follows that.
_natscreds_decode() {
  local rest=${_natscreds_value:1:${#_natscreds_value}-2} text='' chunk number low bytes character
  while [[ $rest == *\\* ]]; do
    chunk=${rest%%\\*}
    text+=$chunk rest=${rest:${#chunk}}
    case ${rest:1:1} in
      n) text+=$'\n' rest=${rest:2} ;;
      t) text+=$'\t' rest=${rest:2} ;;
      r) text+=$'\r' rest=${rest:2} ;;
      b) text+=$'\b' rest=${rest:2} ;;
      f) text+=$'\f' rest=${rest:2} ;;
      u)
        number=$((16#${rest:2:4})) rest=${rest:6}
        if ((number >= 0xd800 && number < 0xdc00)) && [[ $rest == '\u'[dD][c-fC-F]* ]]; then
          low=$((16#${rest:2:4})) rest=${rest:6}
          number=$((0x10000 + ((number - 0xd800) << 10) + low - 0xdc00))
        fi
        if ((number == 0)); then
          printf 'natscreds: this text has a NUL character, which no variable can hold\n' >&2
          return 1
        elif ((number < 0x80)); then
          printf -v bytes '\\x%02x' "$number"
        elif ((number < 0x800)); then
          printf -v bytes '\\x%02x' $((0xc0 | number >> 6)) $((0x80 | number & 0x3f))
        elif ((number < 0x10000)); then
          printf -v bytes '\\x%02x' $((0xe0 | number >> 12)) $((0x80 | number >> 6 & 0x3f)) $((0x80 | number & 0x3f))
        else
          printf -v bytes '\\x%02x' $((0xf0 | number >> 18)) $((0x80 | number >> 12 & 0x3f)) $((0x80 | number >> 6 & 0x3f)) $((0x80 | number & 0x3f))
        fi
        printf -v character %b "$bytes"
        text+=$character
        ;;
      *) text+=${rest:1:1} rest=${rest:2} ;; # \" \\ \/
    esac
  done
  _natscreds_value=$text$rest
}

# ---- closing -------------------------------------------------------------------------------------------------------------------------------

_natscreds_close() {
  local name=${NATSCREDS:-default} pid='' in out turn deadline _natscreds_clock _natscreds_left _natscreds_id=close _natscreds_limit=2000
  local folder=${_NATSCREDS_FOLDER[$name]-}
  [[ -n $folder ]] || return 0
  in=${_NATSCREDS_IN[$name]} out=${_NATSCREDS_OUT[$name]} turn=${_NATSCREDS_TURN[$name]}
  if [[ ${_NATSCREDS_OWNER[$name]} == "$BASHPID" ]]; then
    # A subshell that is in the middle of an exchange has two seconds to end it, as the program then has for what it still does.
    if [[ ${_NATSCREDS_HOLDER[$name]} != "$BASHPID" ]]; then
      _natscreds_now
      deadline=$((_natscreds_clock + 2000))
      _natscreds_take_turn 2>/dev/null && _natscreds_no_error
    fi
    exec {in}<&-
    read -r pid 2>/dev/null <"$folder/pid" || :
    _natscreds_wait_for_end 2000 || { kill -TERM "$pid" 2>/dev/null; _natscreds_wait_for_end 6000; } \
      || { kill -KILL "$pid" 2>/dev/null; _natscreds_wait_for_end 2000; }
    # Whoever still waits for a turn gets it, and sees that the program is gone.
    _natscreds_give_turn
  else
    exec {in}<&-
  fi
  exec {out}<&- {turn}<&-
  unset "_NATSCREDS_FOLDER[$name]" "_NATSCREDS_OWNER[$name]" "_NATSCREDS_IN[$name]" "_NATSCREDS_OUT[$name]" "_NATSCREDS_TURN[$name]" \
    "_NATSCREDS_HOLDER[$name]"
}
