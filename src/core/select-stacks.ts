// Which stacks a person means: by the seed's id, by CloudFormation name or by short name, with * and ?. Pure.
import { DlpError } from './errors.js';
import type { StackSummary } from './ports.js';

/**
 * The stacks that match any of the patterns, in the order given by `stacks`; all of them without a pattern.
 * @throws STACK_UNKNOWN for a pattern that matches nothing
 */
export function selectStacks<S extends StackSummary>(stacks: readonly S[], patterns: readonly string[]): readonly S[] {
  if (patterns.length === 0) return stacks;
  const chosen = new Set<S>();
  for (const pattern of patterns) {
    const expression = toExpression(pattern);
    const matches = stacks.filter((stack) => [stack.id, stack.name, shortName(stack.name)].some((name) => expression.test(name)));
    if (matches.length === 0) throw new DlpError('STACK_UNKNOWN', `no stack matches "${pattern}"`, { details: { pattern, stacks: stacks.map((s) => s.id) } });
    matches.forEach((stack) => chosen.add(stack));
  }
  return stacks.filter((stack) => chosen.has(stack));
}

/**
 * The chosen stacks and all that they depend on, in the order of `stacks`: a new job may need an output that a stack
 * below it does not have yet. What did not change is left alone by the deployment.
 */
export function withDependencies<S extends StackSummary>(stacks: readonly S[], chosen: readonly S[]): readonly S[] {
  const byId = new Map(stacks.map((stack) => [stack.id, stack]));
  const wanted = new Set<S>();
  const add = (stack: S): void => {
    if (wanted.has(stack)) return;
    wanted.add(stack);
    stack.dependencies.forEach((id) => { const below = byId.get(id); if (below) add(below); });
  };
  chosen.forEach(add);
  return stacks.filter((stack) => wanted.has(stack));
}

/** `Dev-DataLakeInfrastructureVpc` → `Vpc`. */
export function shortName(name: string): string {
  return name.replace(/^.*DataLakeInfrastructure/, '');
}

function toExpression(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${escaped}$`, 'i');
}
