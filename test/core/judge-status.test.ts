import { judge, judgeAll } from '../../src/core/judge-status.js';
import type { Access, Parts } from '../../src/core/status.js';
import { ago, job, NOW, parts, stack, status } from '../support/status-fakes.js';

const codes = (extra: Partial<Parts>) => judge(status({ parts: parts(extra) }), NOW).map(({ code, subject }) => `${code} ${subject ?? ''}`.trim());
const lock = (minutes: number) => ({ value: { owner: 'arn:aws:sts::1:assumed-role/Admin/bob', host: 'h', pid: 1, started: '', command: 'dlp deploy', since: ago(minutes), nonce: '' } });
const last = (outcome: 'succeeded' | 'failed' | 'interrupted') => ({ value: { at: ago(10), by: 'arn:aws:iam::1:user/bob', outcome, commit: null, branch: null, clean: null, forced: false, stacks: {}, dlp: '' } });
const denied = { unread: 'no permission', code: 'ACCESS_DENIED', message: 'no' } as const;

describe('judge', () => {
  it('finds nothing wrong with a lake that is fine', () => expect(codes({})).toEqual([]));

  it.each([
    ['UPDATE_FAILED', 'failed'], ['ROLLBACK_COMPLETE', 'rolled back'], ['UPDATE_ROLLBACK_COMPLETE', 'rolled back'], ['UPDATE_ROLLBACK_FAILED', 'failed'],
  ] as const)('calls a stack in %s wrong', (cfn, state) => expect(codes({ stacks: { value: [stack('Vpc', { status: cfn, state })] } })).toEqual(['STACK_FAILED Vpc']));

  it('says which resource failed first', () => {
    const failure = { at: ago(1), resource: 'Instance', type: 'AWS::RDS::DBInstance', status: 'CREATE_FAILED', reason: 'no room' };
    const [problem] = judge(status({ parts: parts({ stacks: { value: [stack('DataMart', { status: 'ROLLBACK_COMPLETE', state: 'rolled back', failure })] } }) }), NOW);
    expect(problem!.text).toBe('DataMart is ROLLBACK_COMPLETE: Instance (AWS::RDS::DBInstance): no room');
  });

  it('lets a stack take its time, as long as something happens', () => {
    const at = (minutes: number) => ({ stacks: { value: [stack('Vpc', { status: 'UPDATE_IN_PROGRESS', state: 'in progress' as const, changedAt: ago(500), latest: { at: ago(minutes), resource: 'X', type: 'T', status: 'UPDATE_IN_PROGRESS', reason: null } })] } });
    expect(codes(at(59))).toEqual([]);
    expect(codes(at(60))).toEqual(['STACK_STUCK Vpc']);
  });

  it('takes the stack\'s own time where its events are not known', () => {
    expect(codes({ stacks: { value: [stack('Vpc', { status: 'UPDATE_IN_PROGRESS', state: 'in progress', changedAt: ago(61) })] } })).toEqual(['STACK_STUCK Vpc']);
  });

  it('wants a bootstrap only where something is deployed', () => {
    expect(codes({ bootstrap: { value: { version: null } } })).toEqual(['BOOTSTRAP_MISSING']);
    expect(codes({ bootstrap: { value: { version: null } }, stacks: { value: [] } })).toEqual([]);
  });

  it('names the resources that drifted, and nothing of a stack that could not be checked', () => {
    const resources = [{ resource: 'Logs', type: 'AWS::Logs::LogGroup', change: 'MODIFIED', properties: ['/RetentionInDays'] }] as const;
    const drift = { value: [{ name: 'a', short: 'Glue', drift: 'DRIFTED', resources, reason: null }, { name: 'b', short: 'Vpc', drift: 'UNKNOWN', resources: [], reason: 'busy' }] } as const;
    const problems = judge(status({ parts: parts({ drift }) }), NOW);
    expect(problems.map(({ text }) => text)).toEqual(['Glue has drifted: Logs was modified']);
  });

  it('says once for each kind of difference which stacks differ from the code', () => {
    const code = { value: { 'Dev-DataLakeInfrastructureVpc': 'changed', 'Dev-DataLakeInfrastructureIam': 'changed', 'Dev-DataLakeInfrastructureGlue': 'same', 'Dev-DataLakeInfrastructureEtlOld': 'not in the code' } } as const;
    expect(judge(status({ parts: parts({ code }) }), NOW).map(({ text }) => text)).toEqual(['deployed otherwise than the code here says: Vpc, Iam', 'deployed, but not in the code here: EtlOld']);
    expect(codes({ code, stacks: { value: [] } })).toEqual([]);
  });

  it('wants the declared secrets of a lake that is deployed', () => {
    const secrets = { value: (['set', 'missing', 'old', 'deleting'] as const).map((state) => ({ name: state, state, changedAt: null, maxAgeDays: 90 })) };
    expect(codes({ secrets })).toEqual(['SECRET_MISSING missing', 'SECRET_OLD old', 'SECRET_MISSING deleting']);
    expect(codes({ secrets, stacks: { value: [] } })).toEqual([]);
  });

  it('looks at the last outcome of a job and at its schedule', () => {
    const failed = { run: 'orders-2', status: 'FAILED', startedAt: ago(5), endedAt: ago(4) } as const;
    const jobs = { value: [job('orders', { lastOutcome: failed }), job('items', { schedule: 'rate(1 hour)', overdueSince: ago(90) }), job('idle', { lastRun: null, lastOutcome: null, lastSuccessAt: null })] };
    expect(codes({ jobs })).toEqual(['RUN_FAILED orders', 'RUN_OVERDUE items']);
  });

  it('reports a mart that does not answer and every open alarm', () => {
    expect(codes({ mart: { value: { reachable: false, reason: 'connection refused' } }, alarms: { value: [{ name: 'x', short: 'Monitoring MartCpu', since: null, description: 'busy', reason: '' }] } }))
      .toEqual(['MART_UNREACHABLE', 'ALARM_OPEN Monitoring MartCpu']);
  });

  it('minds a lock only when it is old, and a failed deployment only when nobody is at it', () => {
    expect(codes({ lock: lock(119) })).toEqual([]);
    expect(codes({ lock: lock(120) })).toEqual(['LOCK_OLD']);
    expect(codes({ lastDeploy: last('failed') })).toEqual(['DEPLOY_FAILED']);
    expect(codes({ lastDeploy: last('interrupted') })).toEqual(['DEPLOY_FAILED']);
    expect(codes({ lastDeploy: last('succeeded') })).toEqual([]);
    expect(codes({ lastDeploy: last('failed'), lock: lock(5) })).toEqual([]);
  });

  it('calls credentials of another account wrong, and says which', () => {
    const [problem] = judge(status({ parts: null, access: { state: 'wrong account', account: '999999999999', arn: 'arn:x', expiresAt: null } }), NOW);
    expect(problem).toMatchObject({ code: 'WRONG_ACCOUNT', text: 'the credentials of profile "lake-dev" belong to account 999999999999 (arn:x), not 111111111111' });
  });
});

