// What `dlp bootstrap` would do to an account, and what of it lets somebody or something do more than before. Pure.
import { administratorAccess, bootstrapNames, differences, listOf, onOff, PARAMETERS, policiesOf, sameSet, shown, type BootstrapFacts, type BootstrapSettings, type PolicyChoice, type ToolkitStack } from './bootstrap.js';
import type { Environment } from './environment.js';
import { policyStackName } from './execution-policy.js';

export interface BootstrapChange {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** Somebody or something may do more afterwards, or it cannot be told. */
  readonly wider: boolean;
}

export interface BootstrapPlan {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly action: 'create' | 'update' | 'none';
  readonly version: { readonly current: number | null; readonly offered: number };
  readonly stack: string;
  readonly qualifier: string;
  readonly bucket: string;
  readonly kms: string;
  readonly publicAccessBlock: boolean;
  readonly trust: readonly string[];
  readonly trustForLookup: readonly string[];
  /** What CloudFormation may do, for people. */
  readonly policies: string;
  readonly permissionsBoundary: string | null;
  readonly terminationProtection: boolean;
  readonly roles: readonly string[];
  /** Of what exists; empty when everything is new. */
  readonly changes: readonly BootstrapChange[];
  readonly notes: readonly string[];
}

export interface PlanInput {
  readonly environment: Environment;
  readonly facts: BootstrapFacts;
  readonly offered: number;
  readonly choice: PolicyChoice;
  /** Undefined: they are generated, and their stack is not there yet. */
  readonly settings: BootstrapSettings;
  /** With `least`: how many policies are generated, and whether the stack that holds them has to change. */
  readonly generated: { readonly policies: number; readonly state: 'create' | 'update' | 'none' } | undefined;
}

/** What `dlp bootstrap` would do to one account. */
export function planBootstrap({ environment, facts: { stack, version }, offered, choice, settings, generated }: PlanInput): BootstrapPlan {
  const names = bootstrapNames(environment);
  const policyStack = policyStackName(environment);
  const ours = generated && `${generated.policies} generated from the templates, in the stack ${policyStack}`;
  const usable = stack !== undefined && !/^(REVIEW_IN_PROGRESS|ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_COMPLETE)$/.test(stack.status);
  const current = usable ? versionOf(stack) ?? version : version;
  const changes = usable ? [
    ...(current !== undefined && current < offered ? [{ what: 'version', from: String(current), to: String(offered), wider: false }] : []),
    ...(stack.status.endsWith('_FAILED') ? [{ what: 'stack', from: stack.status, to: 'repaired', wider: false }] : []),
    ...compare(environment, stack, settings, choice, ours),
    ...(generated && generated.state !== 'none' && holds(stack, policyStack) ? [{ what: 'generated policies', from: 'as of earlier templates', to: 'as of the templates now', wider: false }] : []),
  ] : [];
  return {
    environment: environment.name, account: environment.account, region: environment.region,
    action: !usable ? 'create' : changes.length > 0 && !(current !== undefined && current > offered) ? 'update' : 'none',
    version: { current: current ?? null, offered }, stack: names.stack, qualifier: settings.qualifier, bucket: names.bucket, kms: describeKey(settings.kms),
    publicAccessBlock: settings.publicAccessBlock, trust: settings.trust, trustForLookup: settings.trustForLookup,
    policies: ours ?? listed(environment, policiesOf(environment, settings)), permissionsBoundary: settings.permissionsBoundary ?? (stack?.parameters['InputPermissionsBoundary'] || null),
    terminationProtection: settings.terminationProtection, roles: Object.values(names.roles).map((arn) => arn.split('/').at(-1)!), changes,
    notes: notes(environment, stack, { current, offered, choice }),
  };
}

/**
 * What a person has to be asked, and the flags that answer instead; undefined when there is nothing to ask: the local cloud
 * belongs to nobody, and where nothing changes nothing is approved. What makes anything wider wants a flag of its own.
 */
