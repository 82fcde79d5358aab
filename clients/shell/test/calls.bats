#!/usr/bin/env bats
# Calls, their arguments, and their errors.

load helpers

@test "a call prints its result on one line of stdout" {
  run --separate-stderr script <<'S'
natscreds_open
natscreds_call accounts.create name=orders
natscreds_close
S
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 1 ]
  [ -z "$stderr" ]
  python3 -c 'import json, sys; assert json.loads(sys.argv[1])["name"] == "orders"' "$output"
}

@test "-v puts the result into a variable and prints nothing" {
  run script <<'S'
natscreds_open
natscreds_call -v _natscreds_in accounts.create name=orders
natscreds_field -v status name "$_natscreds_in"
[[ $status == orders ]]
! natscreds_call -v 'a[$(touch bad)]' bridge.ping 2>error || exit 1
[[ ! -e bad && $NATSCREDS_KIND == invalid_params ]]
S
  echo "$output"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}

@test "an error is one line on stderr, a status, and variables" {
  run --separate-stderr script <<'S'
natscreds_open
id=00000000-0000-4000-8000-000000000000
natscreds_call credentials.get nats_credentials_id=$id || echo "$? $NATSCREDS_KIND $NATSCREDS_CODE $NATSCREDS_OUTCOME: $NATSCREDS_MESSAGE"
natscreds_field data.resource_id "$NATSCREDS_ERROR"
natscreds_call bridge.ping
echo "<$NATSCREDS_KIND$NATSCREDS_CODE$NATSCREDS_OUTCOME$NATSCREDS_MESSAGE$NATSCREDS_ERROR>"
S
  id=00000000-0000-4000-8000-000000000000
  [ "$output" = "3 not_found 1404 none: there is no such credential: $id
$id
{}
<>" ]
  [ "$stderr" = "natscreds: not_found: there is no such credential: $id" ]
}

@test "the statuses are those of the program's own call" {
  run script <<'S'
natscreds_open -- "$standin"
for code in -32700 -32600 -32601 -32602 -32603 -32800 1400 1401 1403 1404 \
  1408 1409 1410 1412 1423 1429 1430 1460 1461 1470 1502 1503 1504 1507 1525; do
  status=0
  natscreds_call test.fail code:=$code kind=k outcome=unknown message=$'two\nlines' 2>>errors || status=$?
  printf '%s:%s ' "$code" "$status"
done
sort -u errors
S
  echo "$output"
  [ "$output" = "-32700:2 -32600:2 -32601:2 -32602:2 -32603:1 -32800:1 1400:2 1401:4 1403:4 1404:3 1408:6 1409:5 1410:1 1412:1 1423:6 1429:6 \
1430:5 1460:4 1461:1 1470:1 1502:1 1503:6 1504:6 1507:1 1525:1 natscreds: k: two?lines (outcome: unknown)" ]
}

@test "a script with set -e ends with the status of the call" {
  run --separate-stderr script <<'S'
natscreds_open
row=$(natscreds_call credentials.get nats_credentials_id=00000000-0000-4000-8000-000000000000)
echo not reached
S
  [ "$status" -eq 3 ]
  [ -z "$output" ]
  run script <<'S'
natscreds_open
natscreds_call nothing.such
echo not reached
S
  [ "$status" -eq 2 ]
  [[ $output != *reached* ]]
}

names() {
  cat <<'S'
natscreds_open
for name in 'a "b" c' "it's" 'a=b=c' \
  ' spaces ' '\' '\\"\n' '$(touch bad) `touch bad` $HOME' '*' '&' '{}[],:' 'grüße' '名前 😀 é' $'\u2028' '-v' ':' '%s%n'; do
  natscreds_call -v made credentials.create "name=$name"
  natscreds_field -v back name "$made"
  [[ $back == "$name" ]] || { echo "<$name> became <$back>"; exit 1; }
done
[[ ! -e bad ]]
natscreds_each credentials.list order_by=created_at_asc | python3 -c 'import json, sys; print(len([json.loads(line)["name"] for line in sys.stdin]))'
S
}

@test "names with quotes, spaces, =, backslashes and UTF-8 come back as they went" {
  LC_ALL=C.UTF-8 run script < <(names)
  [ "$output" = 16 ]
}

@test "the same where the locale knows bytes only, as in cron" {
  LC_ALL=C run script < <(names)
  [ "$output" = 16 ]
}

@test "every control character is escaped, so that none can end the line" {
  run script <<'S'
natscreds_open -- "$standin"
text=
for number in {1..31} 127; do
  printf -v octal %03o $number
  printf -v character "\\$octal"
  text+="<$character>"
done
natscreds_call -v back test.echo "text=$text"
natscreds_field -v same text "$back"
[[ $same == "$text" && $back != *[[:cntrl:]]* ]]
S
  [ "$status" -eq 0 ]
}

@test "what the program refuses, a name of two lines, is said clearly" {
  run script <<'S'
natscreds_open
natscreds_call credentials.create name=$'two\nlines'
S
  [ "$status" -eq 2 ]
  [ "$output" = "natscreds: invalid_params: name must be a text of 1 to 500 characters without control characters" ]
}

@test "bytes that are not UTF-8 are refused before anything is sent" {
  run script <<'S'
natscreds_open -- "$standin"
for bytes in $'\xff' $'a\xc3' $'\xc0\xaf' $'\xed\xa0\x80' $'\xf4\x90\x80\x80' $'\x80'; do
  ! natscreds_call test.echo "name=$bytes" || exit 1
done
for text in $'\xc3\xbc' $'\xe2\x80\xa8' $'\xf0\x9f\x98\x80' $'\xf4\x8f\xbf\xbf'; do natscreds_call -v ok test.echo "name=$text"; done
natscreds_call test.seen
S
  [ "${lines[0]}" = "natscreds: invalid_params: the value of name is not UTF-8" ]
  [[ "${lines[6]}" == '{"seen":[{"method":"bridge.info",'* ]]
  [ "$(grep -o test.echo <<<"${lines[6]}" | wc -l)" -eq 4 ]
}

@test "values are typed as the program's call types them, by the schemas" {
  expected=$("$NATS_CREDENTIALS_BRIDGE" openrpc | python3 -c '
import json, sys
for method in json.load(sys.stdin)["methods"]:
    for param in method["params"]:
        print(param["name"], param["schema"].get("type") in ("integer", "boolean"))' | sort -u)
  actual=$(script <<S
for name in $(awk '{print $1}' <<<"$expected" | tr '\n' ' '); do
  ! { _natscreds_is_raw "\$name" 12 && _natscreds_is_raw "\$name" true && ! _natscreds_is_raw "\$name" 01; } || { echo "\$name True"; continue; }
  echo "\$name False"
done
S
  )
  [ -n "$expected" ]
  [ "$actual" = "$expected" ]
}

@test "key:=json takes JSON, and refuses what is none" {
  run script <<'S'
natscreds_open -- "$standin"
natscreds_call test.echo 'a:=-1.5e3' 'b:=null' 'c:="=\"]"' 'd:=[1,{"x":"]}"}]' 'e:={}' page_size=3 missing_ok=yes 'f='
for bad in '' 01 'true false' '"' '"a"b"' '1,"x":2' '{},"x":{}' '[1}' '[' '{"a":"}' '}{' $'[1,\n2]' nul; do
  ! natscreds_call test.echo "a:=$bad" 2>>errors || { echo "taken: $bad"; exit 1; }
done
sort -u errors
! natscreds_call test.echo name 2>>errors || exit 1
! natscreds_call test.echo =1 2>>errors || exit 1
! natscreds_call 2>>errors || exit 1
tail -n 3 errors
S
  [ "${lines[0]}" = '{"a":-1500.0,"b":null,"c":"=\"]","d":[1,{"x":"]}"}],"e":{},"page_size":3,"missing_ok":"yes","f":""}' ]
  [ "${lines[1]}" = "natscreds: invalid_params: what follows a:= is not JSON on one line" ]
  [ "${lines[2]}" = "natscreds: invalid_params: parameters are key=value or key:=json" ]
  [ "${lines[3]}" = "natscreds: invalid_params: parameters are key=value or key:=json" ]
  [ "${lines[4]}" = "natscreds: invalid_params: a method comes first, such as credentials.list" ]
}

@test "a response without an id is that of the call whose JSON could not be read" {
  run script <<'S'
natscreds_open
natscreds_call credentials.list 'project_id:=[1,]'
S
  [ "$status" -eq 2 ]
  [[ $output == "natscreds: parse_error: "* ]]
}

@test "a request that could block in the pipe is refused" {
  run script <<'S'
natscreds_open
printf -v long %20000s x
natscreds_call credentials.create "name=$long"
S
  [ "$output" = "natscreds: message_too_large: the request is longer than 15,000 characters" ]
  [ "$status" -eq 2 ]
}

@test "fields: text is decoded, the rest is JSON, members of members are passed over" {
  LC_ALL=C run script <<'S'
json='{"a":{"id":"inner","]":"}"},"list":[{"id":"\\"},"]"],"id":"\u00fc\ud83d\ude00\/\"\\","n":1.50,"z":null,"e":{},"deep":{"er":{"text":"yes\n"}}}'
natscreds_field id "$json"
for name in n z e a list deep.er.text a.id; do natscreds_field "$name" "$json"; done
! natscreds_field inner "$json" || exit 1
! natscreds_field a.x "$json" || exit 1
! natscreds_field x 'no JSON' || exit 1
S
  echo "$output"
  [ "$output" = 'ü😀/"\
1.50
null
{}
{"id":"inner","]":"}"}
[{"id":"\\"},"]"]
yes

inner
natscreds: there is no member inner in this JSON
natscreds: there is no member a.x in this JSON
natscreds: there is no member x in this JSON' ]
  [ "$status" -eq 0 ]
}

@test "fields of a long page" {
  run script <<'S'
natscreds_open
for n in {1..100}; do
  printf '{"jsonrpc":"2.0","id":%s,"method":"credentials.create","params":{"name":"\\"}],{%s\\\\"}}\n' "$n" "$n"
done | "$NATS_CREDENTIALS_BRIDGE" >/dev/null
natscreds_call -v page credentials.list page_size=100
natscreds_field -v rows nats_credentials "$page"
natscreds_field total_count "$page"
natscreds_field region "$page"
natscreds_field id "{\"rows\":$rows,\"id\":\"last\"}"
python3 -c 'import json, sys; assert json.loads(sys.argv[1])["nats_credentials"] == json.loads(sys.argv[2])' "$page" "$rows"
S
  echo "$output"
  [ "$output" = "100
local
last" ]
  [ "$status" -eq 0 ]
}

@test "a time limit for opening does not stay, in posix mode either" {
  run script <<'S'
set -o posix
natscreds_open
echo "<${NATSCREDS_WAIT_MS-}>"
S
  [ "$output" = "<>" ]
}

@test "the secret is in the one answer, whole" {
  run script <<'S'
natscreds_open
natscreds_call -v made credentials.create name=app
natscreds_field credentials.content "$made" >app.creds
printf '%s' "$(natscreds_field checksum "$made")  app.creds" >sum
truncate -s -1 app.creds
sha1sum -c sum
S
  echo "$output"
  [ "$output" = "app.creds: OK" ]
}

@test "a temporary bridge has a state folder of its own, whatever is said, and it is gone at the end" {
  run --separate-stderr script <<'S'
export SCW_DEFAULT_REGION=fr-par NATS_URL=nats://127.0.0.1:4222
natscreds_open --temporary --state "$place/mine" --log-level info
NATSCREDS=other natscreds_open --log-level info --temporary -- "$NATS_CREDENTIALS_BRIDGE"
natscreds_call -v made credentials.create name=app
natscreds_field region "$made"
natscreds_each credentials.list | while read -r row; do natscreds_field name "$row"; done
NATSCREDS=other natscreds_each credentials.list
echo "$TMPDIR"/natscreds.*/state/store.db | wc -w
natscreds_call -v account accounts.get nats_account_id="$(natscreds_field nats_account_id "$made")"
natscreds_field endpoint "$account"
natscreds_close
S
  echo "$output $stderr"
  [ "$status" -eq 0 ]
  [ "$output" = $'local\napp\n2\nnats://127.0.0.1:1' ]
  [ ! -e "$place/mine" ]
  nothing_is_left
  [ -z "$(find "$place/state" "$place/home" "$place/tmp" -mindepth 1)" ]
}

@test "a script with a temporary bridge that is killed, or ends in the middle of a call, leaves nothing" {
  for way in 'kill -KILL $$' 'kill -TERM $$' 'exit 3' 'natscreds_call credentials.get'; do
    run script <<S
natscreds_open --temporary
natscreds_call credentials.create name=app >/dev/null
$way
S
    [ "$status" -ne 0 ]
    nothing_is_left
    [ -z "$(find "$place/state" "$place/tmp" -mindepth 1)" ]
  done
}
