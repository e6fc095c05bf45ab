import { SourceMissing } from '../../../src/lambdas/job-auditor/open.js';
import { type Auditor, auditorOn, newExecution, objectCreated } from '../support/auditor.js';
import { captureLog } from '../support/log-lines.js';
import { type Mart, startMart } from '../support/mart.js';
import { runDocument } from '../support/run-documents.js';

captureLog();
let mart: Mart;
let auditor: Auditor;
let number = 0;
beforeAll(async () => { mart = await startMart(); });
afterAll(async () => { await mart.stop(); });
beforeEach(() => { auditor = auditorOn(mart); });

/** A new object of its own, in version v1. */
function newObject(checksum = `CRC64NVME:${number}`): string {
  const key = `orders/file ${number += 1}+%.csv`;
  auditor.objects.put('landing', key, { version: 'v1', bytes: 5, checksum });
  return key;
}

async function succeed(runId: string): Promise<void> {
  auditor.objects.write('gold', `_dlp/orders/runs/${runId}.json`, runDocument(runId));
  expect(await auditor.close(runId)).toMatchObject({ status: 'SUCCEEDED' });
}

describe('open', () => {
  it('opens a run before its job starts, with what S3 knows of the file', async () => {
    const key = newObject();
    const execution = newExecution();
    const answer = await auditor.open(objectCreated(key, 'v1'), execution);
    expect(answer).toEqual({ runId: expect.stringMatching(/^orders-20261123T100000Z-[0-9a-f]{8}$/), decision: 'run', reason: 'not seen before', sourceUri: `s3://landing/${key}`, sourceVersion: 'v1' });
    expect(await auditor.row(answer.runId)).toMatchObject({
      job: 'orders', environment: 'dev', status: 'RUNNING', trigger: 'event', requested_by: '111111111111', source_bucket: 'landing', source_key: key,
      source_version: 'v1', source_bytes: '5', source_checksum: expect.stringMatching(/^CRC64NVME:/), execution_arn: execution.arn, attempt: 1,
      started_at: new Date(execution.startedAt), ended_at: null, reconciled: null,
    });
  });

  it('answers a retried state with the same run', async () => {
    const key = newObject();
    const execution = newExecution();
    const first = await auditor.open(objectCreated(key, 'v1'), execution);
    const second = await auditor.open(objectCreated(key, 'v1'), execution);
    expect(second).toEqual({ ...first, reason: 'opened by this execution before' });
    expect(await auditor.rowsOf(key)).toHaveLength(1);
  });

  it('gives one row to an object of which the event came twice', async () => {
    const key = newObject();
    const first = await auditor.open(objectCreated(key, 'v1'));
    const second = await auditor.open(objectCreated(key, 'v1'));
    expect(second).toMatchObject({ decision: 'skip', runId: first.runId, reason: `${first.runId} is the run of this object and is running` });
    expect(await auditor.rowsOf(key)).toHaveLength(1);
  });

  it('gives one row to an object that twenty executions open at once', async () => {
    const key = newObject();
    const answers = await Promise.all(Array.from({ length: 20 }, () => auditor.open(objectCreated(key, 'v1'))));
    expect(answers.filter(({ decision }) => decision === 'run')).toHaveLength(1);
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    expect(await auditor.rowsOf(key)).toHaveLength(1);
  });

  it('gives one row to an execution that calls ten times at once', async () => {
    const key = newObject();
    const execution = newExecution();
    const answers = await Promise.all(Array.from({ length: 10 }, () => auditor.open(objectCreated(key, 'v1'), execution)));
    expect(new Set(answers.map(({ decision, runId }) => `${decision} ${runId}`)).size).toBe(1);
    expect(answers[0].decision).toBe('run');
    expect(await auditor.rowsOf(key)).toHaveLength(1);
  });

  it('tells objects by their content where a bucket keeps no versions', async () => {
    const key = `orders/unversioned ${number += 1}.csv`;
    auditor.objects.put('landing', key, { version: null, bytes: 5, checksum: 'ETAG:a' });
    const first = await auditor.open(objectCreated(key, undefined));
    expect(first).toMatchObject({ decision: 'run', sourceVersion: '-' });
    expect(await auditor.open(objectCreated(key, undefined))).toMatchObject({ decision: 'skip', runId: first.runId });
    auditor.objects.put('landing', key, { version: null, bytes: 5, checksum: 'ETAG:b' });
    expect(await auditor.open(objectCreated(key, undefined))).toMatchObject({ decision: 'run' });
  });

  it('keeps jobs apart', async () => {
    const key = newObject();
    await auditor.open(objectCreated(key, 'v1'));
    expect(await auditor.call({ action: 'open', job: 'customers', execution: newExecution(), input: objectCreated(key, 'v1') })).toMatchObject({ decision: 'run' });
  });

  it('skips a new version with the content of the last good run, and runs it when forced', async () => {
    const key = newObject('CRC64NVME:same');
    const first = await auditor.open(objectCreated(key, 'v1'));
    await succeed(first.runId);
    auditor.objects.put('landing', key, { version: 'v2', bytes: 5, checksum: 'CRC64NVME:same' });
    const execution = newExecution();
    const second = await auditor.open(objectCreated(key, 'v2'), execution);
    expect(second).toMatchObject({ decision: 'skip', reason: `same content as ${first.runId}` });
    expect(await auditor.row(second.runId)).toMatchObject({ status: 'SKIPPED', parent_run_id: first.runId, error_code: 'SAME_CONTENT', ended_at: expect.any(Date) });
    // The state is retried: still the same answer.
    expect(await auditor.open(objectCreated(key, 'v2'), execution)).toEqual(second);
    const forced = await auditor.open({ trigger: 'manual', bucket: 'landing', key, versionId: 'v2', force: true });
    expect(forced).toMatchObject({ decision: 'run', reason: 'attempt 2', sourceVersion: 'v2' });
    expect(await auditor.row(forced.runId)).toMatchObject({ attempt: 2, parent_run_id: second.runId });
  });

  it('gives one row to a skipped object, too, of which the event came many times at once', async () => {
    const key = newObject('CRC64NVME:again');
    await succeed((await auditor.open(objectCreated(key, 'v1'))).runId);
    auditor.objects.put('landing', key, { version: 'v2', bytes: 5, checksum: 'CRC64NVME:again' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => auditor.open(objectCreated(key, 'v2'))));
    expect(new Set(answers.map(({ decision, runId }) => `${decision} ${runId}`)).size).toBe(1);
    expect(await auditor.rowsOf(key)).toHaveLength(2);
  });

  it('runs content that came back after another: A, B, A', async () => {
    const key = newObject('CRC64NVME:A');
    await succeed((await auditor.open(objectCreated(key, 'v1'))).runId);
    auditor.objects.put('landing', key, { version: 'v2', bytes: 5, checksum: 'CRC64NVME:B' });
    const b = await auditor.open(objectCreated(key, 'v2'));
    auditor.objects.put('landing', key, { version: 'v3', bytes: 5, checksum: 'CRC64NVME:A' });
    // While B still runs, and after it.
    expect(await auditor.open(objectCreated(key, 'v3'))).toMatchObject({ decision: 'run' });
    await succeed(b.runId);
    auditor.objects.put('landing', key, { version: 'v4', bytes: 5, checksum: 'CRC64NVME:B' });
    expect(await auditor.open(objectCreated(key, 'v4'))).toMatchObject({ decision: 'run' });
  });

  it('lets a person try again what failed, and nobody else', async () => {
    const key = newObject();
    const first = await auditor.open(objectCreated(key, 'v1'));
    await auditor.close(first.runId);
    expect(await auditor.open(objectCreated(key, 'v1'))).toMatchObject({ decision: 'skip', runId: first.runId, reason: expect.stringContaining('ended FAILED') });
    const again = await Promise.all(Array.from({ length: 8 }, () => auditor.open({ trigger: 'manual', bucket: 'landing', key, requestedBy: 'arn:aws:iam::1:user/a' })));
    expect(again.filter(({ decision }) => decision === 'run')).toHaveLength(1);
    expect(await auditor.rowsOf(key)).toMatchObject([
      { run_id: first.runId, attempt: 1, status: 'FAILED' },
      { attempt: 2, status: 'RUNNING', parent_run_id: first.runId, trigger: 'manual', requested_by: 'arn:aws:iam::1:user/a', source_version: 'v1' },
    ]);
  });

  it('does not run a good object twice, not even by hand and with force', async () => {
    const key = newObject();
    const first = await auditor.open(objectCreated(key, 'v1'));
    await succeed(first.runId);
    expect(await auditor.open({ trigger: 'manual', bucket: 'landing', key, versionId: 'v1', force: true })).toMatchObject({ decision: 'skip', runId: first.runId });
  });

  it('opens every scheduled run, for each reads what is new', async () => {
    const scheduled = { 'detail-type': 'Scheduled Event', source: 'aws.events' };
    const answers = [await auditor.open(scheduled), await auditor.open(scheduled)];
    expect(answers).toMatchObject([{ decision: 'run', sourceUri: 's3://landing/orders/', sourceVersion: '-' }, { decision: 'run' }]);
    expect(answers[0].runId).not.toBe(answers[1].runId);
  });

  it('closes the run of an object that is gone, and fails', async () => {
    const key = newObject();
    auditor.objects.remove('landing', key, 'v1');
    const execution = newExecution();
    for (let call = 0; call < 2; call += 1) await expect(auditor.open(objectCreated(key, 'v1'), execution)).rejects.toThrow(SourceMissing);
    expect(await auditor.rowsOf(key)).toMatchObject([{ status: 'FAILED', error_code: 'SOURCE_MISSING', ended_at: expect.any(Date), source_version: 'v1' }]);
  });

  it('skips the marker of a folder, which would else be read as everything below it', async () => {
    expect(await auditor.open(objectCreated('orders/2026/', 'v1'))).toMatchObject({ decision: 'skip', reason: expect.stringContaining('marks a folder') });
  });

  it('does not run an execution whose run was closed meanwhile', async () => {
    const key = newObject();
    const execution = newExecution();
    const { runId } = await auditor.open(objectCreated(key, 'v1'), execution);
    await auditor.close(runId);
    expect(await auditor.open(objectCreated(key, 'v1'), execution)).toMatchObject({ decision: 'skip', reason: `${runId} has already ended FAILED` });
  });

  it('refuses input that is none', async () => {
    await expect(auditor.open({ hello: 'world' })).rejects.toMatchObject({ name: 'InvalidInput' });
  });
});
