import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createSandbox, inTerminal, type Sandbox } from './harness.js';

/** Questions and live progress, in a real terminal. */
describe('dlp on a terminal', () => {
  let sandbox: Sandbox;
  const state = () => path.join(sandbox.workspace, '.dlp/local');
  beforeEach(async () => {
    sandbox = await createSandbox();
    // What `dlp local up` leaves as the mark of its own directory.
    await mkdir(path.join(state(), 'logs'), { recursive: true });
    await writeFile(path.join(state(), '.dlp-local-cloud'), JSON.stringify({ version: 1 }));
  });
  afterEach(() => sandbox.dispose());

  it('asks before it deletes, and takes Enter for no', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['(y/N)', '\r']], ['local', 'reset']);
    expect(screen).toContain('delete everything that the local cloud holds?');
    expect(screen).toContain('[ABORTED]');
    expect(exitCode).toBe(4);
    expect(existsSync(state())).toBe(true);
  });

  it('leaves a question with Ctrl-C as a no', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['(y/N)', '\u0003']], ['local', 'reset']);
    expect(screen).toContain('nothing was changed');
    expect(exitCode).toBe(4);
    expect(existsSync(state())).toBe(true);
  });

  it('does what was confirmed, with live progress', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['(y/N)', 'y\r']], ['local', 'reset']);
    expect(exitCode).toBe(0);
    expect(existsSync(state())).toBe(false);
    expect(screen).toContain('\u001B['); // drawn, not printed
    expect(stripVTControlCharacters(screen)).toMatch(/✔ Delete .*\.dlp\/local/);
  });
});
