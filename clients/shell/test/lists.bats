#!/usr/bin/env bats
# Lists: one row per line, in windows, and calls inside of the loop.

load helpers

@test "5,000 rows are listed, and each is deleted inside the loop" {
  run script <<'S'
# Many accounts, because each deletion signs all that was deleted from its account before.
natscreds_open
for n in {1..100}; do natscreds_call accounts.create "name=a$n" >/dev/null; done
natscreds_each accounts.list >accounts
while read -r account; do
  natscreds_field -v id id "$account"
  for n in {1..50}; do
    printf '{"jsonrpc":"2.0","id":"%s %s","method":"credentials.create","params":{"nats_account_id":"%s"}}\n' "$id" "$n" "$id"
  done
done <accounts | "$NATS_CREDENTIALS_BRIDGE" >/dev/null
deleted=0
while read -r row; do
  natscreds_field -v id id "$row"
  natscreds_call -v answer credentials.delete "nats_credentials_id=$id"
  [[ $answer == *'"deleted":true'* ]]
  ((++deleted))
done < <(natscreds_each credentials.list page_size=100)
echo "$deleted"
natscreds_call credentials.list | grep -o '"total_count":[0-9]*'
S
  echo "$output"
  [ "$output" = '5000
"total_count":0' ]
}

@test "a pipe, and calls inside of its loop" {
  run script <<'S'
natscreds_open
for n in {1..30}; do natscreds_call credentials.create "name=n$n" >/dev/null; done
natscreds_each credentials.stream page_size=3 order_by=created_at_asc | while read -r row; do
  natscreds_field -v id id "$row"
  natscreds_call credentials.get nats_credentials_id="$id"
done | grep -o '"name":"[^"]*"' | tr -dc '0-9\n' | paste -sd ' '
S
  [ "$output" = "$(seq -s ' ' 30)" ]
}

@test "rows are cut where they end, whatever stands in them" {
  script <<'S' >"$place/rows"
natscreds_open -- "$standin"
natscreds_each credentials.list project_id=odd
S
  python3 - "$shell/test" "$place/rows" <<'P'
import json, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from standin_rows import ROWS
assert [json.loads(line) for line in open(sys.argv[2])] == ROWS
P
}

@test "four pages are asked for, and the next when they are used up" {
  run script <<'S'
natscreds_open -- "$standin"
natscreds_each credentials.list region=local cursor=w0 | while read -r row; do
  natscreds_field -v id id "$row"
  natscreds_call test.echo "id=$id" >/dev/null
  # What the window's end sets going is on its way when its last row is here: looked at in the middle only.
  case $id in 0.1 | 1.1 | 2.1) natscreds_call test.seen | grep -o 'credentials.stream' | wc -l ;; esac
done
natscreds_call test.seen | grep -o '{"method":"credentials.stream[^}]*}}'
S
  echo "$output"
  [ "${lines[2]}" = 3 ]
  [ "${lines[3]}" = '{"method":"credentials.stream","params":{"region":"local","cursor":"w0","max_pages":4}}' ]
  [ "${lines[4]}" = '{"method":"credentials.stream","params":{"region":"local","cursor":"w1","max_pages":4}}' ]
  [ "${lines[5]}" = '{"method":"credentials.stream","params":{"region":"local","cursor":"w2","max_pages":4}}' ]
  [ "${#lines[@]}" -eq 6 ]
}

@test "a list that is left early leaves no request behind" {
  run script <<'S'
natscreds_open
for n in {1..450}; do
  printf '{"jsonrpc":"2.0","id":%s,"method":"credentials.create","params":{"name":"%0300d"}}\n' "$n" "$n"
done | "$NATS_CREDENTIALS_BRIDGE" >/dev/null
set +o pipefail
natscreds_each credentials.list page_size=100 | head -n 1 | wc -l
while read -r row; do break; done < <(natscreds_each credentials.list page_size=100)
natscreds_call bridge.ping
S
  [ "$output" = "1
{}" ]
}

@test "after a list that is left early no more is asked for, and no process and no descriptor is left" {
  run script <<'S'
natscreds_open -- "$standin"
count() { { ls "/proc/$$/fd"; pgrep -P $$ -f script.sh; } | wc -l; }
before=$(count)
for n in {1..5}; do
  while read -r row; do break; done < <(natscreds_each credentials.list 2>/dev/null)
  wait "$!" || :
done
((before == $(count)))
# That its rows are read by nobody is seen when they are written: until the reader leaves, one window fits into the pipe, and two are asked for.
asked=$(natscreds_call test.seen | grep -o credentials.stream | wc -l)
((asked >= 5 && asked <= 15))
natscreds_call test.seen | grep -o cancelRequest | wc -l
S
  echo "$output"
  [ "$status" -eq 0 ] || [ "$output" = 0 ]
  [ "$output" = 0 ]
}

@test "an error comes after the rows that came before it, as the status of pipe and substitution" {
  run --separate-stderr script <<'S'
natscreds_open -- "$standin"
natscreds_each credentials.list project_id=broken || echo "status $? $NATSCREDS_KIND"
natscreds_each credentials.list project_id=broken | cat || echo "status $?"
while read -r row; do :; done < <(natscreds_each credentials.list project_id=broken)
wait "$!" || echo "status $?"
S
  [ "$output" = '{"id":"1"}
status 6 network
{"id":"1"}
status 6
status 6' ]
  [ "$stderr" = "natscreds: network: so the stand-in says
natscreds: network: so the stand-in says
natscreds: network: so the stand-in says" ]
}

@test "a list that may have missed rows ends with an error" {
  run script <<'S'
natscreds_open -- "$standin"
natscreds_each credentials.list project_id=missing
S
  [ "$status" -eq 1 ]
  [ "$output" = '{"id":"1"}
natscreds: incomplete_list: the list may have missed rows that were shifted while it was read' ]
}

@test "what is no list is refused" {
  run script <<'S'
natscreds_open
! natscreds_each credentials.get || exit 1
! natscreds_each credentials.list max_pages=2 || exit 1
! natscreds_each credentials.list page=2 || exit 1
! natscreds_each || exit 1
S
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "natscreds: invalid_params: natscreds_each wants a method that lists, such as credentials.list" ]
  [ "${lines[1]}" = "natscreds: invalid_params: natscreds_each takes no max_pages: leave the loop when you have enough" ]
  [[ ${lines[2]} == "natscreds: invalid_params: "*page* ]]
}

@test "rows that cannot be written are an error" {
  run --separate-stderr script <<'S'
natscreds_open
natscreds_call credentials.create name=app >/dev/null
natscreds_each credentials.list >/dev/full
S
  [ "$status" -eq 74 ]
  [[ $stderr == *"natscreds: not_written: the rows could not be written to stdout" ]]
}
