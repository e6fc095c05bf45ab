import { runJob } from '../../src/operations/run-job.js';
import { queryLake } from '../../src/operations/query-lake.js';
import { readRun, readRuns } from '../../src/operations/read-runs.js';
import { environment, FakeFunctions, FakeLanding, identity, recorder, stacks } from '../support/fakes.js';

const OUTPUTS = { Api: { LakeApiName: 'api' }, S3BucketZones: { LandingBucketName: 'landing' }, Lambda: { MartQueryName: 'ask' } };
const JOB = { job: 'orders', description: '', stateMachineArn: 'arn', glueJobName: 'g', trigger: { event: { prefix: 'orders/' } }, table: 'orders' };
const ok = (body: unknown) => ({ statusCode: 200, body: JSON.stringify(body) });

function lake(final: object) {
  let polls = 0;
  return new FakeFunctions((_, { path, httpMethod }: { path: string; httpMethod: string }) => {
    if (httpMethod === 'POST') return { statusCode: 202, body: JSON.stringify({ executionArn: 'e' }) };
    if (path === '/jobs') return ok({ jobs: [JOB] });
    if (path === '/runs') {
      polls += 1;
      // The run of before is there from the first look, the new one from the third.
      return ok({ runs: [...(polls > 2 ? [{ run: 'new', status: 'SUCCEEDED', ...final }] : []), { run: 'old', status: 'SUCCEEDED' }] });
    }
    return ok({ run: { run: path.split('/').at(-1), status: 'SUCCEEDED', source: { version: 'v1' }, ...final } });
  });
}

function input(functions: FakeFunctions, given: object = {}) {
  return {
    environment: environment('local'), identity: identity('000000000000'), stacks: stacks(OUTPUTS), functions, landing: new FakeLanding(), executions: { runOf: async () => ({ ended: true, run: 'known' }) }, emit: recorder().emit,
    job: 'orders', input: { file: '/data/orders.csv' }, wait: true, timeoutSeconds: 10, ...given,
  } as const;
}

describe('runJob', () => {
  it('lands the file under the prefix of the job and waits for the new run, not for an old one', async () => {
    const given = input(lake({}));
    const result = await runJob(given);
    expect(given.landing.puts).toEqual(['landing/orders/orders.csv']);
    expect(result).toMatchObject({ key: 'orders/orders.csv', run: { run: 'new' } });
    expect(given.functions.calls.some((call) => (call.payload as { httpMethod: string }).httpMethod === 'POST')).toBe(false);
  });

  it('starts the job itself for a key', async () => {
    const given = input(lake({}), { input: { key: 'orders/x.csv', force: true } });
    expect(await runJob(given)).toMatchObject({ run: { run: 'known' } });
    const post = given.functions.calls.find((call) => (call.payload as { httpMethod: string }).httpMethod === 'POST')!;
    expect(JSON.parse((post.payload as { body: string }).body)).toEqual({ key: 'orders/x.csv', force: true });
    expect(given.landing.puts).toEqual([]);
  });

  it('waits on when the only new run is of another version of the file', async () => {
    await expect(runJob(input(lake({ source: { version: 'of somebody else' } }), { timeoutSeconds: 3 }))).rejects.toMatchObject({ code: 'RUN_TIMEOUT' });
  });

  it('does not wait for a run that an ended execution never opened', async () => {
    const given = input(lake({}), { input: { key: 'orders/x.csv', force: false }, executions: { runOf: async () => ({ ended: true, run: undefined }) } });
    await expect(runJob(given)).rejects.toMatchObject({ code: 'RUN_FAILED' });
  });

  it('fails with the reason of the run', async () => {
    await expect(runJob(input(lake({ status: 'FAILED', error: { message: 'the file is empty' } })))).rejects.toMatchObject({ code: 'RUN_FAILED', exitCode: 1, message: expect.stringContaining('the file is empty') });
  });

  it('lands nothing for a job that is not deployed', async () => {
    const given = input(lake({}), { job: 'items' });
    await expect(runJob(given)).rejects.toMatchObject({ code: 'JOB_UNKNOWN', hint: 'deployed: orders' });
    expect(given.landing.puts).toEqual([]);
  });

  it('lands nothing with credentials of another account', async () => {
    const given = input(lake({}), { identity: identity('999999999999') });
    await expect(runJob(given)).rejects.toMatchObject({ code: 'WRONG_ACCOUNT' });
    expect(given.landing.puts).toEqual([]);
  });

  it('gives up after the time it was given', async () => {
    const silent = new FakeFunctions((_, { path }: { path: string }) => (path === '/jobs' ? ok({ jobs: [JOB] }) : ok({ runs: [] })));
    await expect(runJob(input(silent, { timeoutSeconds: 0 }))).rejects.toMatchObject({ code: 'RUN_TIMEOUT', exitCode: 1 });
  });
});

describe('reading', () => {
  it('says that there is no lake', async () => {
    await expect(readRuns({ stacks: stacks({}), functions: new FakeFunctions(() => null) }, { limit: 5 })).rejects.toMatchObject({ code: 'LAKE_NOT_DEPLOYED' });
  });

  it('tells an unknown run from an unknown job', async () => {
    const functions = new FakeFunctions(() => ({ statusCode: 404, body: JSON.stringify({ error: { code: 'RUN_NOT_FOUND', message: 'there is no run x' } }) }));
    await expect(readRun({ stacks: stacks(OUTPUTS), functions }, 'x')).rejects.toMatchObject({ code: 'RUN_UNKNOWN', exitCode: 2 });
  });

  it('passes only the filters that were given', async () => {
    const functions = new FakeFunctions(() => ok({ runs: [] }));
    await readRuns({ stacks: stacks(OUTPUTS), functions }, { job: 'orders', limit: 5 });
    expect(functions.calls[0]).toMatchObject({ name: 'api', payload: { queryStringParameters: { job: 'orders', limit: '5' } } });
  });

  it('maps what the mart refuses', async () => {
    const functions = new FakeFunctions(() => ({ error: { code: '42601', message: 'syntax error' } }));
    const gold = { query: async () => { throw new Error('not this one'); } };
    await expect(queryLake({ sql: 'selec', target: 'mart', maxRows: 1, stacks: stacks(OUTPUTS), functions, gold })).rejects.toMatchObject({ code: 'QUERY_FAILED', message: 'mart: syntax error' });
  });
});
