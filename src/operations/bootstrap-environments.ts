// Bootstraps the accounts of environments, side by side: guard all, look, plan, approve, apply, and check what came of it.
import { bootstrapNames, bootstrapSettings, chooseExecutionPolicies, DEPLOYING_ROLES, policiesOf, type BootstrapAccount, type BootstrapEngine, type BootstrapSettings, type PlainStacks, type PolicyChoice } from '../core/bootstrap.js';
import { checkBootstrap, type BootstrapCheck } from '../core/bootstrap-checks.js';
import { bootstrapQuestion, planBootstrap, type BootstrapPlan } from '../core/bootstrap-plan.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import { executionPolicies, policyStackName, policyTemplate, type LakeTemplates } from '../core/execution-policy.js';
import type { Identity } from '../core/ports.js';
import { guardAccount } from './guard-account.js';
import { sideBySide } from './side-by-side.js';

/** One environment and the ports to it. */
export interface BootstrapTarget {
  readonly environment: Environment;
  readonly identity: Identity;
  readonly account: BootstrapAccount;
  readonly engine: BootstrapEngine;
  readonly stacks: PlainStacks;
  readonly templates: LakeTemplates;
}

export interface BootstrapInput {
  readonly targets: readonly BootstrapTarget[];
  readonly choice: PolicyChoice;
  readonly given: { readonly yes: boolean; readonly allowWider: boolean };
  readonly emit: Emit;
  /** Shows people what will be done. */
  readonly show: (plans: readonly BootstrapPlan[]) => Promise<void>;
  /** @throws APPROVAL_NEEDED where nobody can be asked */
  readonly ask: (question: string, flag: string) => Promise<boolean>;
}

export interface BootstrapOutcome {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly plan: BootstrapPlan;
  readonly executionPolicies: readonly string[];
  readonly checks: readonly BootstrapCheck[];
}

export interface BootstrapResult { readonly environments: readonly BootstrapOutcome[] }

const TO_DO = { create: 'to be made', update: 'to be changed', none: 'nothing to change' } as const;

interface Prepared {
  readonly environment: Environment;
  readonly target: BootstrapTarget;
  readonly plan: BootstrapPlan;
  readonly settings: BootstrapSettings;
  /** With `--policy least`: the template of the stack that holds the policies, when it has to change. */
  readonly policies: Readonly<Record<string, unknown>> | undefined;
}

/**
 * @throws WRONG_ACCOUNT before any write, when one of them is wrong; ABORTED or APPROVAL_NEEDED before any write;
 *   BOOTSTRAP_INCOMPLETE naming every check that failed, with the results of the others in its details
 */
export async function bootstrapEnvironments({ targets, choice, given, emit, show, ask }: BootstrapInput): Promise<BootstrapResult> {
  refuseSharedStacks(targets.map(({ environment }) => environment));
  await sideBySide(targets, ({ environment, identity }) => guardAccount(environment, identity), () => ({ text: 'the account is right' }));
  const prepared = await step(emit, 'look', 'look at what is there', () => sideBySide(targets, (target) => prepare(target, choice), ({ plan }) => ({ text: TO_DO[plan.action], facts: { plan } })), (all) => all.map(({ plan }) => `${plan.environment}: ${TO_DO[plan.action]}`).join(', '));
  const plans = prepared.map(({ plan }) => plan);
  await show(plans);
  const asked = bootstrapQuestion(plans, given);
  if (asked && !(await ask(asked.question, asked.flag))) throw new DlpError('ABORTED', 'the bootstrap was not approved', { hint: 'nothing was changed' });
  emit({ type: 'group', steps: plans.map(({ environment, account, region }) => ({ id: `bootstrap ${environment}`, title: `bootstrap ${environment} ${account}/${region}` })) });
  return { environments: await sideBySide(prepared, (one) => apply(one, emit), (outcome) => ({ text: outcome.result, facts: outcome })) };
}

/** Two environments in one bootstrap would change it in turns, and the policies of the one would replace those of the other. */
function refuseSharedStacks(environments: readonly Environment[]): void {
  const other = environments.find(({ local }) => !local);
  const local = environments.find((environment) => environment.local);
  if (local && other) throw new DlpError('FLAG_INVALID', `${local.name} and ${other.name} are in different clouds`, { hint: `bootstrap ${local.name} by itself` });
  environments.forEach((one, i) => {
    const twin = environments.slice(0, i).find((earlier) => earlier.account === one.account && earlier.region === one.region && (earlier.bootstrap.stackName === one.bootstrap.stackName || earlier.bootstrap.qualifier === one.bootstrap.qualifier));
    if (twin) throw new DlpError('FLAG_INVALID', `${twin.name} and ${one.name} share the bootstrap of ${one.account}/${one.region}`, { hint: 'give one of them its own bootstrap.qualifier and bootstrap.stackName in dlp.yaml, or name one of them only' });
  });
}

