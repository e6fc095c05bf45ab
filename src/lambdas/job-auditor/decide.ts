// Whether an execution may run its job, from what the ledger and S3 know (docs/contracts.md §5). Pure.
import type { LedgerRow, NewRun } from './ledger.js';
import type { ObjectFacts } from './objects.js';
import type { Source } from './parse-input.js';

export interface Known {
  readonly source: Source;
  /** Of an object: null when it is not there any more. Not looked at for a prefix or a folder. */
  readonly facts: ObjectFacts | null;
  /** Last attempt at the same object. */
  readonly last: LedgerRow | null;
  /** Newest run of any version of the same key that is RUNNING or SUCCEEDED. */
  readonly newest: LedgerRow | null;
}

export type Opening =
  /** The object has its row; no second one is made. */
  | { readonly kind: 'duplicate'; readonly of: LedgerRow; readonly reason: string }
  | ({ readonly kind: 'insert' } & Pick<NewRun, 'status' | 'reason' | 'attempt' | 'parentRunId'>);

export function decideOpening({ source, facts, last, newest }: Known): Opening {
  if (last !== null && !mayTryAgain(source, last)) {
    return { kind: 'duplicate', of: last, reason: `${last.runId} is the run of this object and ${last.status === 'RUNNING' ? 'is running' : `ended ${last.status}`}` };
  }
  const attempt = { attempt: (last?.attempt ?? 0) + 1, parentRunId: last?.runId ?? null };
  if (source.kind === 'folder') {
    return { kind: 'insert', ...attempt, status: 'SKIPPED', reason: { state: null, code: 'FOLDER_MARKER', message: `${source.key} marks a folder and holds no rows` } };
  }
  if (source.kind === 'object' && facts === null) {
    const version = source.version === null ? '' : ` in version ${source.version}`;
    return { kind: 'insert', ...attempt, status: 'FAILED', reason: { state: null, code: 'SOURCE_MISSING', message: `s3://${source.bucket}/${source.key} is not there${version}` } };
  }
  const twin = facts !== null && newest !== null && hasContent(newest, facts) ? newest : null;
  if (twin !== null && !source.force) {
    // The row points at the run that has the rows.
    return {
      kind: 'insert', attempt: attempt.attempt, parentRunId: attempt.parentRunId ?? twin.runId, status: 'SKIPPED',
      reason: { state: null, code: 'SAME_CONTENT', message: `same content as ${twin.runId}` },
    };
  }
  return { kind: 'insert', ...attempt, status: 'RUNNING', reason: null };
}

/** Only a person repeats: what failed, or with force what was skipped. What is running or done is never done twice. */
function mayTryAgain(source: Source, last: LedgerRow): boolean {
  return source.trigger === 'manual' && (last.status === 'FAILED' || (last.status === 'SKIPPED' && source.force));
}

/**
 * Compared with the newest run only: a file that went from A to B and back to A is news, however often A was loaded
 * before. And with a run that succeeded only: of one that still runs nobody knows.
 */
function hasContent(run: LedgerRow, facts: ObjectFacts): boolean {
  return run.status === 'SUCCEEDED' && facts.checksum !== null && run.sourceChecksum === facts.checksum && run.sourceBytes === facts.bytes;
}
