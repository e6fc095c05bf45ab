// What Git says of the workspace: commit, branch, and whether everything is committed. Asks; changes nothing.
import { execa } from 'execa';
import type { Git, GitState } from '../core/deployment.js';

export class WorkspaceGit implements Git {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  async state(): Promise<GitState | undefined> {
    const commit = await this.ask('rev-parse', '--verify', 'HEAD');
    if (commit === undefined) return undefined;
    const [branch, changes] = await Promise.all([this.ask('symbolic-ref', '--quiet', '--short', 'HEAD'), this.ask('status', '--porcelain')]);
    return { commit, branch: branch ?? null, clean: changes === '' };
  }

  /** @returns undefined when there is no repository, no commit, no branch, or no Git */
  private async ask(...args: string[]): Promise<string | undefined> {
    const { stdout, failed } = await execa('git', args, { cwd: this.directory, reject: false });
    return failed ? undefined : stdout.trim();
  }
}
