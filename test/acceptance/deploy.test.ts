import { caseNames, createAwsSandbox, dlp, runCase, type Sandbox } from './harness.js';

/** Plans, approvals, locks and records, on accounts of the emulator; cases build on each other, in the order of their names. */
describe('dlp deploy', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await createAwsSandbox();
    const up = await dlp(sandbox.workspace, ['local', 'up']);
    if (up.exitCode !== 0) throw new Error(up.stderr);
    await dlp(sandbox.workspace, ['etl', 'new', 'orders']);
  }, 120_000);

  afterAll(async () => {
    await dlp(sandbox.workspace, ['local', 'down']);
    await sandbox.dispose();
  }, 60_000);

  it.each(caseNames('deploy'))('%s', (name) => runCase('deploy', name, sandbox), 300_000);
});