describe('the exit code', () => {
  const access = (code: 'CREDENTIALS_MISSING' | 'LOCAL_CLOUD_DOWN'): Access => ({ state: code === 'LOCAL_CLOUD_DOWN' ? 'not reachable' : 'not signed in', code, message: 'm', hint: null });
  const out = status({ environment: 'prod', parts: null, access: access('CREDENTIALS_MISSING') });
  const down = status({ environment: 'local', parts: null, access: access('LOCAL_CLOUD_DOWN') });
  const exit = (...environments: Parameters<typeof judgeAll>[0]) => judgeAll(environments, NOW).exitCode;

  it('is 0 when all is well', () => expect(exit(status())).toBe(0));
  it('is 1 when anything is wrong, whatever else could not be seen', () => expect(exit(status({ parts: parts({ mart: { value: { reachable: false, reason: '' } }, alarms: denied }) }), { ...out, named: true })).toBe(1));
  it('minds nobody who is signed out in the view of all', () => expect(exit(status(), out, down)).toBe(0));
  it('is 3 for one that does not answer, named or not', () => expect(exit(status(), { ...out, access: { state: 'unknown', code: 'AWS_ERROR', message: 'm', hint: null } })).toBe(3));
  it('is 3 for one that was named', () => expect(exit({ ...status(), named: true }, { ...out, named: true })).toBe(3));
  it('is 2 for a local cloud that was named and is not running', () => expect(exit({ ...down, named: true })).toBe(2));
  it('is not 0 when nothing at all could be seen', () => expect(exit(out, down)).toBe(3));
  it('is 3 when a part could not be seen', () => expect(exit(status({ parts: parts({ alarms: denied }) }))).toBe(3));
});
