// `open`: the first thing an execution does. Before its job starts there is a row, or a reason why there is none.
import { decideOpening } from './decide.js';
import type { Deps } from './deps.js';
import type { Ledger, LedgerRow } from './ledger.js';
import type { ObjectFacts } from './objects.js';
import { InvalidInput, parseInput, type Source } from './parse-input.js';
import type { OpenPayload } from './payload.js';
import { runId } from './run-id.js';

export interface OpenAnswer {
  /** Of this execution's run; of the run that has the object when the decision is `skip`. */
  readonly runId: string;
  readonly decision: 'run' | 'skip';
  readonly reason: string;
  readonly sourceUri: string;
  /** `-` when there is none, as the job's argument wants it. */
  readonly sourceVersion: string;
}

/** The object is gone. Its run is in the ledger as FAILED; the error makes the execution fail and tell people. */
export class SourceMissing extends Error {
  override readonly name = 'SourceMissing';
}

/** Of several openings of one object the database lets one through; the others look again and find its row. */
const ROUNDS = 5;

/** Throws InvalidInput, SourceMissing, DatabaseUnavailable, and S3's own errors. */
export async function open(deps: Deps, { job, execution, input }: OpenPayload): Promise<OpenAnswer> {
  const source = parseInput(input, { bucket: deps.landingBucket, prefix: `${job}/` });
  return await deps.withLedger(async (ledger) => {
    const again = await ledger.byExecution(execution.arn);
    if (again) return answerAgain(again);
    const facts = source.kind === 'object' ? await deps.objects.facts(source.bucket, source.key, source.version) : null;
    // An upload without a version in its event is pinned to the version that is there now.
    const pinned: Source = { ...source, version: source.version ?? facts?.version ?? null };
    for (let round = 1; round <= ROUNDS; round += 1) {
      const opening = decideOpening({ source: pinned, facts, ...await lookUp(ledger, job, pinned, facts) });
      // A call of this very execution that was given up for lost may have opened the run since.
      if (opening.kind === 'duplicate' && opening.of.executionArn === execution.arn) return answerAgain(opening.of);
      if (opening.kind === 'duplicate') return answer('skip', opening.of.runId, opening.reason, pinned);
      const row = await ledger.insert({
        runId: runId(job, execution), job, environment: deps.environment, executionArn: execution.arn, startedAt: execution.startedAt,
        source: pinned, checksum: facts?.checksum ?? null, bytes: facts?.bytes ?? null,
        attempt: opening.attempt, parentRunId: opening.parentRunId, status: opening.status, reason: opening.reason,
      });
      if (row) return answerOpened(row, pinned);
      const own = await ledger.byExecution(execution.arn);
      if (own) return answerAgain(own);
    }
    throw new Error(`the run of s3://${pinned.bucket}/${pinned.key} could not be opened: other executions were first ${ROUNDS} times`);
  });
}

async function lookUp(ledger: Ledger, job: string, source: Source, facts: ObjectFacts | null): Promise<{ last: LedgerRow | null; newest: LedgerRow | null }> {
  const { bucket, key } = source;
  const identity = source.kind === 'prefix' ? null : source.version ?? facts?.checksum ?? null;
  return {
    last: identity === null ? null : await ledger.lastAttempt({ job, bucket, key, identity }),
    newest: facts === null ? null : await ledger.newestLive({ job, bucket, key }),
  };
}

function answerOpened(row: LedgerRow, source: Source): OpenAnswer {
  if (row.status === 'FAILED') throw new SourceMissing(row.errorMessage ?? row.runId);
  if (row.status === 'SKIPPED') return answer('skip', row.runId, row.errorMessage ?? '', source);
  return answer('run', row.runId, row.attempt === 1 ? 'not seen before' : `attempt ${row.attempt}`, source);
}

/** The state was retried: the same answer as the first time, unless the run was closed meanwhile. */
function answerAgain(row: LedgerRow): OpenAnswer {
  if (row.sourceBucket === null || row.sourceKey === null) throw new InvalidInput(`${row.runId} ended ${row.status} before its source was known`);
  const source = { bucket: row.sourceBucket, key: row.sourceKey, version: row.sourceVersion };
  if (row.status === 'RUNNING') return answer('run', row.runId, 'opened by this execution before', source);
  if (row.errorCode === 'SOURCE_MISSING' && row.status === 'FAILED') throw new SourceMissing(row.errorMessage ?? row.runId);
  return answer('skip', row.runId, row.status === 'SKIPPED' ? row.errorMessage ?? '' : `${row.runId} has already ended ${row.status}`, source);
}

function answer(decision: 'run' | 'skip', id: string, reason: string, source: Pick<Source, 'bucket' | 'key' | 'version'>): OpenAnswer {
  return { runId: id, decision, reason, sourceUri: `s3://${source.bucket}/${source.key}`, sourceVersion: source.version ?? '-' };
}
