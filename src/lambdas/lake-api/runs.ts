// Runs as the API shows them, read from the ledger (docs/contracts.md §7).
import type pg from 'pg';
import type { Run, RunDetail, RunStatus } from '../../core/run.js';
import type { RunsQuery } from './request.js';

type Row = Readonly<Record<string, unknown>>;

/** Newest first. */
export async function listRuns(client: pg.Client, { job, status, limit }: RunsQuery): Promise<readonly Run[]> {
  const wanted = Object.entries({ job, status }).filter(([, value]) => value !== undefined);
  const where = wanted.map(([column], i) => `${column} = $${i + 2}`).join(' AND ');
  const { rows } = await client.query<Row>(
    `SELECT * FROM audit.job_runs ${where && `WHERE ${where}`} ORDER BY started_at DESC, run_id DESC LIMIT $1`,
    [limit, ...wanted.map(([, value]) => value)]);
  return rows.map(runOf);
}

export async function showRun(client: pg.Client, runId: string): Promise<RunDetail | null> {
  const { rows } = await client.query<Row>('SELECT * FROM audit.job_runs WHERE run_id = $1', [runId]);
  return rows[0] ? detailOf(rows[0]) : null;
}

function runOf(row: Row): Run {
  const started = row['started_at'] as Date;
  const ended = row['ended_at'] as Date | null;
  return {
    run: row['run_id'] as string,
    job: row['job'] as string,
    status: row['status'] as RunStatus,
    rowsRead: count(row['rows_read']),
    rowsWritten: count(row['rows_written']),
    rowsQuarantined: count(row['rows_quarantined']),
    rowsDeduplicated: count(row['rows_deduplicated']),
    rowsLoaded: count(row['rows_loaded']),
    reconciled: row['reconciled'] as boolean | null,
    startedAt: started.toISOString(),
    endedAt: ended?.toISOString() ?? null,
    durationSeconds: ended === null ? null : (ended.getTime() - started.getTime()) / 1000,
  };
}

function detailOf(row: Row): RunDetail {
  const text = (column: string) => row[column] as string | null;
  const failed = row['status'] === 'FAILED';
  return {
    ...runOf(row),
    trigger: text('trigger'),
    requestedBy: text('requested_by'),
    source: {
      uri: text('source_bucket') === null ? null : `s3://${text('source_bucket')}/${text('source_key')}`,
      version: text('source_version'), checksum: text('source_checksum'), bytes: count(row['source_bytes']),
    },
    rowsValid: count(row['rows_valid']),
    rowsInserted: count(row['rows_inserted']),
    rowsUpdated: count(row['rows_updated']),
    rowsUnchanged: count(row['rows_unchanged']),
    rules: row['rules'] as RunDetail['rules'],
    sums: row['sums'],
    quarantineUri: text('quarantine_uri'),
    documentUri: text('document_uri'),
    error: failed ? { state: text('error_state'), code: text('error_code'), message: text('error_message') } : null,
    reason: failed ? null : text('error_message'),
    difference: row['difference'],
    attempt: row['attempt'] as number,
    parentRun: text('parent_run_id'),
    glueRunId: text('glue_run_id'),
    executionArn: row['execution_arn'] as string,
  };
}

/** bigint comes as text. */
const count = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
