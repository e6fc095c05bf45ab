import { stripVTControlCharacters } from 'node:util';
import { caseNames, inTerminal, runCase, startAwsSandbox, type Sandbox } from './harness.js';
import type { RecordingProxy } from '../support/recording-proxy.js';

/** `dlp bootstrap` in accounts of the emulator; cases build on each other, in the order of their names. */
describe('dlp bootstrap', () => {
  let sandbox: Sandbox & { readonly proxy: RecordingProxy };

  beforeAll(async () => { sandbox = await startAwsSandbox(); }, 120_000);
  afterAll(() => sandbox.dispose(), 60_000);

  it.each(caseNames('bootstrap'))('%s', (name) => runCase('bootstrap', name, sandbox), 300_000);

  describe('on a terminal', () => {
    it('shows what it will do before it asks, and takes Enter for no', async () => {
      sandbox.proxy.takeWrites();
      const { exitCode, screen } = await inTerminal(sandbox, [['(y/N)', '\r']], ['bootstrap', '--env', 'prod']);
      const text = stripVTControlCharacters(screen);
      expect(text.indexOf('cdk-hnb659fds-assets-333333333333-eu-west-2')).toBeGreaterThan(0);
      expect(text.indexOf('cdk-hnb659fds-assets-333333333333-eu-west-2')).toBeLessThan(text.indexOf('bootstrap prod?'));
      expect(text).toContain('[ABORTED]');
      expect(exitCode).toBe(4);
      expect(sandbox.proxy.takeWrites()).toEqual([]);
    }, 60_000);

    it('does what was confirmed, and asks nothing the next time', async () => {
      const first = await inTerminal(sandbox, [['(y/N)', 'y\r']], ['bootstrap', '--env', 'prod']);
      expect(stripVTControlCharacters(first.screen)).toMatch(/✔ bootstrap prod 333333333333\/eu-west-2: created, 12 checks hold/);
      expect(first.exitCode).toBe(0);
      sandbox.proxy.takeWrites();
      const again = await inTerminal(sandbox, [], ['bootstrap', '--env', 'prod']);
      expect(stripVTControlCharacters(again.screen)).toContain('bootstrapped before, nothing changed');
      expect(again.exitCode).toBe(0);
      expect(sandbox.proxy.takeWrites()).toEqual([]);
    }, 60_000);
  });
});
