import type { Evidence } from '../../../src/lambdas/job-auditor/verdict.js';
import { failureVerdict, verdict } from '../../../src/lambdas/job-auditor/verdict.js';
import { parseDocument } from '../../../src/lambdas/job-auditor/run-document.js';
import { GOOD_ROWS, runDocument } from '../support/run-documents.js';

const NO_ROWS = Object.fromEntries(Object.keys(GOOD_ROWS).map((name) => [name, 0]));
const read = (changes: Record<string, unknown>) => parseDocument(JSON.stringify(runDocument('r1', changes)), { job: 'orders', runId: 'r1' });
const judge = (changes: Record<string, unknown> | null, more: Partial<Evidence> = {}) => verdict({
  runId: 'r1', glue: { Id: 'jr_1', JobRunState: 'SUCCEEDED' }, documentUri: 's3://gold/doc', committer: null,
  read: changes === null ? { kind: 'missing' } : read(changes), ...more,
});

describe('verdict', () => {
  it('is SUCCEEDED when Glue says so, the document says so and everything adds up', () => {
    expect(judge({})).toMatchObject({ status: 'SUCCEEDED', reconciled: true, difference: [], reason: null, rows: GOOD_ROWS, glueRunId: 'jr_1', documentUri: 's3://gold/doc' });
  });

  it.each([
    ['the document is missing', null, {}, 'RUN_DOCUMENT_MISSING', 's3://gold/doc'],
    ['the document is broken', { rows: {} }, {}, 'RUN_DOCUMENT_INVALID', 'rows.read'],
    ['the document says failed', { status: 'failed', error: { code: 'NOT_TEXT', message: 'zip' } }, {}, 'NOT_TEXT', 'zip'],
    ['the document says failed and not why', { status: 'failed' }, {}, 'INTERNAL', 'no message'],
    ['Glue does not say SUCCEEDED', {}, { glue: { JobRunState: 'TIMEOUT' } }, 'GLUE_TIMEOUT', 'TIMEOUT'],
    ['Glue says nothing', {}, { glue: {} }, 'GLUE_FAILED', 'UNKNOWN'],
    ['a row is missing', { rows: { ...GOOD_ROWS, read: 1001 } }, {}, 'RECONCILIATION', 'read = valid + quarantined (1001 and 1000)'],
    ['a checksum differs', { checksum: { gold: '1', mart: null } }, {}, 'RECONCILIATION', '1 and nothing'],
  ])('is FAILED when %s', (_, changes, more, code, words) => {
    const closing = judge(changes, more);
    expect(closing).toMatchObject({ status: 'FAILED', reason: { code } });
    expect(closing.reason?.message).toContain(words);
  });

  it('keeps the counts and the differences of a run that does not add up', () => {
    expect(judge({ rows: { ...GOOD_ROWS, read: 1001 } })).toMatchObject({ reconciled: false, rows: { read: 1001 }, difference: [{ difference: 1 }] });
  });

  describe('of a skipped batch', () => {
    const skipped = { status: 'skipped' };

    it('is SUCCEEDED when this very run committed it: Glue repeated the job after the commit', () => {
      expect(judge(skipped, { committer: { runId: 'r1', status: 'RUNNING' } })).toMatchObject({ status: 'SUCCEEDED', reconciled: true, rows: GOOD_ROWS });
    });

    it.each([['SUCCEEDED' as const], ['RUNNING' as const]])('is SKIPPED without counts when the rows are those of a run that is %s', (status) => {
      expect(judge(skipped, { committer: { runId: 'r0', status } })).toMatchObject({ status: 'SKIPPED', rows: null, reconciled: null, reason: { code: 'ALREADY_COMMITTED', message: 'the batch was committed by r0' } });
    });

    it('is SUCCEEDED when the run that committed it is FAILED in the ledger: else nobody would have its rows', () => {
      expect(judge(skipped, { committer: { runId: 'r0', status: 'FAILED' } })).toMatchObject({ status: 'SUCCEEDED', rows: GOOD_ROWS });
    });

    it('is FAILED when the ledger does not know the run that committed it: the rows may be in a mart that is gone', () => {
      const closing = judge({ ...skipped, batchId: 'b1' }, { committer: { runId: 'r0', status: null }, documentUri: 's3://gold/_dlp/orders/runs/r1.json' });
      expect(closing).toMatchObject({ status: 'FAILED', rows: null, reason: { code: 'COMMIT_UNKNOWN' } });
      expect(closing.reason!.message).toContain('delete s3://gold/_dlp/orders/batches/b1.json');
    });

    it('is FAILED when the counts do not add up', () => {
      expect(judge({ ...skipped, rows: { ...GOOD_ROWS, loaded: 1 } })).toMatchObject({ status: 'FAILED', reason: { code: 'RECONCILIATION' } });
    });

    it('is SKIPPED when there was nothing to do', () => {
      const nothing = { ...skipped, rows: NO_ROWS, checksum: { gold: '0', mart: '0' } };
      expect(judge({ ...nothing, batchId: null })).toMatchObject({ status: 'SKIPPED', reason: { code: 'NOTHING_TO_READ' } });
      expect(judge(nothing)).toMatchObject({ status: 'SKIPPED', reason: { code: 'SUPERSEDED' } });
      expect(judge(nothing, { committer: { runId: 'r1', status: 'RUNNING' } })).toMatchObject({ status: 'SUCCEEDED' });
    });
  });
});

describe('failureVerdict', () => {
  const caught = { code: 'GLUE_FAILED', message: 'exit 1', glueRunId: 'jr_2' };

  it('prefers what the job wrote about its own failure, with its counts', () => {
    const document = read({ status: 'failed', error: { code: 'TOO_MANY_BAD_ROWS', message: '40 of 100' }, rows: { ...NO_ROWS, read: 100, quarantined: 40 } });
    expect(failureVerdict(caught, 'RunJob', document, 's3://gold/doc')).toMatchObject({
      status: 'FAILED', rows: { read: 100, quarantined: 40 }, reconciled: null, glueRunId: 'jr_2', documentUri: 's3://gold/doc',
      reason: { state: 'RunJob', code: 'TOO_MANY_BAD_ROWS', message: '40 of 100' },
    });
  });

  it('keeps what was caught when the job had ended well, with its counts', () => {
    expect(failureVerdict({ code: 'TIMEOUT', message: 'm' }, 'Close', read({}), 's3://gold/doc')).toMatchObject({
      status: 'FAILED', rows: GOOD_ROWS, reconciled: true, glueRunId: 'jr_1', reason: { state: 'Close', code: 'TIMEOUT' },
    });
  });

  it('does without a document', () => {
    expect(failureVerdict(caught, null, { kind: 'missing' }, 's3://gold/doc')).toMatchObject({ status: 'FAILED', rows: null, documentUri: null, reason: { code: 'GLUE_FAILED' } });
  });
});
