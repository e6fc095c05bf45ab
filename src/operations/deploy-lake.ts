// Deploys the lake, or some of its stacks, into one environment: guard, select, approve, bootstrap (local only), deploy.
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import type { Engine, Identity, StackOutcome, Templates } from '../core/ports.js';
import { selectStacks, withDependencies } from '../core/select-stacks.js';
import { bootstrapLake } from './bootstrap-lake.js';
import { guardAccount } from './guard-account.js';

export interface DeployInput {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly templates: Pick<Templates, 'list'>;
  readonly engine: Engine;
  readonly emit: Emit;
  /** Stack ids, names or globs; empty for all. */
  readonly patterns: readonly string[];
  /** The answer of a person or of `--yes`; asked only where the environment wants it. */
  readonly approve: () => Promise<boolean>;
}

export interface DeployResult {
  readonly environment: string;
  readonly stacks: readonly StackOutcome[];
}

export async function deployLake({ environment, identity, templates, engine, emit, patterns, approve }: DeployInput): Promise<DeployResult> {
  await guardAccount(environment, identity);
  const stacks = await step(emit, 'synth', 'synthesize', () => templates.list(), (all) => `${all.length} stacks`);
  const chosen = withDependencies(stacks, selectStacks(stacks, patterns));
  if (needsApproval(environment) && !(await approve())) throw new DlpError('ABORTED', `deploy to ${environment.name} was not approved`, { hint: 'nothing was changed' });
  // A person bootstraps a real account once, knowingly; the local cloud belongs to nobody and is made ready on the way.
  if (environment.local) await bootstrapLake({ environment, identity, engine, emit });
  return { environment: environment.name, stacks: await engine.deploy(chosen, emit) };
}

function needsApproval(environment: Environment): boolean {
  return environment.name === 'test' || environment.name === 'prod';
}
