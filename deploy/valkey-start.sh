#!/bin/sh
# Starts Valkey with its password from a file, so that no process list shows it.
set -eu
secrets="${SECRETS:-/run/secrets}"
if [ ! -s "$secrets/valkey_password" ]; then
    echo "The password of Valkey is missing: $secrets/valkey_password" >&2
    exit 1
fi
umask 077
settings="$(mktemp)"
printf 'requirepass %s\n' "$(cat "$secrets/valkey_password")" > "$settings"
exec valkey-server "$settings" "$@"
