// `close`: the job has ended; the ledger gets what became of every row.
import type { Deps } from './deps.js';
import type { Ledger, LedgerRow, RunStatus } from './ledger.js';
import type { ClosePayload } from './payload.js';
import { committingRun, documentKey, manifestKey, parseDocument, type ReadDocument } from './run-document.js';
import { summaryOf } from './summary.js';
import { verdict } from './verdict.js';

export interface CloseAnswer {
  readonly runId: string;
  readonly status: RunStatus;
  /** Null when there was nothing to compare. */
  readonly reconciled: boolean | null;
  readonly message: string;
  readonly summary: string;
}

/** The ledger has no such run: it was never opened, or not here. */
export class UnknownRun extends Error {
  override readonly name = 'UnknownRun';
}

/** Throws UnknownRun, DatabaseUnavailable, and S3's errors other than "not found". */
export async function close(deps: Deps, { job, runId, glue }: ClosePayload): Promise<CloseAnswer> {
  const key = documentKey(job, runId);
  const read = parseDocument(await deps.objects.text(deps.goldBucket, key), { job, runId });
  return await deps.withLedger(async (ledger) => {
    const before = await ledger.byRunId(runId);
    if (before === null || before.job !== job) throw new UnknownRun(`the ledger has no run ${runId} of ${job}`);
    const closing = verdict({ runId, glue, read, documentUri: `s3://${deps.goldBucket}/${key}`, committer: await committerOf(deps, ledger, job, read) });
    // A second close, or one after a failure, finds the row closed and leaves it so.
    const row = (await ledger.close(runId, closing)) ?? (await ledger.byRunId(runId)) ?? before;
    return answerOf(row);
  });
}

/** Of a batch that was there already: who committed it, and whether that run counts. */
async function committerOf(deps: Deps, ledger: Ledger, job: string, read: ReadDocument): Promise<{ runId: string; status: RunStatus | null } | null> {
  if (read.kind !== 'document' || read.document.status !== 'skipped' || !read.document.batchId) return null;
  const runId = committingRun(await deps.objects.text(deps.goldBucket, manifestKey(job, read.document.batchId)));
  return runId === null ? null : { runId, status: (await ledger.byRunId(runId))?.status ?? null };
}

function answerOf(row: LedgerRow): CloseAnswer {
  return { runId: row.runId, status: row.status, reconciled: row.reconciled, message: row.errorMessage ?? 'every row is accounted for', summary: summaryOf(row) };
}
