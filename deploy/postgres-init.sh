#!/bin/sh
# Makes the database and the four roles in a fresh cluster; run once by the postgres image, as its
# superuser. Each password comes from a file, and no service of ours ever gets the superuser's.
(
    set -eu
    secrets="${SECRETS:-/run/secrets}"
    for role in owner app engine watch; do
        if [ ! -s "$secrets/${role}_password" ]; then
            echo "The password of the role $role is missing: $secrets/${role}_password" >&2
            exit 1
        fi
    done
    OWNER_PASSWORD="$(cat "$secrets/owner_password")"
    APP_PASSWORD="$(cat "$secrets/app_password")"
    ENGINE_PASSWORD="$(cat "$secrets/engine_password")"
    WATCH_PASSWORD="$(cat "$secrets/watch_password")"
    export OWNER_PASSWORD APP_PASSWORD ENGINE_PASSWORD WATCH_PASSWORD
    exec psql -X -q -U "${POSTGRES_USER:-postgres}" -d postgres \
        -v database=tandem -v owner=tandem_owner -v app=tandem_app -v engine=tandem_engine \
        -v watch=tandem_watch \
        -f "${ROLES_SQL:-/opt/tandem/postgres-roles.sql}"
)
