import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { WorkspaceGit } from '../../src/workspace/git.js';

describe('WorkspaceGit', () => {
  let directory: string;
  const git = (...args: string[]) => execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: directory });
  const state = () => new WorkspaceGit(directory).state();
  beforeEach(async () => { directory = await mkdtemp(path.join(tmpdir(), 'dlp-git-')); });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is nothing outside of a repository, nor before the first commit', async () => {
    expect(await state()).toBeUndefined();
    await git('init', '-q');
    expect(await state()).toBeUndefined();
  });

  it('tells commit, branch, and whether all is committed', async () => {
    await git('init', '-q', '-b', 'main');
    await writeFile(path.join(directory, 'dlp.yaml'), 'a');
    await git('add', '.');
    await git('commit', '-q', '-m', 'one');
    expect(await state()).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{40}$/), branch: 'main', clean: true });
    await writeFile(path.join(directory, 'new'), '');
    expect(await state()).toMatchObject({ clean: false });
    await git('checkout', '-q', '--detach');
    expect(await state()).toMatchObject({ branch: null });
  });
});
