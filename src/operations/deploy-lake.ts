// Deploys the lake, or some of its stacks, into one environment: guard, plan, approve, lock, carry out, record. Nothing is
// written before the approval.
import { approvalsNeeded, type Approval, type Given } from '../core/approvals.js';
import { bootstrapNames, type BootstrapAccount } from '../core/bootstrap.js';
import type { DeployJournal, Git, Interrupts, Processes, StackControl, TemplateDiffer } from '../core/deployment.js';
import type { DeployRecord } from '../core/deploy-records.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import { toDlpError } from '../core/known-errors.js';
import { changedStacks, movedOn, type Plan } from '../core/plan.js';
import type { DeployedStacks, Engine, Identity, StackOutcome, SynthesizedStack, Templates } from '../core/ports.js';
import { selectStacks, withDependencies } from '../core/select-stacks.js';
import { bootstrapLake } from './bootstrap-lake.js';
import { carryOutPlan, type CarriedOut } from './carry-out-plan.js';
import { checkGit, type CheckedGit } from './check-git.js';
import { guardAccount } from './guard-account.js';
import { takeDeployLock } from './hold-deploy-lock.js';
import { planDeployment } from './plan-deployment.js';
import { settleStacks } from './settle-stacks.js';

export interface DeployPorts {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly templates: Pick<Templates, 'stacks'>;
  readonly engine: Engine;
  readonly stacks: DeployedStacks;
  readonly differ: TemplateDiffer;
  readonly control: StackControl;
  readonly journal: DeployJournal;
  readonly account: Pick<BootstrapAccount, 'version' | 'assume'>;
  readonly git: Git;
  readonly processes: Processes;
  readonly interrupts: Interrupts;
  readonly emit: Emit;
}

export interface DeployInput extends DeployPorts {
  /** Stack ids, names or globs; empty for all. */
  readonly patterns: readonly string[];
  readonly given: Given;
  readonly forceGit: boolean;
  readonly allowCallerRole: boolean;
  readonly breakLock: boolean;
  readonly concurrency: number;
  /** A plan that was made and looked at before. */
  readonly saved?: Plan;
  /** Stop when the plan is made; `save` keeps it. */
  readonly planOnly: boolean;
  readonly save?: (plan: Plan) => Promise<void>;
  /** Shows the plan to a person and gets the approvals that are missing. @throws APPROVAL_NEEDED, ABORTED */
  readonly approve: (plan: Plan, needed: readonly Approval[]) => Promise<void>;
  readonly now: () => Date;
  /** Unique to this run. */
  readonly nonce: string;
  readonly version: string;
}

export interface DeployResult {
  readonly environment: string;
  readonly plan: Plan;
  /** Empty when only a plan was wanted. */
  readonly stacks: readonly StackOutcome[];
}

export async function deployLake(input: DeployInput): Promise<DeployResult> {
  const { environment, identity, emit, saved, planOnly } = input;
  const { arn } = await guardAccount(environment, identity);
  const git = planOnly ? undefined : await checkGit(environment, input.git, input.forceGit);
  const { all, chosen, plan } = await makePlan(input);
  if (saved) refuseMoved(saved, plan);
  await input.save?.(plan);
  const changed = changedStacks(plan);
  await input.approve(plan, planOnly ? [] : approvalsNeeded(plan, environment, input.given));
  if (planOnly) return { environment: environment.name, plan, stacks: [] };
  if (changed.length === 0) return { environment: environment.name, plan, stacks: await unchanged(input, chosen) };

  await takeDeployLock({ ...input, owner: arn, command: 'dlp deploy', environment: environment.name, now: input.now() });
  let done: CarriedOut | undefined;
  let outcome: DeployRecord['outcome'] = 'failed';
  try {
    // Whoever had the lock until now may have changed what the plan was made from.
    refuseMoved(plan, await planDeployment({ ...input, all, chosen }));
    if (environment.local) await bootstrapLake({ ...input, emit });
    for (const { name } of changed.filter((stack) => stack.action === 'recreate')) await input.control.liftProtection(name);
    done = await carryOutPlan({ ...input, plan, all, chosen });
    outcome = done.interrupted ? 'interrupted' : done.failures.length > 0 || done.error !== undefined ? 'failed' : 'succeeded';
  } catch (error) {
    if (error instanceof DlpError && error.code === 'INTERRUPTED') outcome = 'interrupted';
    throw error;
  } finally {
    await finish(input, { by: arn, outcome, git, stacks: done?.stacks ?? [] });
  }
  return judged({ environment: environment.name, plan, stacks: done.stacks }, done);
}

