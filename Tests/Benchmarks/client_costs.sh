# shellcheck shell=bash
# Run by clients.py: what a call and a row cost in bash, by the library, or with the pipe alone, where nothing is parsed.
# Takes the CPU time of this shell alone, which `times` says first.

calls=200 repeats=3 rows=0

# The milliseconds that this shell has run, user and system together, in $clock.
clock() {
  local line user system
  times >"$HOME/times"
  read -r line <"$HOME/times"
  user=${line% *} system=${line#* }
  clock=0
  for line in "$user" "$system"; do
    line=${line%s} line=${line//[.,]/}
    clock=$((clock + ${line%m*} * 60000 + 10#${line#*m}))
  done
}

# COUNT EACH COMMAND…: microseconds for one of COUNT times EACH, the median of three, in $cost.
measure() {
  local count=$1 each=$2 repeat number begun found=()
  shift 2
  for ((repeat = 0; repeat < repeats; repeat++)); do
    clock; begun=$clock
    for ((number = 0; number < count; number++)); do "$@"; done
    clock
    found+=($(((clock - begun) * 1000000 / count / each)))
  done
  mapfile -t found < <(printf '%s\n' "${found[@]}" | sort -n)
  printf -v cost '%d.%03d' "$((found[1] / 1000))" "$((found[1] % 1000))"
}

case $1 in
  pipe)
    coproc BRIDGE { exec "$NATS_CREDENTIALS_BRIDGE" --region local; }
    ask() { printf '%s\n' '{"jsonrpc":"2.0","id":1,"method":"'"$1"'","params":{'"$2"'}}' >&"${BRIDGE[1]}" && read -r response <&"${BRIDGE[0]}"; }
    ping() { ask bridge.ping ''; }
    get() { ask credentials.get '"nats_credentials_id":"'"$CREDENTIAL"'"'; }
    list() {
      ask credentials.stream '"nats_account_id":"'"$FEW"'"' && printf '%s\n' "$response"
      while [[ $response == *'"method":"$/progress"'* ]] && read -r response <&"${BRIDGE[0]}"; do printf '%s\n' "$response"; done
    } >"$HOME/listed"
    # A line has many rows.
    count() { rows=$(grep -o '"id":"' "$HOME/listed" | wc -l); }
    # shellcheck disable=SC1083
    end() { exec {BRIDGE[1]}>&-; }
    ;;
  library)
    # shellcheck source=/dev/null
    . "$CLIENTS/shell/natscreds.sh"
    natscreds_open --region local || exit
    ping() { natscreds_call -v response bridge.ping; }
    get() { natscreds_call -v response credentials.get nats_credentials_id="$CREDENTIAL"; }
    list() { natscreds_each credentials.list nats_account_id="$FEW" >"$HOME/listed"; }
    count() { rows=$(wc -l <"$HOME/listed"); }
    end() { natscreds_close; }
    ;;
esac

list
count
measure "$calls" 1 ping; ping=$cost
measure "$calls" 1 get; get=$cost
measure 1 "$rows" list; row=$cost
end
printf '{"ping":%s,"get":%s,"row":%s,"rows":%d}\n' "$ping" "$get" "$row" "$rows"
