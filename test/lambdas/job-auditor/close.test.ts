import { type Auditor, auditorOn, newExecution, objectCreated } from '../support/auditor.js';
import { captureLog } from '../support/log-lines.js';
import { type Mart, startMart } from '../support/mart.js';
import { GOOD_ROWS, runDocument } from '../support/run-documents.js';

captureLog();
let mart: Mart;
let auditor: Auditor;
let number = 0;
beforeAll(async () => { mart = await startMart(); });
afterAll(async () => { await mart.stop(); });
beforeEach(() => { auditor = auditorOn(mart); });

async function opened(): Promise<{ runId: string; execution: { arn: string; startedAt: string }; key: string }> {
  const key = `orders/${number += 1}.csv`;
  auditor.objects.put('landing', key, { version: 'v1', bytes: 5, checksum: `CRC32:${number}` });
  const execution = newExecution();
  return { ...await auditor.open(objectCreated(key, 'v1'), execution), execution, key };
}

const write = (runId: string, changes = {}) => auditor.objects.write('gold', `_dlp/orders/runs/${runId}.json`, runDocument(runId, changes));
const fail = (arn: string, more = {}) => auditor.call({ action: 'fail', job: 'orders', execution: { arn }, state: 'RunJob', error: { Error: 'States.TaskFailed', Cause: 'boom' }, ...more });
const ended = (arn: string, status: string, more = {}) => auditor.call({ source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail: { executionArn: arn, status, ...more } });

describe('close', () => {
  it('writes what became of every row', async () => {
    const { runId } = await opened();
    write(runId);
    const answer = await auditor.close(runId);
    expect(answer).toEqual({ runId, status: 'SUCCEEDED', reconciled: true, message: 'every row is accounted for', summary: expect.stringMatching(/^orders loaded 950 of 1,000 rows from orders\/\d+\.csv, 10 quarantined, 40 duplicates, in \d+ s \(orders-.*\)$/) });
    expect(await auditor.row(runId)).toMatchObject({
      status: 'SUCCEEDED', glue_run_id: 'jr_1', rows_read: '1000', rows_valid: '990', rows_quarantined: '10', rows_deduplicated: '40', rows_written: '950',
      rows_loaded: '950', rows_inserted: '900', rows_updated: '30', rows_unchanged: '20', reconciled: true, difference: [], rules: { 'o_totalprice.min': 10 },
      sums: { o_totalprice: { gold: '10.50', mart: '10.5' } }, checksum: { gold: '-785', mart: '-785' }, quarantine_uri: expect.stringContaining(runId),
      document_uri: `s3://gold/_dlp/orders/runs/${runId}.json`, error_code: null, ended_at: expect.any(Date),
    });
  });

  it('fails a run that does not add up, and says what does not', async () => {
    const { runId } = await opened();
    write(runId, { rows: { ...GOOD_ROWS, loaded: 949 }, sums: { p: { gold: '1.00', mart: '0.99' } } });
    expect(await auditor.close(runId)).toMatchObject({ status: 'FAILED', reconciled: false, summary: expect.stringContaining('RECONCILIATION: not equal: staged = loaded (950 and 949)') });
    expect((await auditor.row(runId)).difference).toEqual([
      { invariant: 'staged = loaded', left: 950, right: 949, difference: 1 },
      { invariant: 'loaded = inserted + updated + unchanged', left: 949, right: 950, difference: -1 },
      { invariant: 'sum of p in gold = in mart', left: '1.00', right: '0.99', difference: '0.01' },
    ]);
  });

  it('fails a run without a document', async () => {
    const { runId } = await opened();
    expect(await auditor.close(runId)).toMatchObject({ status: 'FAILED', reconciled: null, message: expect.stringContaining('left no run document') });
  });

  it('answers a second close with the first end, whatever the document says by then', async () => {
    const { runId } = await opened();
    await auditor.close(runId);
    const first = await auditor.row(runId);
    write(runId);
    expect(await auditor.close(runId)).toMatchObject({ status: 'FAILED' });
    expect(await auditor.row(runId)).toEqual(first);
  });

  it('closes once when it is called many times at once', async () => {
    const { runId } = await opened();
    write(runId);
    const answers = await Promise.all(Array.from({ length: 8 }, () => auditor.close(runId)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0].status).toBe('SUCCEEDED');
  });

  it('gives the rows of a batch to one run only', async () => {
    const first = await opened();
    write(first.runId);
    await auditor.close(first.runId);
    auditor.objects.write('gold', '_dlp/orders/batches/b1.json', { version: 1, batchId: 'b1', runId: first.runId });
    const second = await opened();
    write(second.runId, { status: 'skipped' });
    expect(await auditor.close(second.runId)).toMatchObject({ status: 'SKIPPED', reconciled: null, message: `the batch was committed by ${first.runId}` });
    expect(await auditor.row(second.runId)).toMatchObject({ rows_loaded: null, error_code: 'ALREADY_COMMITTED' });
  });

  it('is good when Glue repeated the job after its commit', async () => {
    const { runId } = await opened();
    write(runId, { status: 'skipped', batchId: 'b2' });
    auditor.objects.write('gold', '_dlp/orders/batches/b2.json', { version: 1, batchId: 'b2', runId });
    expect(await auditor.close(runId)).toMatchObject({ status: 'SUCCEEDED', reconciled: true });
    expect(await auditor.row(runId)).toMatchObject({ rows_loaded: '950' });
  });

  it('refuses a run that the ledger does not have', async () => {
    await expect(auditor.close('orders-20261123T100000Z-00000000')).rejects.toMatchObject({ name: 'UnknownRun' });
  });

  it('does not close a run when the document cannot be read: Step Functions tries again', async () => {
    const { runId } = await opened();
    auditor.objects.broken = new Error('503');
    await expect(auditor.close(runId)).rejects.toThrow('503');
    expect(await auditor.row(runId)).toMatchObject({ status: 'RUNNING' });
  });
});

