import { deployLake } from '../../src/operations/deploy-lake.js';
import { FakeLake } from '../support/fake-lake.js';

const writes = (lake: FakeLake) => lake.calls.filter((call) => call !== 'release');

describe('deployLake', () => {
  it('deploys to dev without a question, and does not bootstrap', async () => {
    const lake = new FakeLake('Vpc', 'EtlOrders');
    const input = lake.input();
    const { stacks } = await deployLake(input);
    expect(lake.calls).toEqual(['lock', 'deploy Vpc EtlOrders', 'release']);
    expect(stacks.map((stack) => stack.result)).toEqual(['deployed', 'deployed']);
    expect(input.approved[0]!.needed).toEqual([]);
  });

  it('deploys only what differs, and nothing twice', async () => {
    const lake = new FakeLake('Vpc', 'EtlOrders');
    lake.put(lake.code[0]!);
    await deployLake(lake.input());
    expect(lake.calls).toContain('deploy EtlOrders');
    lake.calls.length = 0;
    const { stacks } = await deployLake(lake.input());
    expect(lake.calls).toEqual([]);
    expect(stacks.map((stack) => stack.result)).toEqual(['unchanged', 'unchanged']);
  });

  it('bootstraps the local cloud on the way', async () => {
    const lake = new FakeLake('Vpc');
    lake.version = undefined;
    await deployLake(lake.input('local'));
    expect(lake.calls).toEqual(['lock', 'bootstrap', 'deploy Vpc', 'release']);
  });

  it.each([
    ['the wrong account', { caller: '999999999999' }, {}, 'WRONG_ACCOUNT', 2],
    ['an account without a bootstrap', {}, { version: undefined }, 'NOT_BOOTSTRAPPED', 2],
    ['a role that cannot be assumed', {}, { refusal: 'AccessDenied: not trusted' }, 'ROLE_REFUSED', 3],
    ['a stack that nobody has', { patterns: ['Nonsense'] }, {}, 'STACK_UNKNOWN', 2],
  ])('refuses %s before any write', async (_what, extra, state, code, exitCode) => {
    const lake = Object.assign(new FakeLake('Vpc'), state);
    await expect(deployLake(lake.input('dev', extra))).rejects.toMatchObject({ code, exitCode });
    expect(lake.calls).toEqual([]);
    expect(lake.records).toEqual([]);
  });

  it('goes on with the rights of the caller when that is asked for', async () => {
    const lake = Object.assign(new FakeLake('Vpc'), { refusal: 'AccessDenied: not trusted' });
    await deployLake(lake.input('dev', { allowCallerRole: true }));
    expect(lake.calls).toContain('deploy Vpc');
  });

  it('writes nothing when a person says no', async () => {
    const lake = new FakeLake('Vpc');
    await expect(deployLake(lake.input('prod', { settings: { branch: 'main' }, approve: async () => { throw new Error('no'); } }))).rejects.toThrow('no');
    expect(lake.calls).toEqual([]);
  });

  it('stops at the plan when only that is wanted, and keeps it when asked', async () => {
    const lake = new FakeLake('Vpc');
    const saved: unknown[] = [];
    const { plan, stacks } = await deployLake(lake.input('dev', { planOnly: true, save: async (made) => { saved.push(made); } }));
    expect(plan.stacks.map((stack) => stack.action)).toEqual(['create']);
    expect(saved).toEqual([plan]);
    expect(stacks).toEqual([]);
    expect(lake.calls).toEqual([]);
  });

  it('carries out a saved plan, and refuses it once the account or the code has moved on', async () => {
    const lake = new FakeLake('Vpc');
    const { plan } = await deployLake(lake.input('dev', { planOnly: true }));
    const saved = JSON.parse(JSON.stringify(plan)) as typeof plan;
    await deployLake(lake.input('dev', { saved }));
    expect(lake.calls).toContain('deploy Vpc');
    lake.calls.length = 0;
    await expect(deployLake(lake.input('dev', { saved }))).rejects.toMatchObject({ code: 'PLAN_STALE', message: expect.stringContaining('was changed in the account') });
    expect(lake.calls).toEqual([]);
  });

  it('refuses when somebody deployed between the plan and the lock, and gives the lock back', async () => {
    const lake = new FakeLake('Vpc');
    lake.put(lake.code[0]!);
    lake.code[0] = { ...lake.code[0]!, template: { Resources: { Other: { Type: 'AWS::X::Y' } } } };
    await expect(deployLake(lake.input('dev', { approve: async () => lake.put(lake.code[0]!) }))).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(writes(lake)).toEqual(['lock']);
    expect(lake.lock).toBeUndefined();
  });

  it('deletes the remains of a creation that failed, protected or not', async () => {
    const lake = new FakeLake('Vpc');
    lake.put(lake.code[0]!, { status: 'ROLLBACK_COMPLETE' });
    const { plan } = await deployLake(lake.input());
    expect(plan.stacks[0]!.action).toBe('recreate');
    expect(lake.calls).toEqual(['lock', 'lift Vpc', 'deploy Vpc', 'release']);
  });

  it('explains a stack that only a person can help', async () => {
    const lake = new FakeLake('Vpc');
    lake.put(lake.code[0]!, { status: 'DELETE_FAILED' });
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'STACK_STUCK', exitCode: 1, message: expect.stringMatching(/DELETE_FAILED[^]*Thing \(AWS::X::Y\): no/) });
    expect(lake.calls).toEqual([]);
  });

  it('leaves stacks alone that the code no longer has, and names them', async () => {
    const lake = new FakeLake('Vpc', 'EtlOld');
    lake.put(lake.code[1]!);
    lake.code.pop();
    const { plan } = await deployLake(lake.input());
    expect(plan.leftover).toEqual(['Dev-DataLakeInfrastructureEtlOld']);
    expect(lake.calls).toContain('deploy Vpc');
  });

  it('records who deployed what from which commit, also when it failed', async () => {
    const lake = new FakeLake('Vpc');
    await deployLake(lake.input());
    expect(lake.records).toEqual([{ at: '2026-11-24T10:00:00.000Z', by: 'arn:aws:sts::111111111111:assumed-role/someone', outcome: 'succeeded', commit: 'abc', branch: 'main', clean: true, forced: false, stacks: { 'Dev-DataLakeInfrastructureVpc': 'deployed' }, dlp: '0.1.0' }]);
    lake.code[0] = { ...lake.code[0]!, template: {} };
    lake.behave = async () => { throw new Error('broken'); };
    await expect(deployLake(lake.input())).rejects.toThrow('broken');
    expect(lake.records.at(-1)).toMatchObject({ outcome: 'failed' });
    expect(lake.lock).toBeUndefined();
  });

  describe('to prod', () => {
    it.each([
      ['another branch', { commit: 'a', branch: 'feature', clean: true }, /the branch is feature, but production is deployed from main/],
      ['changes that are not committed', { commit: 'a', branch: 'main', clean: false }, /not committed/],
      ['no branch', { commit: 'a', branch: null, clean: true }, /not checked out/],
      ['no repository', undefined, /not in a Git repository/],
    ])('refuses %s, unless it is forced, and records that', async (_what, gitState, message) => {
      const lake = new FakeLake('Vpc');
      lake.gitState = gitState;
      const settings = { branch: 'main' };
      await expect(deployLake(lake.input('prod', { settings }))).rejects.toMatchObject({ code: 'GIT_REFUSED', exitCode: 2, message: expect.stringMatching(message) });
      expect(lake.calls).toEqual([]);
      await deployLake(lake.input('prod', { settings, forceGit: true }));
      expect(lake.records[0]!.forced).toBe(true);
    });
  });
});
