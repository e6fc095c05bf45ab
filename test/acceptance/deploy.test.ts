import { caseNames, dlpJson, inTerminal, runCase, startAwsSandbox, type Sandbox } from './harness.js';

/** Plans, approvals, locks and records, on accounts of the emulator; cases build on each other, in the order of their names. */
describe('dlp deploy', () => {
  let sandbox: Sandbox;

  beforeAll(async () => { sandbox = await startAwsSandbox(); }, 120_000);
  afterAll(() => sandbox.dispose(), 60_000);

  it.each(caseNames('deploy'))('%s', (name) => runCase('deploy', name, sandbox), 300_000);

  const rest = ['deploy', '--env', 'dev'];
  const stacks = async () => (await dlpJson<{ stacks: { id: string; result: string }[] }>(sandbox.workspace, [...rest, '--allow-iam', 'Iam'], { env: sandbox.env })).stacks;

  it('asks on a terminal, and takes Enter for no', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['(y/N)', '\r']], ['deploy', '--env', 'test', 'Vpc']);
    expect(screen).toMatch(/Test\/TestDataLakeInfrastructureVpc: create, \d+ resources/);
    expect(screen).toContain('this deploys 1 stack to test. Go on?');
    expect(screen).toContain('[ABORTED]');
    expect(exitCode).toBe(4);
  }, 120_000);

  it('wants the name of production typed, and no other', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['Type prod', 'yes\r']], ['deploy', '--env', 'prod', 'Vpc', '--force-git']);
    expect(screen).toContain('was not approved');
    expect(exitCode).toBe(4);
  }, 120_000);

  it('leaves CloudFormation alone with it after a second Ctrl-C', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['starting', '\u0003'], ['Ctrl-C:', '\u0003']], [...rest, 'Lambda']);
    expect(screen).toContain('left while CloudFormation goes on by itself');
    expect(exitCode).toBe(130);
  }, 240_000);

  it('begins nothing more after Ctrl-C, waits for what is in flight, and says how to go on', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['starting', '\u0003']], [...rest, '--concurrency', '1']);
    expect(screen).toContain('creations are waited for');
    expect(screen).toMatch(/interrupted; \d+ of 10 stacks are as they should be/);
    expect(screen).toContain('`dlp deploy --env dev` goes on where things are');
    expect(exitCode).toBe(130);
  }, 120_000);

  it('takes up where things are', async () => {
    expect((await stacks()).every(({ result }) => ['deployed', 'unchanged'].includes(result))).toBe(true);
    expect((await stacks()).every(({ result }) => result === 'unchanged')).toBe(true);
  }, 240_000);
});
