import { bootstrapLake } from '../../src/operations/bootstrap-lake.js';
import { deployLake } from '../../src/operations/deploy-lake.js';
import { destroyLake } from '../../src/operations/destroy-lake.js';
import { environment, FakeEngine, identity, recorder } from '../support/fakes.js';

const never = async () => { throw new Error('must not be asked'); };

function input(name: 'local' | 'dev' | 'prod', account: string, approve: () => Promise<boolean> = never) {
  const engine = new FakeEngine();
  return { engine, templates: engine, environment: environment(name), identity: identity(account), emit: recorder().emit, patterns: [] as string[], approve };
}

describe('deployLake', () => {
  it('deploys to dev without a question, and does not bootstrap', async () => {
    const given = input('dev', '111111111111');
    const result = await deployLake(given);
    expect(given.engine.calls).toEqual(['deploy Dev-DataLakeInfrastructureVpc Dev-DataLakeInfrastructureEtlOrders']);
    expect(result.stacks).toHaveLength(2);
  });

  it('bootstraps the local cloud on the way', async () => {
    const given = input('local', '000000000000');
    await deployLake(given);
    expect(given.engine.calls[0]).toBe('bootstrap');
  });

  it('refuses the wrong account before any write, and shows both accounts', async () => {
    const given = input('dev', '999999999999');
    await expect(deployLake(given)).rejects.toMatchObject({ code: 'WRONG_ACCOUNT', exitCode: 2, message: expect.stringMatching(/999999999999.*111111111111/) });
    await expect(bootstrapLake(given)).rejects.toMatchObject({ code: 'WRONG_ACCOUNT' });
    expect(given.engine.calls).toEqual([]);
  });

  it('writes nothing to prod when a person says no', async () => {
    const given = input('prod', '333333333333', async () => false);
    await expect(deployLake(given)).rejects.toMatchObject({ code: 'ABORTED', exitCode: 4 });
    expect(given.engine.calls).toEqual([]);
  });

  it('deploys only what was asked for', async () => {
    const given = { ...input('dev', '111111111111'), patterns: ['Etl*'] };
    await deployLake(given);
    expect(given.engine.calls).toEqual(['deploy Dev-DataLakeInfrastructureEtlOrders']);
  });
});

describe('destroyLake', () => {
  const base = (name: 'local' | 'dev', typed: string) => ({ ...input(name, name === 'local' ? '000000000000' : '111111111111'), confirm: async () => typed });

  it('wants the name of the environment', async () => {
    const given = base('local', 'yes');
    await expect(destroyLake(given)).rejects.toMatchObject({ code: 'ABORTED', exitCode: 4 });
    expect(given.engine.calls).toEqual([]);
    await destroyLake({ ...given, confirm: async () => 'local' });
    expect(given.engine.calls).toHaveLength(1);
  });

  it('works on local only', async () => {
    const given = base('dev', 'dev');
    await expect(destroyLake(given)).rejects.toMatchObject({ code: 'LOCAL_ONLY' });
    expect(given.engine.calls).toEqual([]);
  });
});
