// What a deployment would change, in full: every property, for people and as data. Reads only.
import type { TemplateDiffer } from '../core/deployment.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import { changedStacks, type Plan } from '../core/plan.js';
import type { DeployedStacks, Identity, Templates } from '../core/ports.js';
import { selectStacks } from '../core/select-stacks.js';
import { conditionOf } from '../core/stack-state.js';
import { guardAccount } from './guard-account.js';
import { planDeployment } from './plan-deployment.js';

export interface DiffInput {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly templates: Pick<Templates, 'stacks'>;
  readonly stacks: DeployedStacks;
  readonly differ: TemplateDiffer;
  readonly emit: Emit;
  readonly patterns: readonly string[];
  /** A difference is a failure. */
  readonly fail: boolean;
}

export interface DiffResult {
  readonly plan: Plan;
  /** For people, by stack id; only of stacks that differ and are there. */
  readonly text: Readonly<Record<string, string>>;
}

/** @throws WRONG_ACCOUNT, STACK_UNKNOWN, DIFFERENCES_FOUND */
export async function diffLake(input: DiffInput): Promise<DiffResult> {
  const { environment, identity, templates, stacks, differ, emit, patterns, fail } = input;
  // A comparison with another account's stacks would be no comparison.
  await guardAccount(environment, identity);
  const all = await step(emit, 'synth', 'synthesize', () => templates.stacks(), (made) => `${made.length} stacks`);
  const chosen = selectStacks(all, patterns);
  const plan = await step(emit, 'plan', 'compare with the account', () => planDeployment({ environment, stacks, differ, all, chosen }));
  const changed = changedStacks(plan);
  const text = await Promise.all(changed.filter((stack) => stack.status !== null && conditionOf(stack.status) !== 'empty').map(async ({ id, name }) => {
    const { template, paths } = chosen.find((stack) => stack.name === name)!;
    return [id, differ.describe(await stacks.template(name), template, paths)] as const;
  }));
  const result = { plan, text: Object.fromEntries(text.filter(([, lines]) => lines !== '')) };
  if (fail && changed.length > 0) throw new DlpError('DIFFERENCES_FOUND', `${changed.length} of ${plan.stacks.length} stacks differ: ${changed.map((stack) => stack.id).join(', ')}`, { details: { ...result } });
  return result;
}
