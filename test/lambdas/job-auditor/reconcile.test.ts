import { reconcile } from '../../../src/lambdas/job-auditor/reconcile.js';
import { GOOD_ROWS } from '../support/run-documents.js';

const sums = { o_totalprice: { gold: '173.10', mart: '173.1' } };
const checksum = { gold: '-785', mart: '-785' };
const broken = (rows: Partial<typeof GOOD_ROWS>, more: object = {}) => reconcile({ rows: { ...GOOD_ROWS, ...rows }, sums, checksum, ...more });

describe('reconcile', () => {
  it('finds nothing when every row is somewhere and both sides are equal', () => {
    expect(broken({})).toEqual([]);
  });

  it.each([
    ['read = valid + quarantined', { read: 1001 }, { left: 1001, right: 1000, difference: 1 }],
    ['valid = written + deduplicated', { deduplicated: 41 }, { left: 990, right: 991, difference: -1 }],
    ['written = staged', { staged: 949, loaded: 949, inserted: 899 }, { left: 950, right: 949, difference: 1 }],
    ['staged = loaded', { loaded: 949, inserted: 899 }, { left: 950, right: 949, difference: 1 }],
    ['loaded = inserted + updated + unchanged', { unchanged: 21 }, { left: 950, right: 951, difference: -1 }],
  ])('finds that %s does not hold, and only that', (invariant, rows, expected) => {
    expect(broken(rows)).toEqual([{ invariant, ...expected }]);
  });

  it('lists every invariant that is broken', () => {
    expect(broken({ read: 1, loaded: 0 }, { checksum: { gold: '1', mart: '2' } }).map((d) => d.invariant)).toEqual([
      'read = valid + quarantined', 'staged = loaded', 'loaded = inserted + updated + unchanged', 'checksum of gold = of mart',
    ]);
  });

  it('compares totals to the last digit, beyond what a double holds', () => {
    const pair = (gold: string | null, mart: string | null) => broken({}, { sums: { p: { gold, mart } } });
    expect(pair('90071992547409930.01', '90071992547409930.02')).toEqual([
      { invariant: 'sum of p in gold = in mart', left: '90071992547409930.01', right: '90071992547409930.02', difference: '-0.01' },
    ]);
    expect(pair('-1.500', '-1.5')).toEqual([]);
    expect(pair('0', '-0.00')).toEqual([]);
    expect(pair('1', '-1')).toMatchObject([{ difference: '2' }]);
    expect(pair(null, null)).toEqual([]);
    expect(pair('1', null)).toEqual([{ invariant: 'sum of p in gold = in mart', left: '1', right: null }]);
    expect(pair('NaN', 'NaN')).toHaveLength(1);
  });

  it('does not call rows equal that nobody compared', () => {
    expect(broken({}, { checksum: { gold: null, mart: null } })).toMatchObject([{ invariant: 'checksum of gold = of mart' }]);
    expect(broken({}, { checksum: null })).toHaveLength(1);
    const none = { read: 10, valid: 0, quarantined: 10, deduplicated: 0, written: 0, staged: 0, loaded: 0, inserted: 0, updated: 0, unchanged: 0 };
    expect(reconcile({ rows: none, sums: null, checksum: null })).toEqual([]);
  });
});
