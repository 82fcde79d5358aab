#!/bin/sh
# A new credential every night, the old one deleted once the new file is safe. In a crontab:
#   17 3 * * *  PATH=/usr/local/bin:/usr/bin:/bin  /usr/local/bin/cron.sh worker /srv/worker.creds
# Says nothing when all is well or may be well the next night, so that cron sends mail only about what needs somebody.
set -u
name=$1 file=$2
errors=$("${NATS_CREDENTIALS_BRIDGE:-nats-credentials-bridge}" call credentials.create \
  "name=$name" "save_to=$file" overwrite=true if_exists=replace 2>&1 >/dev/null)
code=$?
case $code in
  0) exit 0 ;;
  6) exit 0 ;; # unavailable, limited or timed out: the old credential goes on
esac
printf '%s\n' "$errors" >&2
exit "$code"
