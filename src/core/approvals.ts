// Which questions a plan raises, and which of them were answered by flags. Pure, and the only authority: the screen asks
// what is left, the CDK's own questions are answered from here.
import type { Environment } from './environment.js';
import { changedStacks, dataAtRisk, type Plan, type ResourceChange, type StackPlan } from './plan.js';
import { shortName } from './select-stacks.js';

/** What the caller said beforehand. */
export interface Given {
  readonly yes: boolean;
  /** The name of the environment. */
  readonly confirm?: string;
  /** Resources that may be replaced or removed: `Stack/LogicalId` or `Stack/construct/path`. */
  readonly allowReplace: readonly string[];
  /** Stacks whose rights may become wider: id, CloudFormation name or short name. */
  readonly allowIam: readonly string[];
}

export interface Approval {
  readonly kind: 'changes' | 'data' | 'rights' | 'name';
  /** What would be done. */
  readonly statement: string;
  /** Says the same without a question. */
  readonly flag: string;
}

/** Where also what is only added or changed in place wants a yes. */
export function asksBeforeChanges({ name }: Pick<Environment, 'name'>): boolean {
  return name === 'test' || name === 'prod';
}

/** The approvals that are still missing, mildest first; none when nothing changes. */
export function approvalsNeeded(plan: Plan, environment: Environment, given: Given): readonly Approval[] {
  const changed = changedStacks(plan);
  if (changed.length === 0) return [];
  const { name } = environment;
  const data = changed.flatMap((stack) => dataAtRisk(stack).map((change) => ({ stack, change }))).filter(({ stack, change }) => !allowed(given.allowReplace, stack, change));
  // Rights are kept and never enforced on this laptop: a question there would only teach people to say yes.
  const rights = environment.local ? [] : changed.filter((stack) => widensRights(stack) && !given.allowIam.some((text) => names(stack).has(text.toLowerCase())));
  return [
    ...(asksBeforeChanges(environment) && name !== 'prod' && !given.yes ? [{ kind: 'changes' as const, statement: `deploys ${count(changed.length, 'stack')} to ${name}`, flag: '--yes' }] : []),
    ...data.map(({ stack, change }): Approval => ({ kind: 'data', statement: `${sentence(change)} ${change.path} (${change.type}) of ${stack.id}`, flag: `--allow-replace ${shortName(stack.name)}/${change.logicalId}` })),
    ...rights.map((stack): Approval => ({ kind: 'rights', statement: `widens rights in ${stack.id} (${count(stack.widening.length, 'line')} above)`, flag: `--allow-iam ${shortName(stack.name)}` })),
    ...(name === 'prod' && given.confirm !== name ? [{ kind: 'name' as const, statement: `deploys ${count(changed.length, 'stack')} to production`, flag: `--confirm ${name}` }] : []),
  ];
}

/** A stack that is new brings its own rights with it; a question is worth asking where something that exists gets more. */
export function widensRights(stack: StackPlan): boolean {
  return stack.action === 'update' && stack.widening.length > 0;
}

function allowed(list: readonly string[], stack: StackPlan, { logicalId, path }: ResourceChange): boolean {
  return list.some((text) => {
    const slash = text.indexOf('/');
    // An id of a stack holds a slash itself: `Dev/DevDataLakeInfrastructureVpc/Vpc`.
    return [...names(stack)].some((name) => [logicalId, path].some((end) => text.toLowerCase() === `${name}/${end}`.toLowerCase())) || (slash === -1 && text === logicalId);
  });
}

function names(stack: StackPlan): ReadonlySet<string> {
  return new Set([stack.id, stack.name, shortName(stack.name)].map((name) => name.toLowerCase()));
}

function sentence({ action }: ResourceChange): string {
  if (action === 'delete') return 'deletes';
  if (action === 'orphan') return 'leaves behind, outside of every stack,';
  return action === 'replace' ? 'replaces, with what it holds,' : 'may replace, with what it holds,';
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
