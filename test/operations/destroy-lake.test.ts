import { destroyLake } from '../../src/operations/destroy-lake.js';
import { environment, FakeEngine, identity, recorder } from '../support/fakes.js';

describe('destroyLake', () => {
  const base = (name: 'local' | 'dev', typed: string) => {
    const engine = new FakeEngine();
    return { engine, templates: engine, environment: environment(name), identity: identity(name === 'local' ? '000000000000' : '111111111111'), emit: recorder().emit, confirm: async () => typed };
  };

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
