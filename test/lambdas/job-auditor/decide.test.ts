import { decideOpening, type Known } from '../../../src/lambdas/job-auditor/decide.js';
import type { LedgerRow, RunStatus } from '../../../src/lambdas/job-auditor/ledger.js';

const row = (status: RunStatus, more: Partial<LedgerRow> = {}): LedgerRow => ({ runId: 'earlier', status, attempt: 1, sourceChecksum: 'CRC32:a', sourceBytes: 5, ...more } as LedgerRow);
const decide = (known: { source?: Partial<Known['source']> } & Partial<Omit<Known, 'source'>>) => decideOpening({
  facts: { version: 'v1', bytes: 5, checksum: 'CRC32:a' }, last: null, newest: null, ...known,
  source: { trigger: 'event', bucket: 'landing', key: 'orders/a.csv', kind: 'object', version: 'v1', requestedBy: null, force: false, ...known.source },
});

describe('decideOpening', () => {
  it('runs what was never seen', () => {
    expect(decide({})).toEqual({ kind: 'insert', status: 'RUNNING', attempt: 1, parentRunId: null, reason: null });
  });

  it.each(['RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED'] as const)('makes no second row for an event while one is there that is %s', (status) => {
    expect(decide({ last: row(status) })).toMatchObject({ kind: 'duplicate', reason: expect.stringContaining('earlier') });
  });

  it.each([
    ['RUNNING', false, 'duplicate'], ['RUNNING', true, 'duplicate'], ['SUCCEEDED', false, 'duplicate'], ['SUCCEEDED', true, 'duplicate'],
    ['FAILED', false, 'insert'], ['FAILED', true, 'insert'], ['SKIPPED', false, 'duplicate'], ['SKIPPED', true, 'insert'],
  ] as const)('by hand, after %s, force %s: %s', (status, force, kind) => {
    const opening = decide({ source: { trigger: 'manual', force }, last: row(status, { attempt: 3 }) });
    expect(opening).toMatchObject(kind === 'insert' ? { kind, status: 'RUNNING', attempt: 4, parentRunId: 'earlier' } : { kind });
  });

  it('skips content that the newest run has loaded, unless forced', () => {
    expect(decide({ newest: row('SUCCEEDED') })).toMatchObject({ status: 'SKIPPED', parentRunId: 'earlier', reason: { code: 'SAME_CONTENT', message: 'same content as earlier' } });
    expect(decide({ newest: row('SUCCEEDED'), source: { trigger: 'manual', force: true } })).toMatchObject({ status: 'RUNNING' });
  });

  it.each([
    ['another size', { sourceBytes: 6 }], ['another checksum', { sourceChecksum: 'CRC32:b' }], ['another algorithm', { sourceChecksum: 'ETAG:a' }],
    ['no checksum', { sourceChecksum: null }], ['a run that is not over', { status: 'RUNNING' as const }],
  ])('runs after %s', (_, more) => {
    expect(decide({ newest: row('SUCCEEDED', more) })).toMatchObject({ status: 'RUNNING' });
  });

  it('does not take two unknown checksums for the same', () => {
    expect(decide({ facts: { version: 'v2', bytes: 5, checksum: null }, newest: row('SUCCEEDED', { sourceChecksum: null }) })).toMatchObject({ status: 'RUNNING' });
  });

  it('closes at once what cannot run', () => {
    expect(decide({ facts: null })).toMatchObject({ status: 'FAILED', reason: { code: 'SOURCE_MISSING', message: 's3://landing/orders/a.csv is not there in version v1' } });
    expect(decide({ source: { kind: 'folder', key: 'orders/x/' } })).toMatchObject({ status: 'SKIPPED', reason: { code: 'FOLDER_MARKER' } });
    expect(decide({ source: { kind: 'prefix', key: 'orders/' }, facts: null })).toMatchObject({ status: 'RUNNING' });
  });
});
