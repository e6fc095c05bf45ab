// `fail` and EventBridge's word that an execution ended badly: whatever happened, the run does not stay RUNNING.
import { log, messageOf } from '../runtime.js';
import type { Deps } from './deps.js';
import { type Failure, failureOf } from './failure.js';
import type { Ledger, LedgerRow, RunStatus } from './ledger.js';
import { parseInput, type Source } from './parse-input.js';
import type { ExecutionEnded, FailPayload } from './payload.js';
import { documentKey, parseDocument, type ReadDocument } from './run-document.js';
import { runId as makeRunId } from './run-id.js';
import { summaryOf } from './summary.js';
import { failureVerdict } from './verdict.js';

export interface FailAnswer {
  readonly runId: string;
  /** FAILED, unless the run had ended otherwise before. */
  readonly status: RunStatus;
  readonly message: string;
  readonly summary: string;
}

/** Throws DatabaseUnavailable only. */
export async function fail(deps: Deps, payload: FailPayload): Promise<FailAnswer> {
  const caught = failureOf(payload.error);
  const state = payload.state ?? null;
  return await deps.withLedger(async (ledger) => {
    // By execution, not by runId: after a skip the execution holds the id of another execution's run.
    const row = await ledger.byExecution(payload.execution.arn);
    if (row === null) return answerOf(await recordUnopened(deps, ledger, payload, caught));
    const closed = row.status === 'RUNNING' ? await closeAsFailed(deps, ledger, row, caught, state) : null;
    if (closed) return answerOf(closed);
    const ended = (await ledger.byRunId(row.runId)) ?? row;
    return { ...answerOf(ended), message: `the run had ended ${ended.status} before; the failure${state === null ? '' : ` in ${state}`} (${caught.code}) did not change that` };
  });
}

function answerOf(row: LedgerRow): FailAnswer {
  return { runId: row.runId, status: row.status, message: `${row.errorCode ?? 'UNKNOWN'}: ${row.errorMessage ?? 'no reason was kept'}`, summary: summaryOf(row) };
}

/** Closes the run of an execution that ended without closing it. Others, and executions without a run, are left alone. */
export async function settleExecution(deps: Deps, { detail }: ExecutionEnded): Promise<{ closed: number }> {
  const caught = endedFailure(detail);
  return await deps.withLedger(async (ledger) => {
    const row = await ledger.byExecution(detail.executionArn);
    if (row?.status !== 'RUNNING') return { closed: 0 };
    return { closed: (await closeAsFailed(deps, ledger, row, caught, null)) ? 1 : 0 };
  });
}

function endedFailure({ status, error, cause }: ExecutionEnded['detail']): Failure {
  if (status === 'ABORTED') return { code: 'ABORTED', message: cause || 'the execution was stopped' };
  if (status === 'TIMED_OUT') return { code: 'TIMED_OUT', message: cause || 'the execution took longer than its limit' };
  return error || cause ? failureOf({ Error: error, Cause: cause }) : { code: 'EXECUTION_FAILED', message: 'the execution failed without a cause' };
}

async function closeAsFailed(deps: Deps, ledger: Ledger, row: LedgerRow, caught: Failure, state: string | null): Promise<LedgerRow | null> {
  const key = documentKey(row.job, row.runId);
  const closing = failureVerdict(caught, state, await readIfPossible(deps, row, key), `s3://${deps.goldBucket}/${key}`);
  return await ledger.close(row.runId, closing);
}

/** The document only adds to what is known; that it cannot be read must not keep the run open. */
async function readIfPossible(deps: Deps, { job, runId }: LedgerRow, key: string): Promise<ReadDocument> {
  try {
    return parseDocument(await deps.objects.text(deps.goldBucket, key), { job, runId });
  } catch (error) {
    log('warn', 'run document could not be read', { key, reason: messageOf(error) });
    return { kind: 'missing' };
  }
}

/** An execution that failed while it was opened has no row yet; it gets one that is closed from the start. */
async function recordUnopened(deps: Deps, ledger: Ledger, payload: FailPayload, caught: Failure): Promise<LedgerRow> {
  const { job, execution, input, state } = payload;
  const startedAt = execution.startedAt ?? new Date();
  // Without version and checksum the row stands in the way of no later attempt at the object: nothing was tried yet.
  const source = sourceOf(input, { bucket: deps.landingBucket, prefix: `${job}/` });
  const row = await ledger.insert({
    runId: makeRunId(job, { arn: execution.arn, startedAt }), job, environment: deps.environment, executionArn: execution.arn, startedAt,
    source: source === null ? null : { ...source, version: null }, checksum: null, bytes: null, attempt: 1, parentRunId: null,
    status: 'FAILED', reason: { state: state ?? null, code: caught.code, message: caught.message },
  });
  const known = row ?? (await ledger.byExecution(execution.arn));
  if (known === null) throw new Error(`the failure of ${execution.arn} could not be recorded`);
  return known;
}

function sourceOf(input: unknown, landing: { bucket: string; prefix: string }): Source | null {
  try {
    return parseInput(input, landing);
  } catch {
    return null;
  }
}
