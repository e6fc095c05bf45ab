// A plan, for people: what changes, what is lost, whose rights grow. The same object that --json prints.
import { changedStacks, dataAtRisk, type Plan, type ResourceChange, type StackPlan } from '../core/plan.js';
import { widensRights } from '../core/approvals.js';

const MARKS = { create: '+', update: '~', replace: '±', 'may-replace': '±', delete: '-', orphan: '⊘' } as const;
const WORDS = { create: 'create', update: 'update', recreate: 'delete the remains and create', unchanged: 'unchanged' } as const;
/** A stack that is new is listed by its number of resources: all of them are. */
const RIGHTS_SHOWN = 12;

export function renderPlan(plan: Plan): string {
  const changed = changedStacks(plan);
  const same = plan.stacks.length - changed.length;
  const lines = changed.flatMap(renderStack);
  const leftover = plan.leftover.map((name) => `! ${name} is in the account and no longer in the code; a deployment leaves it alone`);
  const head = changed.length === 0 ? `nothing to change in ${plan.environment}` : `plan for ${plan.environment} (${plan.account}, ${plan.region}):`;
  const rest = changed.length > 0 && same > 0 ? [`${same} unchanged`] : [];
  return [head, ...lines, ...rest, ...leftover].join('\n');
}

function renderStack(stack: StackPlan): string[] {
  const risky = new Set(dataAtRisk(stack));
  const brandNew = stack.action === 'create' || stack.action === 'recreate';
  const details = brandNew ? [] : stack.resources.map((change) => `    ${renderChange(change, risky.has(change))}`);
  return [
    `  ${brandNew ? '+' : '~'} ${stack.id}: ${WORDS[stack.action]}${brandNew ? `, ${stack.resources.length} resources` : ''}`,
    ...stack.remarks.map((remark) => `    ! ${remark}`),
    ...stack.settings.map((setting) => `    ~ ${setting}`),
    ...details,
    ...(brandNew || stack.outputs.length === 0 ? [] : [`    ~ outputs: ${stack.outputs.join(', ')}`]),
    ...(brandNew || stack.other.length === 0 ? [] : [`    ~ ${stack.other.join(', ')}`]),
    ...(widensRights(stack) ? wider(stack.widening) : []),
  ];
}

function renderChange({ action, path, type, properties }: ResourceChange, risky: boolean): string {
  const what = action === 'replace' ? 'REPLACED' : action === 'may-replace' ? 'may be REPLACED' : action === 'delete' ? 'DELETED' : action === 'orphan' ? 'left behind, outside of every stack' : action;
  return `${MARKS[action]} ${path} (${type}): ${what}${properties.length > 0 ? `: ${properties.join(', ')}` : ''}${risky ? '   ← HOLDS DATA' : ''}`;
}

function wider(lines: readonly string[]): string[] {
  const more = lines.length - RIGHTS_SHOWN;
  return ['    wider rights:', ...lines.slice(0, RIGHTS_SHOWN).map((line) => `      + ${line}`), ...(more > 0 ? [`      + ${more} more; --json shows all`] : [])];
}
