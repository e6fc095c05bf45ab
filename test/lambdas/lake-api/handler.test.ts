import { DatabaseUnavailable, inTransaction } from '../../../src/lambdas/database.js';
import { type Deps, handle, type LakeApiEvent } from '../../../src/lambdas/lake-api/handler.js';
import type { RegistryEntry } from '../../../src/lambdas/lake-api/registry.js';
import { type Auditor, auditorOn, objectCreated } from '../support/auditor.js';
import { captureLog } from '../support/log-lines.js';
import { type Mart, startMart } from '../support/mart.js';
import { runDocument } from '../support/run-documents.js';

const log = captureLog();
let mart: Mart;
let auditor: Auditor;
let good: string;
let failed: string;
let running: string;
beforeAll(async () => {
  mart = await startMart();
  auditor = auditorOn(mart);
  const opened = async (key: string) => {
    auditor.objects.put('landing', key, { version: 'v1', bytes: 17, checksum: `CRC32:${key}` });
    return (await auditor.open(objectCreated(key, 'v1'))).runId as string;
  };
  good = await opened('orders/a.csv');
  auditor.objects.write('gold', `_dlp/orders/runs/${good}.json`, runDocument(good));
  await auditor.close(good);
  failed = await opened('orders/b.csv');
  await auditor.close(failed);
  running = await opened('orders/c.csv');
});
afterAll(async () => { await mart.stop(); });

const entries: RegistryEntry[] = [
  { job: 'orders', stateMachineArn: 'arn:sm:orders', trigger: { event: { prefix: 'orders/in/' } }, table: 'orders' }, { job: 'daily', stateMachineArn: 'arn:sm:daily', trigger: { schedule: 'rate(1 day)' } },
  { job: 'gone', stateMachineArn: 'arn:sm:gone', trigger: { event: { prefix: 'gone/' } } },
];
const started: { arn: string; input: unknown }[] = [];
const deps: Deps = {
  landingBucket: 'landing',
  registry: { list: () => Promise.resolve(entries), find: (job) => Promise.resolve(entries.find((entry) => entry.job === job) ?? null) },
  stateMachines: { start: (arn, input) => { started.push({ arn, input }); return Promise.resolve(arn === 'arn:sm:gone' ? null : `${arn}:execution`); } },
  read: (work) => mart.connected({ role: 'lake_reader' }, (client) => inTransaction(client, 'READ ONLY', () => work(client))),
};
beforeEach(() => { started.length = 0; });

async function call(event: LakeApiEvent, more: Partial<Deps> = {}) {
  const { statusCode, headers, body } = await handle({ ...deps, ...more }, event);
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  return { status: statusCode, headers, body: JSON.parse(body) };
}
const get = (path: string, queryStringParameters?: Record<string, string>) => call({ httpMethod: 'GET', path, queryStringParameters });
const post = (path: string, body: unknown, more = {}) => call({ httpMethod: 'POST', path, body: typeof body === 'string' ? body : JSON.stringify(body), ...more });

describe('GET /jobs', () => {
  it('answers the registry', async () => {
    expect(await get('/jobs')).toMatchObject({ status: 200, body: { jobs: entries } });
  });
});

describe('GET /runs', () => {
  it('answers the newest first', async () => {
    const { status, body } = await get('/runs');
    expect(status).toBe(200);
    expect(body.runs.map(({ run }: any) => run)).toEqual([running, failed, good]);
    expect(body.runs[2]).toEqual({
      run: good, job: 'orders', status: 'SUCCEEDED', rowsRead: 1000, rowsWritten: 950, rowsQuarantined: 10, rowsDeduplicated: 40, rowsLoaded: 950, reconciled: true,
      startedAt: expect.stringMatching(/^2026-11-23T10:00:00\.\d{3}Z$/), endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), durationSeconds: expect.any(Number),
    });
    expect(body.runs[0]).toMatchObject({ status: 'RUNNING', rowsRead: null, reconciled: null, endedAt: null, durationSeconds: null });
  });

  it('chooses by job and by status, and as many as asked for', async () => {
    const runs = async (query: Record<string, string>) => (await get('/runs', query)).body.runs.map(({ run }: any) => run);
    expect(await runs({ limit: '1' })).toEqual([running]);
    expect(await runs({ status: 'FAILED' })).toEqual([failed]);
    expect(await runs({ job: 'orders', status: 'SUCCEEDED', limit: '500' })).toEqual([good]);
    expect(await runs({ job: 'nobody' })).toEqual([]);
  });

  it.each([
    [{ limit: '0' }], [{ limit: '501' }], [{ limit: '5x' }], [{ limit: '-1' }], [{ status: 'succeeded' }], [{ job: "o'; DROP TABLE x; --" }], [{ order: 'asc' }],
  ])('refuses %j', async (query) => {
    expect(await get('/runs', query as never)).toMatchObject({ status: 400, body: { error: { code: 'BAD_REQUEST', message: expect.any(String) } } });
  });
});

