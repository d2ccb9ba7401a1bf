-- The roles of a Supabase database, as far as connections care: "postgres" is no superuser, but it may see every session.
-- Read by `postgres --single -j`: a statement ends at a semicolon followed by an empty line. The bootstrap superuser is supabase_admin.
-- The passwords are as public as this file; each is a word of its own, so that a test can look for it in every output.

ALTER ROLE supabase_admin PASSWORD 'lab-secret-admin';

CREATE ROLE postgres NOSUPERUSER CREATEDB CREATEROLE LOGIN REPLICATION BYPASSRLS PASSWORD 'lab-secret-postgres';

GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres;

CREATE ROLE anon NOLOGIN NOINHERIT;

CREATE ROLE authenticated NOLOGIN NOINHERIT;

CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;

CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD 'lab-secret-authenticator';

GRANT anon, authenticated, service_role TO authenticator;

GRANT anon, authenticated, service_role TO postgres;

CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE PASSWORD 'lab-secret-auth-admin';

CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE PASSWORD 'lab-secret-storage-admin';

CREATE ROLE pgbouncer LOGIN PASSWORD 'lab-secret-pgbouncer';

-- An application's own role: no special rights, so it cannot see other roles' sessions.

CREATE ROLE app_user LOGIN PASSWORD 'lab-secret-app-user';

-- A role whose second connection is refused.

CREATE ROLE limited LOGIN CONNECTION LIMIT 1 PASSWORD 'lab-secret-limited';

-- A role whose password has every character that a URI must encode.

CREATE ROLE odd_user LOGIN PASSWORD 'p@ss/w#rd?1%';

ALTER ROLE anon SET statement_timeout = '3s';

ALTER ROLE authenticated SET statement_timeout = '8s';

ALTER ROLE authenticator SET statement_timeout = '8s';

ALTER ROLE authenticator SET lock_timeout = '8s';

ALTER ROLE supabase_auth_admin SET idle_in_transaction_session_timeout = 60000;

GRANT ALL ON SCHEMA public TO postgres, anon, authenticated, service_role;

CREATE SCHEMA pgbouncer AUTHORIZATION pgbouncer;

-- The poolers look passwords up here. The shared pooler knows `role.ref` and logs in as `role`; the dedicated one knows `role`.

CREATE FUNCTION pgbouncer.get_auth(p_usename text) RETURNS TABLE (username text, password text)
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS
$$ SELECT rolname::text, rolpassword::text FROM pg_catalog.pg_authid WHERE rolcanlogin AND rolname = p_usename $$;

CREATE FUNCTION pgbouncer.get_tenant_auth(p_usename text) RETURNS TABLE (username text, password text)
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS
$$ SELECT rolname::text, rolpassword::text FROM pg_catalog.pg_authid WHERE rolcanlogin AND rolname || '.abcdefghijklmnopqrst' = p_usename $$;

REVOKE ALL ON FUNCTION pgbouncer.get_auth(text), pgbouncer.get_tenant_auth(text) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text), pgbouncer.get_tenant_auth(text) TO pgbouncer;

