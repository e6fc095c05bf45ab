// Run documents as jobs write them (docs/contracts.md §4).

export const GOOD_ROWS = {
  read: 1000, valid: 990, quarantined: 10, deduplicated: 40, written: 950, staged: 950, inserted: 900, updated: 30, unchanged: 20, loaded: 950,
};

/** A document whose invariants hold, with changes. */
export function runDocument(runId: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    version: 1, job: 'orders', runId, batchId: 'b1', status: 'ok', error: null,
    source: { uri: 's3://landing/orders/a.csv', version: 'v1', files: 1, bytes: 17 },
    engine: { library: '0.1.0', spark: '3.5.6' }, glueRunId: 'jr_1', startedAt: '2026-11-23T10:00:00Z', endedAt: '2026-11-23T10:00:40Z',
    rows: GOOD_ROWS, rules: { 'o_totalprice.min': 10 }, sums: { o_totalprice: { gold: '10.50', mart: '10.5' } },
    checksum: { gold: '-785', mart: '-785' }, snapshotId: '123', quarantineUri: `s3://gold/quarantine/orders/run_id=${runId}/`,
    steps: [{ step: 'read', seconds: 2.1 }], ...changes,
  };
}
