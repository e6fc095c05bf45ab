// The ledger's SQL (audit.job_runs). Every statement is atomic by itself; what two callers may not both do is decided
// by the unique indexes of the table and by `WHERE status = 'RUNNING'`, never by reading first.
import type pg from 'pg';
import type { Difference } from './reconcile.js';
import type { Source } from './parse-input.js';

export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

export const ROW_COUNTS = ['read', 'valid', 'quarantined', 'deduplicated', 'written', 'loaded', 'inserted', 'updated', 'unchanged'] as const;
export type RowCounts = Readonly<Record<(typeof ROW_COUNTS)[number], number | null>>;

export interface LedgerRow {
  readonly runId: string;
  readonly job: string;
  readonly status: RunStatus;
  readonly sourceBucket: string | null;
  readonly sourceKey: string | null;
  readonly sourceVersion: string | null;
  readonly sourceChecksum: string | null;
  readonly sourceBytes: number | null;
  readonly executionArn: string;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly rows: RowCounts;
  readonly reconciled: boolean | null;
  readonly errorState: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** Why a run ended other than well. */
export interface Reason {
  readonly state: string | null;
  readonly code: string;
  readonly message: string;
}

export interface NewRun {
  readonly runId: string;
  readonly job: string;
  readonly environment: string;
  readonly executionArn: string;
  readonly startedAt: Date;
  /** Null when the input could not be read. */
  readonly source: Pick<Source, 'trigger' | 'bucket' | 'key' | 'version' | 'requestedBy'> | null;
  readonly checksum: string | null;
  readonly bytes: number | null;
  readonly attempt: number;
  readonly parentRunId: string | null;
  /** A run may be over before it begins; it then has a reason. */
  readonly status: 'RUNNING' | 'FAILED' | 'SKIPPED';
  readonly reason: Reason | null;
}

export interface Closing {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'SKIPPED';
  readonly glueRunId: string | null;
  readonly rows: Partial<RowCounts> | null;
  readonly reconciled: boolean | null;
  readonly difference: readonly Difference[] | null;
  readonly rules: Readonly<Record<string, number>> | null;
  readonly sums: Readonly<Record<string, unknown>> | null;
  readonly checksum: Readonly<Record<string, unknown>> | null;
  readonly quarantineUri: string | null;
  readonly documentUri: string | null;
  readonly reason: Reason | null;
}

/** An object in S3 as the ledger tells it from others: by its version, without versions by its content. */
export interface ObjectIdentity {
  readonly job: string;
  readonly bucket: string;
  readonly key: string;
  readonly identity: string;
}

export interface Ledger {
  byExecution(executionArn: string): Promise<LedgerRow | null>;
  byRunId(runId: string): Promise<LedgerRow | null>;
  /** The last attempt at the object; null when it was never opened. */
  lastAttempt(object: ObjectIdentity): Promise<LedgerRow | null>;
  /** The newest run of any version of the key that is RUNNING or SUCCEEDED: whose content is, or will be, the loaded one. */
  newestLive(key: Omit<ObjectIdentity, 'identity'>): Promise<LedgerRow | null>;
  /** Null when another row is in the way: of the same execution, or of the same attempt at the same object. */
  insert(run: NewRun): Promise<LedgerRow | null>;
  /** Null when the run is not RUNNING; the row is then as it was. */
  close(runId: string, closing: Closing): Promise<LedgerRow | null>;
}

const COLUMNS = `run_id, job, status, source_bucket, source_key, source_version, source_checksum, source_bytes,
  execution_arn, attempt, started_at, ended_at,
  ${ROW_COUNTS.map((name) => `rows_${name}`).join(', ')}, reconciled, error_state, error_code, error_message`;

export function ledgerOn(client: pg.Client): Ledger {
  const one = async (sql: string, values: readonly unknown[]): Promise<LedgerRow | null> => {
    const { rows } = await client.query<DatabaseRow>(sql, [...values]);
    return rows[0] ? fromDatabase(rows[0]) : null;
  };
  return {
    byExecution: (executionArn) => one(`SELECT ${COLUMNS} FROM audit.job_runs WHERE execution_arn = $1`, [executionArn]),
    byRunId: (runId) => one(`SELECT ${COLUMNS} FROM audit.job_runs WHERE run_id = $1`, [runId]),
    lastAttempt: ({ job, bucket, key, identity }) => one(
      `SELECT ${COLUMNS} FROM audit.job_runs
       WHERE job = $1 AND source_bucket = $2 AND source_key = $3 AND coalesce(source_version, source_checksum) = $4
       ORDER BY attempt DESC LIMIT 1`, [job, bucket, key, identity]),
    newestLive: ({ job, bucket, key }) => one(
      `SELECT ${COLUMNS} FROM audit.job_runs
       WHERE job = $1 AND source_bucket = $2 AND source_key = $3 AND status IN ('RUNNING', 'SUCCEEDED')
       ORDER BY started_at DESC, run_id DESC LIMIT 1`, [job, bucket, key]),
    insert: (run) => one(
      `INSERT INTO audit.job_runs (run_id, job, environment, status, trigger, requested_by, source_bucket, source_key, source_version,
         source_checksum, source_bytes, execution_arn, attempt, parent_run_id, started_at, ended_at, error_state, error_code, error_message)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
         CASE WHEN $4 = 'RUNNING' THEN NULL ELSE greatest(clock_timestamp(), $15) END, $16, $17, $18)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [run.runId, run.job, run.environment, run.status, run.source?.trigger ?? null, run.source?.requestedBy ?? null,
        run.source?.bucket ?? null, run.source?.key ?? null, run.source?.version ?? null, run.checksum, run.bytes, run.executionArn,
        run.attempt, run.parentRunId, run.startedAt, run.reason?.state ?? null, run.reason?.code ?? null, run.reason?.message ?? null]),
    close: (runId, closing) => one(
      `UPDATE audit.job_runs SET status = $2, ended_at = greatest(clock_timestamp(), started_at), glue_run_id = coalesce($3, glue_run_id),
         ${ROW_COUNTS.map((name, i) => `rows_${name} = $${i + 4}`).join(', ')}, reconciled = $13, difference = $14, rules = $15, sums = $16,
         checksum = $17, quarantine_uri = $18, document_uri = $19, error_state = $20, error_code = $21, error_message = $22
       WHERE run_id = $1 AND status = 'RUNNING' RETURNING ${COLUMNS}`,
      [runId, closing.status, closing.glueRunId, ...ROW_COUNTS.map((name) => closing.rows?.[name] ?? null), closing.reconciled,
        json(closing.difference), json(closing.rules), json(closing.sums), json(closing.checksum), closing.quarantineUri, closing.documentUri,
        closing.reason?.state ?? null, closing.reason?.code ?? null, closing.reason?.message ?? null]),
  };
}

/** pg would write an array as a PostgreSQL array, so JSON is made here. */
const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

type DatabaseRow = Readonly<Record<string, string | number | boolean | Date | null>>;

function fromDatabase(row: DatabaseRow): LedgerRow {
  return {
    runId: row['run_id'] as string,
    job: row['job'] as string,
    status: row['status'] as RunStatus,
    sourceBucket: row['source_bucket'] as string | null,
    sourceKey: row['source_key'] as string | null,
    sourceVersion: row['source_version'] as string | null,
    sourceChecksum: row['source_checksum'] as string | null,
    // bigint comes as text; no file has 2^53 bytes or rows.
    sourceBytes: numberOf(row['source_bytes']),
    executionArn: row['execution_arn'] as string,
    attempt: row['attempt'] as number,
    startedAt: row['started_at'] as Date,
    endedAt: row['ended_at'] as Date | null,
    rows: Object.fromEntries(ROW_COUNTS.map((name) => [name, numberOf(row[`rows_${name}`])])) as RowCounts,
    reconciled: row['reconciled'] as boolean | null,
    errorState: row['error_state'] as string | null,
    errorCode: row['error_code'] as string | null,
    errorMessage: row['error_message'] as string | null,
  };
}

const numberOf = (value: DatabaseRow[string] | undefined): number | null => (value === null || value === undefined ? null : Number(value));
