import { DlpError } from '../../src/core/errors.js';
import type { EnvironmentStatus, LakeStatus, Parts, StatusPorts } from '../../src/core/status.js';
import { createStatusReader, readStatus, type Limits, type StatusInput } from '../../src/operations/read-status.js';
import { environment, recorder } from '../support/fakes.js';
import { synthesized } from '../support/fake-lake.js';
import { ago, NOW, ports, run } from '../support/status-fakes.js';

const LIMITS: Limits = { call: 60, functions: 60, drift: 60, compare: 60 };
const dev = environment('dev', { profile: 'lake-dev', secrets: { token: { description: 'a token' } } });
const secrets = { describe: async () => ({ arn: 'arn:token', description: 'a token', key: undefined, tags: {}, setAt: ago(5), deletesAt: undefined }), list: async () => [] };

async function look(extra: Partial<StatusPorts> = {}, input: Partial<StatusInput> = {}): Promise<LakeStatus & { only: EnvironmentStatus; parts: Parts }> {
  const status = await readStatus({ targets: [{ environment: dev, named: false, ports: ports({ secrets, ...extra }) }], drift: false, compare: false, now: () => NOW, limits: LIMITS, ...input });
  return { ...status, only: status.environments[0]!, parts: status.environments[0]!.parts! };
}

const denied = async () => { throw Object.assign(new Error('not allowed'), { name: 'AccessDeniedException', $metadata: {} }); };
const hanging = () => new Promise<never>(() => undefined);

