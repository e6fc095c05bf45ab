import { deployLake } from '../../src/operations/deploy-lake.js';
import { FakeLake } from '../support/fake-lake.js';

const holder = { owner: 'arn:somebody', host: 'elsewhere', pid: 99, started: 'boot:99', command: 'dlp deploy', since: '2026-11-24T08:30:00.000Z', nonce: 'theirs' };

describe('the lock of deployments', () => {
  it('names owner and age of whoever has it, and changes nothing', async () => {
    const lake = new FakeLake('Vpc');
    lake.lock = holder;
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'DEPLOY_LOCKED', exitCode: 2, message: expect.stringMatching(/arn:somebody deploys to dev since .* \(1 h 30 min; .*process 99 on elsewhere\)/) });
    expect(lake.lock).toBe(holder);
    expect(lake.calls).toEqual([]);
  });

  it('is not taken from whoever came between the look and the taking', async () => {
    const lake = new FakeLake('Vpc');
    const { claim } = lake.journal;
    lake.journal.claim = async (me) => { lake.lock ??= holder; return claim(me); };
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'DEPLOY_LOCKED' });
    expect(lake.lock).toBe(holder);
  });

  it('is broken when that is asked for, with a warning', async () => {
    const lake = new FakeLake('Vpc');
    lake.lock = holder;
    await deployLake(lake.input('dev', { breakLock: true }));
    expect(lake.calls).toContain('deploy Vpc');
    expect(lake.said.events).toContainEqual({ type: 'warning', text: expect.stringContaining('broke the lock of arn:somebody') });
  });

  it('is taken over from a process of this machine that is gone', async () => {
    const lake = new FakeLake('Vpc');
    lake.lock = { ...holder, host: 'here', pid: 8 };
    await deployLake(lake.input());
    expect(lake.calls).toContain('deploy Vpc');
    expect(lake.said.events).toContainEqual({ type: 'warning', text: expect.stringContaining('was killed (process 8') });
  });

  it('is not taken from a process that lives, nor is a number that was used again taken for it', async () => {
    const lake = new FakeLake('Vpc');
    lake.lock = { ...holder, host: 'here', pid: 7, started: 'boot:7' };
    await expect(deployLake(lake.input())).rejects.toMatchObject({ code: 'DEPLOY_LOCKED' });
    lake.lock = { ...holder, host: 'here', pid: 7, started: 'boot:6' };
    await deployLake(lake.input());
    expect(lake.calls).toContain('deploy Vpc');
  });
});
