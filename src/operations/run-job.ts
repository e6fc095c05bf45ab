// Lands a file for a job, or starts the job on a key that is there, and waits for the audited end of the run.
import path from 'node:path';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import type { RunDetail } from '../core/run.js';
import type { DeployedStacks, Executions, Functions, Identity, Landing } from '../core/ports.js';
import { guardAccount } from './guard-account.js';
import { callLakeApi, readDeployedJobs, readRun, readRuns, type DeployedJob } from './read-runs.js';

export interface RunJobInput {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly stacks: DeployedStacks;
  readonly functions: Functions;
  readonly landing: Landing;
  readonly executions: Executions;
  readonly emit: Emit;
  readonly job: string;
  /** A local file to land, or a key that is in the landing bucket. */
  readonly input: { readonly file: string } | { readonly key: string; readonly force: boolean };
  readonly wait: boolean;
  readonly timeoutSeconds: number;
}

export interface RunJobResult { readonly job: string; readonly key: string; readonly run: RunDetail | null }

const POLL_MS = 1_000;

/** @throws JOB_UNKNOWN, LAKE_NOT_DEPLOYED, RUN_FAILED with the run in its details, RUN_TIMEOUT */
export async function runJob(input: RunJobInput): Promise<RunJobResult> {
  const { environment, identity, job, emit, wait } = input;
  await guardAccount(environment, identity);
  const jobs = await readDeployedJobs(input);
  const deployed = jobs.find((candidate) => candidate.job === job);
  if (!deployed) throw new DlpError('JOB_UNKNOWN', `the job "${job}" is not deployed in ${environment.name}`, { hint: `deployed: ${jobs.map((j) => j.job).join(', ') || 'none'}` });

  const { key, find } = await begin(input, deployed);
  if (!wait) return { job, key, run: null };
  const run = await step(emit, 'run', `${job}: ${key}`, (say) => awaitRun(input, find, say), (r) => ({ text: `${r.status} ${r.run}`, outcome: OUTCOMES[r.status] }));
  if (run.status === 'FAILED') {
    throw new DlpError('RUN_FAILED', `run ${run.run} failed: ${run.error?.message ?? 'no reason recorded'}`, { hint: `dlp etl runs ${job} --env ${environment.name}`, details: { run } });
  }
  return { job, key, run };
}

const OUTCOMES = { SUCCEEDED: 'done', SKIPPED: 'skipped', FAILED: 'failed', RUNNING: 'done' } as const;

/** The run that was begun here, when there is one yet; among many runs it must be this one. */
type Find = () => Promise<RunDetail | undefined>;

async function begin(input: RunJobInput, deployed: DeployedJob): Promise<{ key: string; find: Find }> {
  const { job } = input;
  if ('file' in input.input) {
    const before = new Set((await readRuns(input, { job, limit: 100 })).map((run) => run.run));
    const { key, versionId } = await land(input, input.input.file, deployed.trigger.event?.prefix ?? `${job}/`);
    // A landed file starts its job by itself, unless the job runs by the clock.
    if (deployed.trigger.event) return { key, find: () => findByVersion(input, before, versionId) };
    return { key, find: await start(input, key, false) };
  }
  return { key: input.input.key, find: await start(input, input.input.key, input.input.force) };
}

async function start(input: RunJobInput, key: string, force: boolean): Promise<Find> {
  const { executionArn } = await callLakeApi<{ executionArn: string }>(input, { method: 'POST', path: `/jobs/${input.job}/runs`, body: { key, force } });
  return async () => {
    const { run, ended } = await input.executions.runOf(executionArn);
    if (run) return readRun(input, run);
    if (ended) throw new DlpError('RUN_FAILED', `the execution ended without a run: ${executionArn}`, { hint: 'its history on Step Functions says why' });
    return undefined;
  };
}

async function findByVersion(input: RunJobInput, before: ReadonlySet<string>, versionId: string | undefined): Promise<RunDetail | undefined> {
  for (const { run } of (await readRuns(input, { job: input.job, limit: 20 })).filter((candidate) => !before.has(candidate.run))) {
    const detail = await readRun(input, run);
    if (versionId === undefined || detail.source.version === versionId) return detail;
  }
  return undefined;
}

async function land({ stacks, landing, emit }: RunJobInput, file: string, prefix: string): Promise<{ key: string; versionId: string | undefined }> {
  const bucket = (await stacks.outputs('S3BucketZones'))?.['LandingBucketName'];
  if (!bucket) throw new DlpError('LAKE_NOT_DEPLOYED', 'the stack of the buckets is not deployed');
  const key = prefix + path.basename(file);
  const { versionId } = await step(emit, 'land', `land ${path.basename(file)}`, (say) => landing.put(bucket, key, file, (bytes) => say(`${(bytes / 1e6).toFixed(1)} MB`)), () => `s3://${bucket}/${key}`);
  return { key, versionId };
}

async function awaitRun(input: RunJobInput, find: Find, say: (text: string) => void): Promise<RunDetail> {
  const since = Date.now();
  const deadline = since + input.timeoutSeconds * 1_000;
  for (;;) {
    const run = await find();
    if (run && run.status !== 'RUNNING') return run;
    const seconds = Math.round((Date.now() - since) / 1_000);
    say(run ? `${run.run} is running, ${seconds} s` : `waiting for the run to begin, ${seconds} s`);
    if (Date.now() > deadline) {
      throw new DlpError('RUN_TIMEOUT', run ? `run ${run.run} has not ended after ${input.timeoutSeconds} s` : `no run began within ${input.timeoutSeconds} s`, {
        hint: 'it may still end: see `dlp etl runs`; --timeout gives it longer',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