describe('readStatus', () => {
  it('gathers every part of a lake that is fine', async () => {
    const { healthy, problems, only, parts } = await look();
    expect({ healthy, problems }).toEqual({ healthy: true, problems: [] });
    expect(only).toMatchObject({ environment: 'dev', account: '111111111111', profile: 'lake-dev', access: { state: 'signed in', expiresAt: ago(-60) } });
    expect(parts).toMatchObject({
      bootstrap: { value: { version: 32 } }, secrets: { value: [{ name: 'token', state: 'set' }] }, drift: null, code: null,
      jobs: { value: [{ job: 'orders', lastRun: { status: 'SUCCEEDED' }, lastSuccessAt: ago(19) }] }, mart: { value: { reachable: true } }, lock: { value: null }, lastDeploy: { value: null },
    });
    expect('value' in parts.stacks && parts.stacks.value.map(({ short }) => short)).toEqual(['Lambda', 'Api', 'EtlOrders']);
  });

  const broken: readonly (readonly [keyof Parts, (how: () => Promise<never>) => Partial<StatusPorts>])[] = [
    ['secrets', (how) => ({ secrets: { describe: how, list: how } })],
    ['alarms', (how) => ({ alarms: { open: how } })],
    ['drift', (how) => ({ drift: { detect: how } })],
    ['code', (how) => ({ code: how })],
    ...(['bootstrap', 'lock', 'lastDeploy'] as const).map((part) => [part, (how: () => Promise<never>) => {
      const name = { bootstrap: '/cdk-bootstrap/hnb659fds/version', lock: '/dlp/dev/deploy-lock', lastDeploy: '/dlp/dev/last-deploy' }[part];
      return { parameters: { get: async (asked: string) => (asked === name ? how() : asked.startsWith('/cdk') ? '32' : undefined) } };
    }] as const),
    ...([['jobs', 'lake-api'], ['mart', 'mart-query']] as const).map(([part, name]) => [part, (how: () => Promise<never>) => {
      const { functions } = ports();
      return { functions: { invoke: async (asked: string, payload: unknown) => (asked === name ? how() : functions.invoke(asked, payload)) } };
    }] as const),
  ];
  const unread = (parts: Parts) => Object.entries(parts).filter(([, part]) => part && 'unread' in part).map(([name]) => name);

  it.each(broken)('shows the rest when %s may not be read', async (part, breakIt) => {
    const { parts, healthy } = await look(breakIt(denied), { drift: true, compare: true });
    expect(unread(parts)).toEqual([part]);
    expect(parts[part]).toMatchObject({ unread: 'no permission' });
    expect(healthy).toBe(false);
  });

  it.each(broken)('shows the rest when %s hangs', async (part, breakIt) => {
    const { parts } = await look(breakIt(hanging), { drift: true, compare: true });
    expect(unread(parts)).toEqual([part]);
    expect(parts[part]).toMatchObject({ unread: 'timed out' });
  });

  it('shows what does not stand on the stacks when they cannot be listed', async () => {
    const { parts } = await look({ stacks: { list: denied, template: async () => undefined } }, { drift: true, compare: true });
    expect(unread(parts).toSorted()).toEqual(['code', 'drift', 'jobs', 'mart', 'stacks']);
    expect(parts.alarms).toEqual({ value: [] });
  });

  it('shows the stacks also to whoever may not read their events', async () => {
    const { stacks } = ports();
    const { parts } = await look({ stacks: { ...stacks, list: async () => (await stacks.list()).map((stack) => ({ ...stack, status: 'UPDATE_IN_PROGRESS' })) }, events: { lastOperation: denied } });
    expect(parts.stacks).toMatchObject({ value: [{ state: 'in progress', latest: null }, {}, {}] });
  });

  it('asks nothing of an account that is not the environment\'s', async () => {
    let asked = 0;
    const { only, problems } = await look({ identity: { caller: async () => ({ account: '999999999999', arn: 'arn:x' }) }, stacks: { list: async () => { asked += 1; return []; }, template: async () => undefined } });
    expect(only).toMatchObject({ access: { state: 'wrong account', account: '999999999999' }, parts: null });
    expect(problems.map(({ code }) => code)).toEqual(['WRONG_ACCOUNT']);
    expect(asked).toBe(0);
  });

  it.each([
    ['CREDENTIALS_MISSING', 'not signed in', { name: 'CredentialsProviderError' }],
    ['LOCAL_CLOUD_DOWN', 'not reachable', { code: 'ECONNREFUSED', address: '127.0.0.1', port: 4566 }],
    ['CLOUD_UNREACHABLE', 'not reachable', { code: 'ENOTFOUND' }],
    ['AWS_BUSY', 'unknown', { name: 'Throttling', $metadata: {} }],
  ])('says why an environment cannot be looked at: %s, %s', async (code, state, error) => {
    const { only } = await look({ identity: { caller: async () => { throw Object.assign(new Error('boom'), error); } } });
    expect(only).toMatchObject({ access: { state, code }, parts: null });
  });

  it('lets no environment wait for another, nor hide it', async () => {
    const hung = { environment: environment('test'), named: false, ports: ports({ identity: { caller: hanging } }) };
    const { environments, healthy } = await readStatus({ targets: [hung, { environment: dev, named: false, ports: ports({ secrets }) }], drift: false, compare: false, now: () => NOW, limits: LIMITS });
    expect(environments.map(({ environment, access }) => `${environment} ${access.state}`)).toEqual(['test not reachable', 'dev signed in']);
    expect(healthy).toBe(false);
  });

  it('asks nothing of what is not deployed', async () => {
    const { parts, problems } = await look({ stacks: { list: async () => [], template: async () => undefined }, functions: { invoke: async () => { throw new Error('must not be called'); } } });
    expect(parts).toMatchObject({ stacks: { value: [] }, jobs: null, mart: null });
    expect(problems).toEqual([]);
  });

  it('tells a mart that refuses from a function that cannot be called', async () => {
    const mart = (answer: () => Promise<unknown>) => { const { functions } = ports(); return { functions: { invoke: async (name: string, payload: unknown) => (name === 'mart-query' ? answer() : functions.invoke(name, payload)) } }; };
    expect((await look(mart(async () => ({ error: { code: 'X', message: 'no connection' } })))).parts.mart).toEqual({ value: { reachable: false, reason: 'no connection' } });
    expect((await look(mart(async () => { throw new DlpError('AWS_ERROR', 'the function mart-query failed: timeout'); }))).parts.mart).toEqual({ value: { reachable: false, reason: 'the function mart-query failed: timeout' } });
    expect((await look(mart(async () => { throw Object.assign(new Error('gone'), { name: 'ResourceNotFoundException', $metadata: {} }); }))).parts.mart).toMatchObject({ unread: 'failed' });
  });

  it('reads the older runs of a job only where the newest of all do not tell', async () => {
    const paths: unknown[] = [];
    const newest = Array.from({ length: 500 }, (_, i) => run({ run: `items-${i}`, job: 'items' }));
    const invoke = async (name: string, payload: unknown) => {
      if (name === 'mart-query') return {};
      const { path, queryStringParameters: query } = payload as { path: string; queryStringParameters: { job?: string; status?: string } };
      paths.push(query.job ?? path);
      if (path === '/jobs') return { statusCode: 200, body: JSON.stringify({ jobs: ['orders', 'items'].map((job) => ({ job, trigger: { schedule: 'rate(1 day)' } })) }) };
      const old = [run({ run: 'orders-2', status: 'FAILED', startedAt: ago(700) }), run({ run: 'orders-1', startedAt: ago(900), endedAt: ago(890) })];
      return { statusCode: 200, body: JSON.stringify({ runs: query.job ? old.filter(({ status }) => !query.status || status === query.status).slice(0, 1) : newest }) };
    };
    const { parts } = await look({ functions: { invoke } });
    expect(parts.jobs).toMatchObject({ value: [{ job: 'orders', lastOutcome: { run: 'orders-2' }, lastSuccessAt: ago(890) }, { job: 'items', lastRun: { run: 'items-0' } }] });
    expect(paths.toSorted()).toEqual(['/jobs', '/runs', 'orders', 'orders', 'orders']);
  });

  it('names an alarm without the hashes around it, and asks for those of this lake alone', async () => {
    const prefixes: string[] = [];
    const name = 'Dev-DataLakeInfrastructureEtlOrders-FailedRuns6F7FC7C6-2FC90E0184418';
    const { parts } = await look({ alarms: { open: async (prefix) => { prefixes.push(prefix); return [{ name, since: ago(1), description: 'd', reason: 'r' }]; } } });
    expect(prefixes).toEqual(['Dev-DataLakeInfrastructure']);
    expect(parts.alarms).toMatchObject({ value: [{ name, short: 'EtlOrders FailedRuns' }] });
  });

  it('compares stacks that are only here or only there too', async () => {
    const name = (short: string) => `Dev-DataLakeInfrastructure${short}`;
    const code = [synthesized('Vpc', { template: {} }), synthesized('Api', { template: { Resources: {} } }), synthesized('Lambda', { template: { Resources: { a: 1 } } })];
    const { parts } = await look({ code: async () => ({ stacks: async () => code }) }, { compare: true });
    expect(parts.code).toEqual({ value: { [name('Vpc')]: 'not deployed', [name('Lambda')]: 'changed', [name('Api')]: 'same', [name('EtlOrders')]: 'not in the code' } });
  });

  it('looks for no drift where CloudFormation cannot, and minds no single stack', async () => {
    const { stacks } = ports();
    const list = async () => (await stacks.list()).map((stack, i) => ({ ...stack, status: i === 0 ? 'ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE' }));
    const busy = { detect: async (name: string) => { if (name.endsWith('Api')) throw Object.assign(new Error('already in progress'), { name: 'ValidationError', $metadata: {} }); return { drift: 'IN_SYNC' as const, resources: [], reason: null }; } };
    const { parts } = await look({ stacks: { ...stacks, list }, drift: busy }, { drift: true });
    expect('value' in parts.drift! && parts.drift.value.map(({ short, drift }) => `${short} ${drift}`)).toEqual(['Lambda IN_SYNC', 'Api UNKNOWN', 'EtlOrders UNKNOWN']);
  });

  it('loads the code with --compare alone, gives up what still runs, and speaks of environments only when it takes long', async () => {
    let loaded = 0;
    const target = { environment: dev, named: false, ports: ports({ secrets, code: async () => { loaded += 1; return { stacks: async () => [] }; } }) };
    const quiet = recorder();
    await readStatus({ targets: [target], drift: false, compare: false, emit: quiet.emit });
    expect({ loaded, closed: target.ports.closed, events: quiet.events }).toEqual({ loaded: 0, closed: 1, events: [] });
    const { emit, events } = recorder();
    await readStatus({ targets: [target], drift: false, compare: true, emit });
    expect(loaded).toBe(1);
    expect(events.map(({ type }) => type)).toEqual(['group', 'ended']);
  });

  it('reads again what is cheap, and functions after a while', async () => {
    const calls = { list: 0, invoke: 0 };
    const { stacks, functions } = ports();
    let now = NOW.getTime();
    const counted = ports({ stacks: { ...stacks, list: async () => { calls.list += 1; return stacks.list(); } }, functions: { invoke: async (name, payload) => { calls.invoke += 1; return functions.invoke(name, payload); } } });
    const read = createStatusReader({ targets: [{ environment: dev, named: false, ports: counted }], drift: false, compare: false, now: () => new Date(now), limits: LIMITS });
    await read();
    now += 5_000;
    await read();
    expect(calls).toEqual({ list: 2, invoke: 3 });
    now += 60_000;
    await read();
    expect(calls).toEqual({ list: 3, invoke: 6 });
  });
});