export function bootstrapQuestion(plans: readonly BootstrapPlan[], { yes, allowWider }: { readonly yes: boolean; readonly allowWider: boolean }): { readonly question: string; readonly flag: string } | undefined {
  const asked = plans.filter(({ action, environment }) => action !== 'none' && environment !== 'local');
  const wider = asked.some(({ changes }) => changes.some((change) => change.wider));
  if (asked.length === 0 || (yes && (!wider || allowWider))) return undefined;
  return { question: `bootstrap ${asked.map(({ environment }) => environment).join(', ')}${wider ? ', and allow more than before' : ''}?`, flag: wider ? '--yes --allow-wider' : '--yes' };
}

function compare(environment: Environment, stack: ToolkitStack, settings: BootstrapSettings, choice: PolicyChoice, ours: string | undefined): BootstrapChange[] {
  const changes = differences(stack, settings).filter(({ name }) => name !== 'CloudFormationExecutionPolicies').map(({ name, from, to }) => ({
    what: PARAMETERS[name]!, from: shown(name, from), to: shown(name, to),
    wider: name.startsWith('Trusted') ? listOf(to).some((account) => !listOf(from).includes(account)) : name === 'InputPermissionsBoundary' ? from !== '' : name === 'PublicAccessBlockConfiguration' && to === 'false',
  }));
  const admin = [administratorAccess(environment)];
  const before = orElse(listOf(stack.parameters['CloudFormationExecutionPolicies']), admin);
  const after = ours && settings.executionPolicies.length === 0 ? undefined : orElse(settings.executionPolicies, admin);
  if (!after || !sameSet(before, after)) {
    // AdministratorAccess cannot be exceeded; what was generated is what --policy least asked for.
    const wider = choice !== 'least' && !before.includes(admin[0]!) && after!.some((policy) => !before.includes(policy));
    changes.push({ what: PARAMETERS['CloudFormationExecutionPolicies']!, from: listed(environment, before), to: ours ?? listed(environment, after!), wider });
  }
  if (stack.terminationProtection !== settings.terminationProtection) changes.push({ what: 'termination protection', from: onOff(stack.terminationProtection), to: onOff(settings.terminationProtection), wider: false });
  return changes;
}

function notes(environment: Environment, stack: ToolkitStack | undefined, { current, offered, choice }: { current: number | undefined; offered: number; choice: PolicyChoice }): string[] {
  const boundary = stack?.parameters['InputPermissionsBoundary'];
  return [
    ...(current !== undefined && current > offered ? [`the account has version ${current}, newer than the ${offered} of this dlp: it is left as it is`] : []),
    ...(boundary && !environment.bootstrap.permissionsBoundary ? [`the account has the permissions boundary ${boundary}, which dlp.yaml does not name: it is kept`] : []),
    ...(choice === undefined && stack && holds(stack, policyStackName(environment)) ? ['the generated execution policies are kept; --policy least brings them up to the templates'] : []),
  ];
}

/** Policies, for people: what dlp generated has names that nobody has to read. */
function listed(environment: Environment, arns: readonly string[]): string {
  const stack = policyStackName(environment);
  const others = arns.filter((arn) => !isGenerated(arn, stack));
  return [...(others.length < arns.length ? [`${arns.length - others.length} generated earlier, in the stack ${stack}`] : []), ...others].join(', ');
}

const isGenerated = (arn: string, policyStack: string) => arn.split('/').at(-1)!.startsWith(`${policyStack}-`);

/** The role of CloudFormation has policies that dlp generated. */
function holds(stack: ToolkitStack, policyStack: string): boolean {
  return listOf(stack.parameters['CloudFormationExecutionPolicies']).some((arn) => isGenerated(arn, policyStack));
}

function versionOf({ outputs }: ToolkitStack): number | undefined {
  const version = Number(outputs['BootstrapVersion']);
  return Number.isInteger(version) && version > 0 ? version : undefined;
}

function describeKey(kms: BootstrapSettings['kms']): string {
  return kms.kind === 'customer' ? 'a key of its own' : kms.kind === 'aws-managed' ? 'the key of AWS (aws/s3)' : `the existing key ${kms.keyId}`;
}

const orElse = <T>(list: readonly T[], other: readonly T[]) => (list.length > 0 ? list : other);
