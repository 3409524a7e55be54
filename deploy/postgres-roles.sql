-- Makes the database and the four roles on a PostgreSQL of your own (15 or newer), as a superuser:
--
--   export OWNER_PASSWORD=… APP_PASSWORD=… ENGINE_PASSWORD=… WATCH_PASSWORD=…
--   psql -h db.example -U postgres -v database=tandem \
--        -v owner=tandem_owner -v app=tandem_app -v engine=tandem_engine -v watch=tandem_watch \
--        -f deploy/postgres-roles.sql
--
-- The names are yours to choose; migrations grant to the names in OWNER_DATABASE_URL,
-- DATABASE_URL (app), ENGINE_DATABASE_URL and WATCH_DATABASE_URL. It may be run again: that sets the passwords anew.
-- The service refuses to start as a superuser, with BYPASSRLS, or as the owner of its tables.
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\getenv engine_password ENGINE_PASSWORD
\getenv watch_password WATCH_PASSWORD

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY[:'owner', :'app', :'engine', :'watch']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE :"owner" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE :"app" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
ALTER ROLE :"engine" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'engine_password';
ALTER ROLE :"watch" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'watch_password';

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"app", :"engine", :"watch";
