// Before a plan can be made, nobody may be working on the stacks: an interrupted deployment goes on inside CloudFormation.
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import type { StackControl } from '../core/deployment.js';
import type { DeployedStacks } from '../core/ports.js';
import { conditionOf } from '../core/stack-state.js';

export interface SettleInput {
  readonly stacks: Pick<DeployedStacks, 'list'>;
  readonly control: StackControl;
  readonly emit: Emit;
  /** CloudFormation names of the stacks that matter. */
  readonly names: ReadonlySet<string>;
}

/** Waits for operations in progress. @throws STACK_STUCK for a stack that only a person can help, with the reasons */
export async function settleStacks({ stacks, control, emit, names }: SettleInput): Promise<void> {
  const mine = (await stacks.list()).filter((stack) => names.has(stack.name));
  const busy = mine.filter(({ status }) => conditionOf(status) === 'busy');
  await Promise.all(busy.map(({ name }) => step(emit, `settle-${name}`, `${name} is being worked on: waiting`, (say) => control.settled(name, say), (status) => status ?? 'gone')));
  const now = busy.length > 0 ? (await stacks.list()).filter((stack) => names.has(stack.name)) : mine;
  const stuck = now.filter(({ status }) => conditionOf(status) === 'stuck');
  if (stuck.length === 0) return;
  const reasons = await Promise.all(stuck.map(async ({ name, status, statusReason }) => [`${name} is in ${status}${statusReason ? `: ${statusReason}` : ''}`, ...await control.failures(name)].join('\n')));
  throw new DlpError('STACK_STUCK', reasons.join('\n'), { hint: 'its deletion was begun and failed: remove what stands in the way (a bucket must be empty), delete the stack again, then deploy', details: { stacks: stuck.map((stack) => stack.name) } });
}
