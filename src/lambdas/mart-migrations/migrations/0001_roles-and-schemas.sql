-- Schemas of the mart and the three roles that sessions take with SET ROLE (docs/contracts.md §5).
-- Run by the database's owner: on RDS not a superuser, but with CREATEROLE. Needs PostgreSQL 16 or newer.

-- Roles belong to the whole server and outlive a database, so each may already be there. The creator of a role may
-- administer it, but since PostgreSQL 16 may take it (SET ROLE) only after granting it to itself.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['mart_writer', 'audit_writer', 'lake_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this server made it in this moment
      END;
    END IF;
    IF NOT pg_catalog.pg_has_role(current_user, role_name, 'SET') OR NOT pg_catalog.pg_has_role(current_user, role_name, 'USAGE') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT TRUE, SET TRUE', role_name);
    END IF;
  END LOOP;
END $$;

CREATE SCHEMA IF NOT EXISTS mart;
CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS audit;

COMMENT ON SCHEMA mart IS 'Tables that jobs publish';
COMMENT ON SCHEMA staging IS 'What a job loads before it merges; its content is never of interest afterwards';
COMMENT ON SCHEMA audit IS 'Ledger of runs, written by the auditor alone';

-- A job makes and changes the tables of mart and staging.
GRANT USAGE, CREATE ON SCHEMA mart, staging TO mart_writer;
-- The auditor writes rows; it makes no tables.
GRANT USAGE ON SCHEMA audit TO audit_writer;
-- A reader sees what is published, never what is staged.
GRANT USAGE ON SCHEMA mart, audit TO lake_reader;

-- Tables that come later: whoever makes them, readers see them.
ALTER DEFAULT PRIVILEGES FOR ROLE mart_writer IN SCHEMA mart GRANT SELECT ON TABLES TO lake_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA mart GRANT SELECT ON TABLES TO lake_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA mart GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO mart_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO lake_reader;
