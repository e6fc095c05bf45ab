// How a run ended, from Glue's word and the run document. Pure. Anything but proof of success is a failure.
import { type Failure, failureOf } from './failure.js';
import type { Closing, Reason, RunStatus } from './ledger.js';
import type { GlueRun } from './payload.js';
import { reconcile } from './reconcile.js';
import type { FailedDocument, ReadDocument, RunDocument } from './run-document.js';

export interface Evidence {
  readonly runId: string;
  readonly glue: GlueRun;
  readonly read: ReadDocument;
  readonly documentUri: string;
  /** Of a skipped batch: the run that committed it, and how the ledger has it (null: not at all). Null without a manifest. */
  readonly committer: { readonly runId: string; readonly status: RunStatus | null } | null;
}

/** The end of a run whose job came to an end. */
export function verdict({ runId, glue, read, documentUri, committer }: Evidence): Closing {
  const glueRunId = glue.Id ?? null;
  if (read.kind === 'failed') return failed({ ...facts(read, documentUri), glueRunId }, documentReason(read.document, null));
  if (glue.JobRunState !== 'SUCCEEDED') return failed({ ...facts(read, documentUri), glueRunId }, { state: null, ...codeAndMessage(failureOf({ Cause: JSON.stringify({ ...glue, JobRunState: glue.JobRunState ?? 'UNKNOWN' }) })) });
  if (read.kind === 'missing') return failed({ ...NOTHING, glueRunId }, reason('RUN_DOCUMENT_MISSING', `the job ended well but left no run document at ${documentUri}`));
  if (read.kind === 'invalid') return failed({ ...NOTHING, documentUri, glueRunId }, reason('RUN_DOCUMENT_INVALID', `the run document at ${documentUri} cannot be used: ${read.reason}`));

  const { document } = read;
  const found = { ...facts(read, documentUri), glueRunId };
  if (document.status === 'skipped') {
    // Rows of a batch belong to one run of the ledger: to the one that committed it, when it is or will be there as good.
    // A retry of this very run after its commit, and a run after one that committed but was closed as FAILED, have them.
    if (committer !== null && committer.runId !== runId && (committer.status === 'SUCCEEDED' || committer.status === 'RUNNING')) {
      return { ...NOTHING, documentUri, glueRunId, status: 'SKIPPED', reason: reason('ALREADY_COMMITTED', `the batch was committed by ${committer.runId}`) };
    }
    // Gold outlived the mart that the batch was loaded into: its manifest speaks of rows that this mart never had.
    if (committer !== null && committer.runId !== runId && committer.status === null) {
      const manifest = documentUri.replace(/runs\/[^/]*$/, `batches/${document.batchId}.json`);
      return failed({ ...NOTHING, documentUri, glueRunId }, reason('COMMIT_UNKNOWN', `the batch was committed by ${committer.runId}, which this ledger does not know: the rows may be in a mart that is gone. To load it here, delete ${manifest} and run the job on the file again`));
    }
    if (committer === null && document.rows.read === 0) {
      return {
        ...found, reconciled: null, difference: null, status: 'SKIPPED',
        reason: document.batchId ? reason('SUPERSEDED', 'a newer version of the file was loaded before') : reason('NOTHING_TO_READ', 'there was nothing to read'),
      };
    }
  }
  const broken = found.difference ?? [];
  if (broken.length === 0) return { ...found, status: 'SUCCEEDED', reason: null };
  return failed(found, reason('RECONCILIATION', `not equal: ${broken.map((d) => `${d.invariant} (${d.left ?? 'nothing'} and ${d.right ?? 'nothing'})`).join('; ')}`));
}

/**
 * The end of a run of which something failed. What the job itself wrote about its failure is better than what Step
 * Functions caught; its counts are kept even when the failure came later.
 */
export function failureVerdict(caught: Failure, state: string | null, read: ReadDocument, documentUri: string): Closing {
  const found = { ...facts(read, documentUri), glueRunId: caught.glueRunId ?? glueRunOf(read) };
  return failed(found, read.kind === 'failed' ? documentReason(read.document, state) : { state, ...codeAndMessage(caught) });
}

type Facts = Omit<Closing, 'status' | 'reason' | 'glueRunId'>;

const NOTHING: Facts = {
  rows: null, reconciled: null, difference: null, rules: null, sums: null, checksum: null, quarantineUri: null, documentUri: null,
};

function facts(read: ReadDocument, documentUri: string): Facts {
  if (read.kind === 'missing') return NOTHING;
  if (read.kind === 'invalid') return { ...NOTHING, documentUri };
  const { document } = read;
  const difference = read.kind === 'document' ? reconcile(read.document) : null;
  return {
    rows: document.rows ?? null,
    reconciled: difference === null ? null : difference.length === 0,
    difference,
    rules: document.rules ?? null,
    sums: document.sums ?? null,
    checksum: document.checksum ?? null,
    quarantineUri: document.quarantineUri ?? null,
    documentUri,
  };
}

function failed(found: Facts & Pick<Closing, 'glueRunId'>, why: Reason): Closing {
  return { ...found, status: 'FAILED', reason: why };
}

function documentReason({ error }: FailedDocument | RunDocument, state: string | null): Reason {
  return { state, code: error?.code ?? 'INTERNAL', message: error?.message.trim() || 'the job failed and gave no message' };
}

function glueRunOf(read: ReadDocument): string | null {
  return read.kind === 'failed' || read.kind === 'document' ? read.document.glueRunId ?? null : null;
}

const reason = (code: string, message: string): Reason => ({ state: null, code, message });
const codeAndMessage = ({ code, message }: Failure) => ({ code, message });
