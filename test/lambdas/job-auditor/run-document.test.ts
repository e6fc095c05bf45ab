import { committingRun, parseDocument } from '../../../src/lambdas/job-auditor/run-document.js';
import { runId } from '../../../src/lambdas/job-auditor/run-id.js';
import { GOOD_ROWS, runDocument } from '../support/run-documents.js';

const run = { job: 'orders', runId: 'r1' };
const parse = (changes: Record<string, unknown>) => parseDocument(JSON.stringify(runDocument('r1', changes)), run);

describe('parseDocument', () => {
  it('reads what a job wrote', () => {
    expect(parse({})).toMatchObject({ kind: 'document', document: { status: 'ok', rows: GOOD_ROWS } });
    expect(parse({ status: 'failed', error: { code: 'EMPTY_FILE', message: 'x' }, rows: undefined }).kind).toBe('failed');
    expect(parseDocument(null, run).kind).toBe('missing');
  });

  it.each([
    ['a count that is missing', { rows: { ...GOOD_ROWS, loaded: undefined } }, 'rows.loaded'],
    ['a count that is no whole number', { rows: { ...GOOD_ROWS, read: 1.5 } }, 'rows.read'],
    ['a count below zero', { rows: { ...GOOD_ROWS, read: -1 } }, 'rows.read'],
    ['a count as text', { rows: { ...GOOD_ROWS, read: '1000' } }, 'rows.read'],
    ['another version', { version: 2 }, 'version'],
    ['an unknown status', { status: 'fine' }, 'status'],
    ['another run', { runId: 'r2' }, 'of the run r2'],
    ['another job', { job: 'customers' }, 'of customers'],
    ['a failure of another run', { status: 'failed', runId: 'r2' }, 'of the run r2'],
  ])('does not trust a document with %s', (_, changes, words) => {
    expect(parse(changes)).toEqual({ kind: 'invalid', reason: expect.stringContaining(words) });
  });

  it.each([[''], ['{"version":1'], ['null'], ['[]'], ['"ok"']])('does not trust %j', (text) => {
    expect(parseDocument(text, run).kind).toBe('invalid');
  });
});

describe('committingRun', () => {
  it('finds the run in a manifest, and nothing in anything else', () => {
    expect(committingRun('{"version":1,"batchId":"b","runId":"r7","result":{}}')).toBe('r7');
    expect([null, '', 'x', 'null', '{}', '{"runId":7}', '{"runId":""}'].map(committingRun)).toEqual(Array(7).fill(null));
  });
});

describe('runId', () => {
  it('is the same for the same execution, and another for any other', () => {
    const of = (arn: string) => runId('daily_orders', { arn, startedAt: new Date('2026-01-02T03:04:05.678Z') });
    expect(of('arn:a')).toMatch(/^daily_orders-20260102T030405Z-[0-9a-f]{8}$/);
    expect(of('arn:a')).toBe(of('arn:a'));
    expect(of('arn:a')).not.toBe(of('arn:b'));
  });
});
