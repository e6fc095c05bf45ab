// Production is deployed from its branch and from what is committed, so that what runs there can be found again.
import type { Git, GitState } from '../core/deployment.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';

export interface CheckedGit {
  /** Undefined outside of Git. */
  readonly state: GitState | undefined;
  /** There was something to refuse. */
  readonly forced: boolean;
}

/** @throws GIT_REFUSED in prod, unless forced */
export async function checkGit({ name, branch }: Environment, git: Git, force: boolean): Promise<CheckedGit> {
  const state = await git.state();
  const problems = name === 'prod' ? problemsOf(state, branch) : [];
  if (problems.length > 0 && !force) throw new DlpError('GIT_REFUSED', problems.join('; '), { details: { git: state ?? null } });
  return { state, forced: problems.length > 0 };
}

function problemsOf(state: GitState | undefined, branch: string | undefined): string[] {
  if (!state) return ['the workspace is not in a Git repository with a commit'];
  return [
    ...(branch !== undefined && state.branch !== branch ? [`the branch is ${state.branch ?? 'not checked out'}, but production is deployed from ${branch}`] : []),
    ...(state.clean ? [] : ['the workspace has changes that are not committed']),
  ];
}