describe('fail', () => {
  it('closes the run with what was caught', async () => {
    const { runId, execution } = await opened();
    const cause = JSON.stringify({ Id: 'jr_7', JobRunState: 'TIMEOUT' });
    expect(await fail(execution.arn, { runId, error: { Error: 'States.TaskFailed', Cause: cause } })).toEqual({
      runId, status: 'FAILED', message: 'GLUE_TIMEOUT: the Glue run ended as TIMEOUT', summary: expect.stringMatching(/^orders FAILED in RunJob from .*: GLUE_TIMEOUT: the Glue run ended as TIMEOUT \(orders-/),
    });
    expect(await auditor.row(runId)).toMatchObject({ status: 'FAILED', error_state: 'RunJob', error_code: 'GLUE_TIMEOUT', glue_run_id: 'jr_7', ended_at: expect.any(Date) });
  });

  it('keeps what the job wrote before it failed', async () => {
    const { runId, execution } = await opened();
    write(runId, { status: 'failed', error: { code: 'TOO_MANY_BAD_ROWS', message: '40 of 100 rows are bad' }, rows: { ...GOOD_ROWS, read: 100, quarantined: 40, valid: 60 } });
    expect(await fail(execution.arn)).toMatchObject({ message: 'TOO_MANY_BAD_ROWS: 40 of 100 rows are bad' });
    expect(await auditor.row(runId)).toMatchObject({ rows_read: '100', rows_quarantined: '40', quarantine_uri: expect.any(String), reconciled: null, glue_run_id: 'jr_1' });
  });

  it('closes even when the document cannot be read', async () => {
    const { runId, execution } = await opened();
    auditor.objects.broken = new Error('503');
    expect(await fail(execution.arn)).toMatchObject({ runId, status: 'FAILED' });
  });

  it('does nothing after a close, and tells', async () => {
    const { runId, execution } = await opened();
    write(runId);
    await auditor.close(runId);
    const before = await auditor.row(runId);
    expect(await fail(execution.arn, { runId, state: 'Notify' })).toMatchObject({ runId, status: 'SUCCEEDED', message: 'the run had ended SUCCEEDED before; the failure in Notify (TASK_FAILED) did not change that' });
    expect(await auditor.row(runId)).toEqual(before);
  });

  it('records an execution that failed before it had a run', async () => {
    const { arn, startedAt } = newExecution();
    const answer = await fail(arn, { execution: { arn, startedAt }, input: { hello: 'world' }, state: 'Open', error: { Error: 'InvalidInput', Cause: '{"errorType":"InvalidInput","errorMessage":"the input is no event"}' } });
    expect(answer).toMatchObject({ status: 'FAILED', message: 'INVALID_INPUT: the input is no event', summary: expect.stringContaining('orders FAILED in Open: INVALID_INPUT') });
    expect(await auditor.row(answer.runId)).toMatchObject({ status: 'FAILED', trigger: null, source_key: null, execution_arn: arn, error_state: 'Open' });
    expect(await fail(arn, { execution: { arn, startedAt } })).toMatchObject({ runId: answer.runId });
    expect(await mart.sql('SELECT run_id FROM audit.job_runs WHERE execution_arn = $1', [arn])).toHaveLength(1);
  });

  it('does not stand in the way of the object when it could not even be opened', async () => {
    const { arn } = newExecution();
    auditor.objects.put('landing', 'orders/later.csv', { version: 'v1', bytes: 5, checksum: 'CRC32:later' });
    const answer = await fail(arn, { input: objectCreated('orders/later.csv', 'v1'), state: 'Open' });
    expect(await auditor.row(answer.runId)).toMatchObject({ trigger: 'event', source_key: 'orders/later.csv' });
    expect(await auditor.open(objectCreated('orders/later.csv', 'v1'))).toMatchObject({ decision: 'run', reason: 'not seen before' });
  });

  it('leaves the run of another execution alone, whose id a skipped execution holds', async () => {
    const { runId, key } = await opened();
    const other = newExecution();
    expect(await auditor.open(objectCreated(key, 'v1'), other)).toMatchObject({ decision: 'skip', runId });
    expect((await fail(other.arn, { runId })).runId).not.toBe(runId);
    expect(await auditor.row(runId)).toMatchObject({ status: 'RUNNING' });
  });
});

describe('the end of an execution that EventBridge tells', () => {
  it.each([
    ['ABORTED', {}, 'ABORTED', 'the execution was stopped'],
    ['TIMED_OUT', {}, 'TIMED_OUT', 'longer than its limit'],
    ['FAILED', {}, 'EXECUTION_FAILED', 'without a cause'],
    ['FAILED', { error: 'States.Runtime', cause: 'the JSON path could not be found' }, 'RUNTIME', 'JSON path'],
  ])('%s %j closes its run', async (status, more, code, words) => {
    const { runId, execution } = await opened();
    expect(await ended(execution.arn, status, more)).toEqual({ closed: 1 });
    expect(await auditor.row(runId)).toMatchObject({ status: 'FAILED', error_code: code, error_message: expect.stringContaining(words) });
    expect(await ended(execution.arn, status, more)).toEqual({ closed: 0 });
  });

  it('leaves closed runs and unknown executions alone', async () => {
    const { runId, execution } = await opened();
    write(runId);
    await auditor.close(runId);
    expect(await ended(execution.arn, 'FAILED')).toEqual({ closed: 0 });
    expect(await auditor.row(runId)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await ended('arn:nobody', 'FAILED')).toEqual({ closed: 0 });
  });

  it('closes once with a failure that comes at the same time', async () => {
    const { execution } = await opened();
    const [told, failed] = await Promise.all([ended(execution.arn, 'FAILED'), fail(execution.arn)]);
    expect(failed.status).toBe('FAILED');
    expect(failed.message.includes('had ended')).toBe(told.closed === 1);
  });
});

describe('the table itself', () => {
  it('does not let a closed run be changed, whoever tries', async () => {
    const { runId } = await opened();
    await auditor.close(runId);
    await expect(mart.sql("UPDATE audit.job_runs SET status = 'RUNNING', ended_at = NULL WHERE run_id = $1", [runId])).rejects.toThrow('has ended FAILED and is not changed any more');
  });

  it.each([
    ['success without reconciliation', "status = 'SUCCEEDED', ended_at = now()", 'only_reconciled_runs_succeed'],
    ['an end without an end', "status = 'SKIPPED', error_code = 'A', error_message = 'b'", 'closed_runs_have_an_end'],
    ['a failure without a reason', "status = 'FAILED', ended_at = now()", 'what_did_not_succeed_says_why'],
    ['reconciled with differences', "reconciled = true, difference = '[1]'", 'differences_are_listed'],
    ['a count below zero', 'rows_read = -1', 'rows_read'],
  ])('refuses %s', async (_, set, constraint) => {
    const { runId } = await opened();
    await expect(mart.sql(`UPDATE audit.job_runs SET ${set} WHERE run_id = $1`, [runId])).rejects.toThrow(constraint);
  });

  it('lets the auditor delete nothing', async () => {
    await expect(mart.connected({ role: 'audit_writer' }, (client) => client.query('DELETE FROM audit.job_runs'))).rejects.toThrow('permission denied');
  });
});