/** Waits until nobody works on the stacks, then compares. @throws NOT_BOOTSTRAPPED, ROLE_REFUSED, STACK_UNKNOWN, STACK_STUCK */
async function makePlan(input: DeployInput): Promise<{ all: readonly SynthesizedStack[]; chosen: readonly SynthesizedStack[]; plan: Plan }> {
  const { templates, emit, environment, patterns } = input;
  const all = await step(emit, 'synth', 'synthesize', () => templates.stacks(), (stacks) => `${stacks.length} stacks`);
  const chosen = withDependencies(all, selectStacks(all, patterns));
  if (!environment.local) await checkAccess(input);
  await settleStacks({ ...input, names: new Set(chosen.map((stack) => stack.name)) });
  const plan = await step(emit, 'plan', 'compare with the account', () => planDeployment({ ...input, all, chosen }), (made) => `${changedStacks(made).length} of ${made.stacks.length} stacks change`);
  return { all, chosen, plan };
}

async function checkAccess({ account, environment, allowCallerRole, planOnly }: DeployInput): Promise<void> {
  if (planOnly) return;
  const { versionParameter, roles } = bootstrapNames(environment);
  if (await account.version(versionParameter) === undefined) throw new DlpError('NOT_BOOTSTRAPPED', `${environment.account}/${environment.region} is not bootstrapped`, { hint: `run \`dlp bootstrap --env ${environment.name}\` first` });
  if (allowCallerRole) return;
  // Left to itself, the CDK would go on with the caller's own rights.
  const answers = await Promise.all([roles.deploy, roles['file-publishing'], roles.lookup].map(async (role) => ({ role, reason: await account.assume(role, false) })));
  const refused = answers.filter(({ reason }) => reason !== undefined);
  if (refused.length > 0) throw new DlpError('ROLE_REFUSED', refused.map(({ role, reason }) => `${role} cannot be assumed: ${reason}`).join('\n'), { details: { refused } });
}

function refuseMoved(saved: Plan, now: Plan): void {
  const moved = movedOn(saved, now);
  if (moved.length > 0) throw new DlpError('PLAN_STALE', moved.join('\n'), { details: { moved } });
}

async function unchanged({ stacks }: DeployInput, chosen: readonly SynthesizedStack[]): Promise<readonly StackOutcome[]> {
  const there = new Map((await stacks.list()).map((stack) => [stack.name, stack.outputs]));
  return chosen.map(({ id, name }) => ({ id, name, result: 'unchanged', outputs: there.get(name) ?? {} }));
}

interface Finished { readonly by: string; readonly outcome: DeployRecord['outcome']; readonly git: CheckedGit | undefined; readonly stacks: readonly StackOutcome[] }

/** The record and the lock: neither may hide what the deployment itself ended with. */
async function finish({ journal, emit, now, version, nonce }: DeployInput, { by, outcome, git, stacks }: Finished): Promise<void> {
  const entry = {
    at: now().toISOString(), by, outcome, commit: git?.state?.commit ?? null, branch: git?.state?.branch ?? null, clean: git?.state?.clean ?? null, forced: git?.forced ?? false,
    stacks: Object.fromEntries(stacks.map((stack) => [stack.name, stack.result])), dlp: version,
  };
  for (const [what, work] of [['record', () => journal.record(entry)], ['lock', () => journal.release(nonce)]] as const) {
    await work().catch((error: Error) => emit({ type: 'warning', text: `the ${what} of the deployment could not be written: ${error.message}` }));
  }
}

function judged(result: DeployResult, { failures, error, interrupted, stacks }: CarriedOut): DeployResult {
  const missing = stacks.filter((stack) => stack.result === 'failed' || stack.result === 'not reached');
  const hint = `\`dlp deploy --env ${result.environment}\` goes on where things are`;
  // All was done by the time that somebody pressed it: there is nothing to take up again.
  if (interrupted && missing.length > 0) throw new DlpError('INTERRUPTED', `interrupted; ${stacks.length - missing.length} of ${stacks.length} stacks are as they should be`, { hint, details: { stacks } });
  if (failures.length > 0) throw new DlpError('DEPLOY_FAILED', failures.join('\n'), { hint, details: { stacks } });
  if (error !== undefined) {
    const { code, message, hint: known } = toDlpError(error);
    throw new DlpError(code, message, { cause: error, hint: known ?? hint, details: { stacks } });
  }
  if (missing.length > 0) throw new DlpError('DEPLOY_FAILED', `not deployed: ${missing.map((stack) => stack.id).join(', ')}`, { hint, details: { stacks } });
  return result;
}
