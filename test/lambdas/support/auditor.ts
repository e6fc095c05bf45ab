// The auditor over a real ledger and an S3 in memory, with the payloads of its callers.
import type { Deps } from '../../../src/lambdas/job-auditor/deps.js';
import { handle } from '../../../src/lambdas/job-auditor/handler.js';
import { ledgerOn } from '../../../src/lambdas/job-auditor/ledger.js';
import type { Mart } from './mart.js';
import { FakeObjects } from './objects.js';

let executions = 0;

export const arnOf = (name: string): string => `arn:aws:states:eu-west-1:000000000000:execution:DevEtlOrders:${name}`;
/** Each starts a millisecond after the one before. */
export const newExecution = () => ({ arn: arnOf(`e${executions += 1}`), startedAt: new Date(Date.UTC(2026, 10, 23, 10) + executions).toISOString() });

export const objectCreated = (key: string, version: string | undefined, bucket = 'landing') => ({
  version: '0', id: 'x', 'detail-type': 'Object Created', source: 'aws.s3', account: '000000000000', time: '2026-11-23T10:00:00Z', region: 'eu-west-1',
  resources: [`arn:aws:s3:::${bucket}`],
  detail: {
    version: '0', bucket: { name: bucket }, object: { key, size: 5, etag: 'e', ...(version === undefined ? {} : { 'version-id': version }), sequencer: '00' },
    'request-id': 'r', requester: '111111111111', 'source-ip-address': '10.0.0.1', reason: 'PutObject',
  },
});

export interface Auditor {
  readonly objects: FakeObjects;
  readonly deps: Deps;
  call(event: unknown): Promise<any>;
  open(input: unknown, execution?: { arn: string; startedAt: string }): Promise<any>;
  close(runId: string, glue?: Record<string, unknown>): Promise<any>;
  /** The row as it is in the table. */
  row(runId: string): Promise<any>;
  rowsOf(key: string): Promise<any[]>;
}

export function auditorOn(mart: Mart): Auditor {
  const objects = new FakeObjects();
  const deps: Deps = {
    environment: 'dev', landingBucket: 'landing', goldBucket: 'gold', objects,
    withLedger: (work) => mart.connected({ role: 'audit_writer' }, (client) => work(ledgerOn(client))),
  };
  const call = (event: unknown) => handle(deps, event);
  return {
    objects, deps, call,
    open: (input, execution = newExecution()) => call({ action: 'open', job: 'orders', execution, input }),
    close: (runId, glue = { Id: 'jr_1', JobRunState: 'SUCCEEDED' }) => call({ action: 'close', job: 'orders', runId, glue }),
    row: async (runId) => (await mart.sql('SELECT * FROM audit.job_runs WHERE run_id = $1', [runId]))[0],
    rowsOf: (key) => mart.sql('SELECT * FROM audit.job_runs WHERE source_key = $1 ORDER BY attempt, started_at', [key]),
  };
}