describe('GET /runs/{runId}', () => {
  it('answers everything about a good run', async () => {
    const { status, body } = await get(`/runs/${good}`);
    expect(status).toBe(200);
    expect(body.run).toMatchObject({
      run: good, trigger: 'event', requestedBy: '111111111111', source: { uri: 's3://landing/orders/a.csv', version: 'v1', checksum: 'CRC32:orders/a.csv', bytes: 17 },
      rowsValid: 990, rowsInserted: 900, rowsUpdated: 30, rowsUnchanged: 20, rules: { 'o_totalprice.min': 10 }, sums: { o_totalprice: { gold: '10.50', mart: '10.5' } },
      quarantineUri: expect.stringContaining('s3://gold/quarantine'), documentUri: `s3://gold/_dlp/orders/runs/${good}.json`, error: null, reason: null, difference: [],
      attempt: 1, parentRun: null, glueRunId: 'jr_1', executionArn: expect.stringContaining('arn:aws:states'),
    });
  });

  it('answers why a run failed', async () => {
    expect((await get(`/runs/${failed}`)).body.run).toMatchObject({ status: 'FAILED', error: { state: null, code: 'RUN_DOCUMENT_MISSING', message: expect.stringContaining('left no run document') }, difference: null });
  });

  it('answers 404 for a run that is not there', async () => {
    expect(await get('/runs/orders-0')).toMatchObject({ status: 404, body: { error: { code: 'RUN_NOT_FOUND', message: 'there is no run orders-0' } } });
  });
});

describe('POST /jobs/{job}/runs', () => {
  it('starts the state machine with the manual input, in the name of the caller', async () => {
    const requestContext = { identity: { userArn: 'arn:aws:iam::1:user/ada' } };
    expect(await post('/jobs/orders/runs', { key: 'orders/in/a b.csv', versionId: 'v1', force: true }, { requestContext })).toMatchObject({ status: 202, body: { executionArn: 'arn:sm:orders:execution' } });
    expect(started).toEqual([{ arn: 'arn:sm:orders', input: { trigger: 'manual', bucket: 'landing', key: 'orders/in/a b.csv', versionId: 'v1', force: true, requestedBy: 'arn:aws:iam::1:user/ada' } }]);
  });

  it('makes an input that the auditor takes', async () => {
    auditor.objects.put('landing', 'daily/x.csv', { version: 'v9', bytes: 1, checksum: 'CRC32:x' });
    await post('/jobs/daily/runs', Buffer.from('{"key":"daily/x.csv"}').toString('base64'), { isBase64Encoded: true });
    expect(started[0]?.input).toEqual({ trigger: 'manual', bucket: 'landing', key: 'daily/x.csv' });
    expect(await auditor.open(started[0]?.input)).toMatchObject({ decision: 'run', sourceVersion: 'v9' });
  });

  it.each([
    ['no JSON', '/jobs/orders/runs', '{', 400, 'BAD_REQUEST'], ['no body', '/jobs/orders/runs', '', 400, 'BAD_REQUEST'], ['no key', '/jobs/orders/runs', {}, 400, 'BAD_REQUEST'],
    ['a key that is too long', '/jobs/orders/runs', { key: `orders/in/${'é'.repeat(510)}` }, 400, 'BAD_REQUEST'], ['a claim to be somebody', '/jobs/orders/runs', { key: 'orders/in/a', requestedBy: 'root' }, 400, 'BAD_REQUEST'],
    ['a key of another job', '/jobs/orders/runs', { key: 'customers/a.csv' }, 400, 'KEY_OUTSIDE_JOB'], ['a bad name', '/jobs/O%20/runs', { key: 'a' }, 400, 'BAD_REQUEST'],
    ['no such job', '/jobs/nobody/runs', { key: 'nobody/a' }, 404, 'JOB_NOT_FOUND'],
  ])('refuses %s and starts nothing', async (_, path, body, status, code) => {
    expect(await post(path, body)).toMatchObject({ status, body: { error: { code } } });
    expect(started).toEqual([]);
  });

  it('tells that the machine is gone', async () => {
    expect(await post('/jobs/gone/runs', { key: 'gone/a' })).toMatchObject({ status: 409, body: { error: { code: 'STATE_MACHINE_MISSING' } } });
  });
});

describe('everything else', () => {
  it('is 404 or 405', async () => {
    expect(await get('/')).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
    expect(await call({ httpMethod: 'DELETE', path: '/runs' })).toMatchObject({ status: 405, headers: { allow: 'GET' }, body: { error: { code: 'METHOD_NOT_ALLOWED' } } });
  });

  it('is 503 without a database and 500 for what nobody expected, with the reason in the log alone', async () => {
    const event = { httpMethod: 'GET', path: '/runs' };
    expect(await call(event, { read: () => Promise.reject(new DatabaseUnavailable('db.internal is away')) })).toMatchObject({ status: 503, headers: { 'retry-after': '60' }, body: { error: { code: 'DATABASE_UNAVAILABLE' } } });
    const answer = await call(event, { read: () => Promise.reject(new Error('User: arn:aws:sts::1:x is not authorized')) });
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL' } } });
    expect(JSON.stringify(answer.body)).not.toContain('arn:aws');
    expect(log.text()).toContain('is not authorized');
  });
});