async function prepare(target: BootstrapTarget, choice: PolicyChoice): Promise<Prepared> {
  const { environment, account, engine, stacks } = target;
  const names = bootstrapNames(environment);
  const [stack, version, offered] = await Promise.all([account.stack(names.stack), account.version(names.versionParameter), engine.bootstrapVersion()]);
  if (choice !== 'least') {
    const settings = bootstrapSettings(environment, chooseExecutionPolicies(environment, choice, stack));
    return { environment, target, settings, policies: undefined, plan: planBootstrap({ environment, facts: { stack, version }, offered, choice, settings, generated: undefined }) };
  }
  const wanted = executionPolicies(environment, await target.templates.stacks());
  const current = await stacks.read(policyStackName(environment));
  const template = policyTemplate(environment, wanted, Object.keys((current?.template['Resources'] ?? {}) as object));
  const state = !current ? 'create' : JSON.stringify(current.template) === JSON.stringify(template) ? 'none' : 'update';
  const arns = arnsOf(template, current?.outputs ?? {});
  const settings = bootstrapSettings(environment, arns.every(Boolean) ? arns : []);
  const plan = planBootstrap({ environment, facts: { stack, version }, offered, choice, settings, generated: { policies: arns.length, state } });
  return { environment, target, plan, settings, policies: state === 'none' ? undefined : template };
}

/** In the order of the template; empty for one whose stack is still to come. */
function arnsOf(template: Readonly<Record<string, unknown>>, outputs: Readonly<Record<string, string>>): string[] {
  return Object.keys(template['Resources'] as object).map((id) => outputs[id] ?? '');
}

async function apply({ environment, target: { account, engine, stacks }, plan, settings: planned, policies }: Prepared, emit: Emit): Promise<BootstrapOutcome> {
  const id = `bootstrap ${environment.name}`;
  try {
    let settings = planned;
    if (plan.action !== 'none') {
      if (policies) {
        emit({ type: 'progress', id, text: `stack ${policyStackName(environment)}` });
        const outputs = await stacks.put(policyStackName(environment), policies, { protect: settings.terminationProtection, tags: { Project: environment.project, Environment: environment.name, ManagedBy: 'dlp' } });
        settings = { ...settings, executionPolicies: arnsOf(policies, outputs) };
      }
      await engine.bootstrap(emit, id, settings);
    }
    emit({ type: 'progress', id, text: 'checking' });
    const checks = await check(environment, account, settings, plan);
    const failed = checks.filter(({ ok }) => !ok);
    const result = plan.action === 'none' ? 'unchanged' : plan.action === 'create' ? 'created' : 'updated';
    const { name, account: accountId, region } = environment;
    const outcome: BootstrapOutcome = { environment: name, account: accountId, region, result, plan, executionPolicies: policiesOf(environment, settings), checks };
    if (failed.length > 0) throw new DlpError('BOOTSTRAP_INCOMPLETE', failed.map(({ check, found }) => `${check}: ${found}`).join('\n'), { details: { ...outcome } });
    emit({ type: 'ended', id, outcome: 'done', text: `${result}, ${checks.length} checks hold` });
    return outcome;
  } catch (error) {
    emit({ type: 'ended', id, outcome: 'failed' });
    throw error;
  }
}

async function check(environment: Environment, account: BootstrapAccount, settings: BootstrapSettings, { action, version: { offered } }: BootstrapPlan): Promise<readonly BootstrapCheck[]> {
  const names = bootstrapNames(environment);
  const [stack, version, bucket, ...refusals] = await Promise.all([
    account.stack(names.stack), account.version(names.versionParameter), account.bucket(names.bucket, environment.account),
    ...DEPLOYING_ROLES.map((role) => account.assume(names.roles[role], action !== 'none')),
  ]);
  return checkBootstrap(environment, settings, offered, { facts: { stack, version }, bucket, roles: Object.fromEntries(DEPLOYING_ROLES.map((role, i) => [role, refusals[i]])) });
}
