// Removes the lake from the local cloud. Other environments are refused until teardown knows how to keep their data.
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import type { Engine, Identity, StackOutcome, Templates } from '../core/ports.js';
import { guardAccount } from './guard-account.js';

export interface DestroyInput {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly templates: Pick<Templates, 'list'>;
  readonly engine: Engine;
  readonly emit: Emit;
  /** What a person typed, or `--confirm`. */
  readonly confirm: () => Promise<string>;
}

export interface DestroyResult { readonly environment: string; readonly stacks: readonly StackOutcome[] }

export async function destroyLake({ environment, identity, templates, engine, emit, confirm }: DestroyInput): Promise<DestroyResult> {
  if (!environment.local) throw new DlpError('LOCAL_ONLY', `destroy works on local only, not on ${environment.name}`, { hint: 'delete its stacks with CloudFormation for now' });
  await guardAccount(environment, identity);
  const typed = await confirm();
  if (typed !== environment.name) throw new DlpError('ABORTED', `"${typed}" is not the name of the environment (${environment.name})`, { hint: 'nothing was deleted' });
  const stacks = await templates.list();
  return { environment: environment.name, stacks: await engine.destroy(stacks, emit) };
}
