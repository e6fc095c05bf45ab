-- The ledger: one row per run of a job (docs/contracts.md §5). The rules that must hold whatever the auditor does
-- are constraints here, not code there.

CREATE TABLE audit.job_runs (
  run_id            text        PRIMARY KEY CHECK (run_id ~ '^[a-z][a-z0-9_]{1,39}-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$'),
  job               text        NOT NULL CHECK (job ~ '^[a-z][a-z0-9_]{1,39}$'),
  environment       text        NOT NULL,
  status            text        NOT NULL CHECK (status IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED')),
  trigger           text        CHECK (trigger IN ('event', 'schedule', 'manual')),
  requested_by      text,
  source_bucket     text,
  source_key        text,
  source_version    text,
  source_checksum   text,
  source_bytes      bigint      CHECK (source_bytes >= 0),
  execution_arn     text        NOT NULL UNIQUE,
  glue_run_id       text,
  attempt           integer     NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  parent_run_id     text        REFERENCES audit.job_runs (run_id),
  started_at        timestamptz NOT NULL,
  ended_at          timestamptz,
  rows_read         bigint      CHECK (rows_read >= 0),
  rows_valid        bigint      CHECK (rows_valid >= 0),
  rows_quarantined  bigint      CHECK (rows_quarantined >= 0),
  rows_deduplicated bigint      CHECK (rows_deduplicated >= 0),
  rows_written      bigint      CHECK (rows_written >= 0),
  rows_loaded       bigint      CHECK (rows_loaded >= 0),
  rows_inserted     bigint      CHECK (rows_inserted >= 0),
  rows_updated      bigint      CHECK (rows_updated >= 0),
  rows_unchanged    bigint      CHECK (rows_unchanged >= 0),
  reconciled        boolean,
  difference        jsonb       CHECK (jsonb_typeof(difference) = 'array'),
  rules             jsonb       CHECK (jsonb_typeof(rules) = 'object'),
  sums              jsonb       CHECK (jsonb_typeof(sums) = 'object'),
  checksum          jsonb       CHECK (jsonb_typeof(checksum) = 'object'),
  quarantine_uri    text,
  document_uri      text,
  error_state       text,
  error_code        text,
  error_message     text,

  CONSTRAINT closed_runs_have_an_end CHECK ((status = 'RUNNING') = (ended_at IS NULL)),
  CONSTRAINT a_run_ends_after_it_starts CHECK (ended_at >= started_at),
  CONSTRAINT only_reconciled_runs_succeed CHECK (status <> 'SUCCEEDED' OR reconciled IS TRUE),
  CONSTRAINT differences_are_listed CHECK (reconciled IS NULL OR reconciled = (jsonb_array_length(difference) = 0)),
  CONSTRAINT what_did_not_succeed_says_why CHECK (status NOT IN ('FAILED', 'SKIPPED') OR (error_code IS NOT NULL AND error_message IS NOT NULL)),
  CONSTRAINT a_later_attempt_names_the_earlier CHECK (attempt = 1 OR parent_run_id IS NOT NULL)
);

COMMENT ON COLUMN audit.job_runs.trigger IS 'null when the run failed before its input could be read';
COMMENT ON COLUMN audit.job_runs.source_checksum IS 'ALGORITHM:value of the S3 checksum, or ETAG:value';
COMMENT ON COLUMN audit.job_runs.error_message IS 'why a run FAILED, or why it was SKIPPED';

-- One object is a version of a key; where the bucket keeps no versions, its content. Runs over a prefix have neither:
-- the expression is null, and nulls are never equal, so any number of them fits.
-- Of two executions that open the same attempt at the same object, the database lets one through.
CREATE UNIQUE INDEX job_runs_one_row_per_attempt
  ON audit.job_runs (job, source_bucket, source_key, (coalesce(source_version, source_checksum)), attempt);
-- And never are two runs of one object alive or good.
CREATE UNIQUE INDEX job_runs_one_live_run_per_object
  ON audit.job_runs (job, source_bucket, source_key, (coalesce(source_version, source_checksum)))
  WHERE status IN ('RUNNING', 'SUCCEEDED');

-- Newest first: of a job, of a status, of all.
CREATE INDEX job_runs_newest_of_job ON audit.job_runs (job, started_at DESC, run_id DESC);
CREATE INDEX job_runs_newest_of_status ON audit.job_runs (status, started_at DESC, run_id DESC);
CREATE INDEX job_runs_newest ON audit.job_runs (started_at DESC, run_id DESC);

-- A closed run is history.
CREATE FUNCTION audit.keep_closed_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'run % has ended % and is not changed any more', OLD.run_id, OLD.status USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER keep_closed_runs BEFORE UPDATE ON audit.job_runs
  FOR EACH ROW WHEN (OLD.status <> 'RUNNING') EXECUTE FUNCTION audit.keep_closed_runs();

GRANT SELECT, INSERT, UPDATE ON audit.job_runs TO audit_writer;
GRANT SELECT ON audit.job_runs TO lake_reader;
