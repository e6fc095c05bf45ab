import type { LedgerRow } from '../../../src/lambdas/job-auditor/ledger.js';
import { summaryOf } from '../../../src/lambdas/job-auditor/summary.js';

const row = (more: Partial<LedgerRow>): LedgerRow => ({
  runId: 'orders-1', job: 'orders', status: 'SUCCEEDED', sourceKey: 'orders/a.csv', startedAt: new Date(0), endedAt: new Date(40_400),
  rows: { read: 1234567, loaded: 1234567 }, errorState: null, errorCode: null, errorMessage: null, ...more,
} as LedgerRow);

describe('summaryOf', () => {
  it.each([
    [{}, 'orders loaded 1,234,567 of 1,234,567 rows from orders/a.csv, in 40 s (orders-1)'],
    [{ status: 'SKIPPED', errorMessage: 'same content as orders-0' }, 'orders skipped from orders/a.csv: same content as orders-0 (orders-1)'],
    [{ status: 'FAILED', errorState: 'RunJob', errorCode: 'NOT_TEXT', errorMessage: 'line 1\n  line 2', sourceKey: null }, 'orders FAILED in RunJob: NOT_TEXT: line 1 line 2 (orders-1)'],
    [{ status: 'RUNNING', endedAt: null }, 'orders is running from orders/a.csv (orders-1)'],
  ] as const)('%j', (more, line) => {
    expect(summaryOf(row(more as Partial<LedgerRow>))).toBe(line);
  });

  it('is one short line, and still names the run', () => {
    const line = summaryOf(row({ status: 'FAILED', errorCode: 'X', errorMessage: 'y\n'.repeat(5_000) }));
    expect(line.length).toBeLessThanOrEqual(600);
    expect(line).toMatch(/… \(orders-1\)$/);
  });
});
