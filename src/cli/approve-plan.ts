// Shows a plan and gets the approvals that no flag gave: one question each, the mildest first. What is asked is decided
// in core/approvals.ts.
import type { Approval } from '../core/approvals.js';
import { DlpError } from '../core/errors.js';
import type { Plan } from '../core/plan.js';
import { askText, askYesNo } from './prompt.js';
import { renderPlan } from './render-plan.js';

/** @param options.show prints to people @param options.canAsk a person is there and sees the plan */
export function approvePlan({ show, canAsk }: { readonly show: (text: string) => Promise<void>; readonly canAsk: boolean }) {
  return async (plan: Plan, needed: readonly Approval[]): Promise<void> => {
    await show(renderPlan(plan));
    if (needed.length === 0) return;
    if (!canAsk) throw new DlpError('APPROVAL_NEEDED', `not approved:\n${needed.map((approval) => `  ${approval.statement}`).join('\n')}`, { hint: `nobody can be asked here; say it with ${needed.map((approval) => approval.flag).join(' ')}`, details: { needed } });
    for (const approval of needed) await ask(approval, plan.environment);
  };
}

async function ask({ kind, statement, flag }: Approval, environment: string): Promise<void> {
  const approved = kind === 'name'
    ? (await askText(`this ${statement}. Type ${environment} to go on:`, flag)) === environment
    : await askYesNo(`this ${statement}. Go on?`, flag);
  if (!approved) throw new DlpError('ABORTED', `deploy to ${environment} was not approved`, { hint: 'nothing was changed' });
}
