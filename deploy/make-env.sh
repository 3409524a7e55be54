#!/bin/sh
# Writes .env with fresh secrets for docker-compose.yml. It never overwrites one: FIELD_KEYS that
# are lost cannot be made again, and nobody can be reached without them.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
    echo ".env is there already and stays as it is." >&2
    exit 1
fi
# Hexadecimal, so that a password needs no quoting inside an address.
word() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
field_key="$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n')"
umask 077
cat > .env <<WORDS
PUBLIC_URL=${1:?Say the address people reach you at: deploy/make-env.sh https://tandem.example.org}
SECRET_KEY=$(word 48)
FIELD_KEYS=k1:$field_key
POSTGRES_PASSWORD=$(word 24)
OWNER_PASSWORD=$(word 24)
APP_PASSWORD=$(word 24)
ENGINE_PASSWORD=$(word 24)
WATCH_PASSWORD=$(word 24)
VALKEY_PASSWORD=$(word 24)
WORDS
[ -e watchdog.env ] || cp deploy/watchdog.env.example watchdog.env
[ -e providers.env ] || cp deploy/providers.env.example providers.env
echo "Wrote .env. Now fill in providers.env and watchdog.env, and keep a copy of SECRET_KEY and FIELD_KEYS elsewhere."
