import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { caseNames, createSandbox, dlp, dlpJson, runCase, type Sandbox } from './harness.js';

interface Run { run: string; job: string; status: string; rowsRead: number; rowsWritten: number; rowsQuarantined: number; rowsDeduplicated: number; rowsLoaded: number; reconciled: boolean }
interface Detail { run: { executionArn: string; error: { code: string; message: string } | null } }

/** One lake for all: its cases build on each other, in the order of their names. */
describe('dlp on a lake of its own', () => {
  let sandbox: Sandbox;
  const client = () => ({ region: 'eu-west-2', endpoint: `http://127.0.0.1:${sandbox.port}`, forcePathStyle: true, credentials: { accessKeyId: 'dlp-local', secretAccessKey: 'dlp-local' } });
  const runs = async () => (await dlpJson<{ runs: Run[] }>(sandbox.workspace, ['etl', 'runs', 'orders', '--env', 'local', '--limit', '100'])).runs;
  const show = async (run: string) => (await dlpJson<Detail>(sandbox.workspace, ['etl', 'show', run, '--env', 'local'])).run;
  const must = async (...args: string[]) => {
    const done = await dlp(sandbox.workspace, args);
    if (done.exitCode !== 0) throw new Error(`dlp ${args.join(' ')} ended with ${done.exitCode}\n${done.stderr}`);
  };

  beforeAll(async () => {
    sandbox = await createSandbox();
    await must('local', 'up');
    await must('etl', 'new', 'orders');
    await must('deploy', '--env', 'local');
  }, 240_000);

  afterAll(async () => {
    if (process.env['KEEP_SANDBOX']) return;
    await dlp(sandbox.workspace, ['local', 'down']);
    await sandbox.dispose();
  }, 60_000);

  it.each(caseNames('lake'))('%s', (name) => runCase('lake', name, sandbox), 300_000);

  /** Lands the sample under another name and returns when its run has begun Spark. */
  async function beginRun(name: string): Promise<{ run: string; pid: number }> {
    const before = new Set((await runs()).map((run) => run.run));
    const file = path.join(sandbox.directory, name);
    const sample = await readFile(path.join(sandbox.workspace, 'glue/jobs/orders/sample/orders.csv'), 'utf8');
    await writeFile(file, sample);
    await must('etl', 'run', 'orders', '--env', 'local', '--file', file, '--no-wait');
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(300)) {
      const run = (await runs()).find((candidate) => !before.has(candidate.run));
      const { glueRuns } = await dlpJson<{ glueRuns: { pid: number | null; state: string }[] }>(sandbox.workspace, ['local', 'status']);
      const pid = glueRuns.find((glue) => glue.state === 'RUNNING')?.pid;
      if (run && pid) return { run: run.run, pid };
    }
    throw new Error(`no run of ${name} began`);
  }

  async function ended(run: string): Promise<Run> {
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(500)) {
      const found = (await runs()).find((candidate) => candidate.run === run);
      if (found && found.status !== 'RUNNING') return found;
    }
    throw new Error(`${run} did not end`);
  }

  it('records a Glue process that was killed as FAILED, with the reason', async () => {
    const { run, pid } = await beginRun('killed.csv');
    process.kill(pid, 'SIGKILL');
    expect(await ended(run)).toMatchObject({ status: 'FAILED' });
    expect((await show(run)).error!.message).toMatch(/SIGKILL/);
  }, 240_000);

  it('records an execution that was aborted as FAILED', async () => {
    const { run } = await beginRun('aborted.csv');
    const { executionArn } = await show(run);
    await new SFNClient(client()).send(new StopExecutionCommand({ executionArn, cause: 'a person stopped it' }));
    expect(await ended(run)).toMatchObject({ status: 'FAILED' });
    expect((await show(run)).error!.message).toMatch(/stopped/);
  }, 240_000);

  it('makes no second row of a duplicate event', async () => {
    const before = await runs();
    const outputs = await dlpJson<{ stacks: { outputs: Record<string, string> }[] }>(sandbox.workspace, ['deploy', '--env', 'local']);
    const bucket = outputs.stacks.find((stack) => stack.outputs['LandingBucketName'])!.outputs['LandingBucketName']!;
    const stateMachineArn = outputs.stacks.find((stack) => stack.outputs['StateMachineArn'])!.outputs['StateMachineArn']!;
    const head = await new S3Client(client()).send(new HeadObjectCommand({ Bucket: bucket, Key: 'orders/orders.csv' }));
    const count = async () => (await new SFNClient(client()).send(new ListExecutionsCommand({ stateMachineArn, maxResults: 100 }))).executions!;
    const executions = (await count()).length;
    // EventBridge delivers at least once: the same event starts the machine a second time.
    const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail: { bucket: { name: bucket }, object: { key: 'orders/orders.csv', 'version-id': head.VersionId, size: head.ContentLength, etag: head.ETag } } };
    await new SFNClient(client()).send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(event) }));
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(500)) {
      const now = await count();
      if (now.length > executions && now.every((execution) => execution.status !== 'RUNNING')) break;
    }
    expect((await count()).length).toBe(executions + 1);
    expect((await count()).every((execution) => execution.status !== 'RUNNING')).toBe(true);
    expect(await runs()).toEqual(before);
  }, 120_000);

  it('keeps what it holds over down and up, and names a part that crashed', async () => {
    const before = await runs();
    await must('local', 'down');
    await must('local', 'up');
    expect(await runs()).toEqual(before);
    const { parts } = await dlpJson<{ parts: { name: string; pid: number }[] }>(sandbox.workspace, ['local', 'status']);
    process.kill(parts.find((part) => part.name === 'postgres')!.pid, 'SIGKILL');
    await sleep(1_000);
    const { stdout, exitCode } = await dlp(sandbox.workspace, ['local', 'status']);
    expect(stdout).toMatch(/postgres +crashed/);
    expect(exitCode).toBe(0);
    await must('local', 'up');
    expect(await runs()).toEqual(before);
  }, 120_000);
});
