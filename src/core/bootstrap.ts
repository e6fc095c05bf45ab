// What a bootstrapped account is: its names, and the settings that dlp.yaml asks for; also the ports that `dlp bootstrap`
// needs. Pure. Knows neither the CDK nor an AWS client.
import type { Environment } from './environment.js';
import { DlpError } from './errors.js';
import type { Emit } from './events.js';
import { partitionOf } from './execution-policy.js';

/** What the role of CloudFormation is to be: as dlp.yaml says, the generated policies, or AdministratorAccess. Undefined keeps what the account has. */
export const POLICY_CHOICES = ['least', 'admin'] as const;
export type PolicyChoice = (typeof POLICY_CHOICES)[number] | undefined;

/** The roles that a deployment assumes, as the bootstrap names them. */
export const DEPLOYING_ROLES = ['deploy', 'file-publishing', 'image-publishing', 'lookup'] as const;

export interface BootstrapNames {
  readonly stack: string;
  readonly bucket: string;
  readonly versionParameter: string;
  /** ARNs, by the name that the bootstrap gives the role: `deploy`. */
  readonly roles: Readonly<Record<(typeof DEPLOYING_ROLES)[number] | 'cfn-exec', string>>;
}

export interface ToolkitStack {
  /** As CloudFormation says it: `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly terminationProtection: boolean;
}

/** What the account has before anything is done. */
export interface BootstrapFacts {
  readonly stack: ToolkitStack | undefined;
  /** Value of the version parameter; undefined where there is none. */
  readonly version: number | undefined;
}

export interface BucketFacts {
  /** `aws:kms` or `AES256`. */
  readonly algorithm: string | undefined;
  /** Id or ARN; undefined: the key that AWS manages. */
  readonly key: string | undefined;
  readonly publicAccessBlocked: boolean;
  readonly versioned: boolean;
}

/** An account as the bootstrap sees it. Reads only. */
export interface BootstrapAccount {
  stack(name: string): Promise<ToolkitStack | undefined>;
  /** Undefined where there is no such parameter. */
  version(parameter: string): Promise<number | undefined>;
  /** Undefined where the account has no such bucket; a bucket of that name in another account is none. */
  bucket(name: string, account: string): Promise<BucketFacts | undefined>;
  /** Why the role cannot be assumed; undefined when it can. `patient`: the role is so new that AWS may not know it everywhere. */
  assume(role: string, patient: boolean): Promise<string | undefined>;
}

/** The CDK's own bootstrap, in process. */
export interface BootstrapEngine {
  /** Of the bootstrap that this dlp brings. */
  bootstrapVersion(): Promise<number>;
  bootstrap(emit: Emit, stepId: string, settings: BootstrapSettings): Promise<'created' | 'unchanged'>;
}

/** A stack that dlp itself makes: no assets, no CDK, since the account is not bootstrapped yet. */
export interface PlainStacks {
  /** The template that the stack has, parsed, and its outputs; undefined where there is none. */
  read(name: string): Promise<{ readonly template: Readonly<Record<string, unknown>>; readonly outputs: Readonly<Record<string, string>> } | undefined>;
  /** Creates or updates, waits, and returns the outputs. @throws DEPLOY_FAILED with the reasons */
  put(name: string, template: Readonly<Record<string, unknown>>, options: { readonly protect: boolean; readonly tags: Readonly<Record<string, string>> }): Promise<Readonly<Record<string, string>>>;
}

export interface BootstrapSettings {
  readonly qualifier: string;
  readonly stackName: string;
  readonly kms: { readonly kind: 'customer' } | { readonly kind: 'aws-managed' } | { readonly kind: 'existing'; readonly keyId: string };
  readonly trust: readonly string[];
  readonly trustForLookup: readonly string[];
  /** Empty: AdministratorAccess. */
  readonly executionPolicies: readonly string[];
  readonly permissionsBoundary: string | undefined;
  readonly publicAccessBlock: boolean;
  readonly terminationProtection: boolean;
}

export function bootstrapNames({ account, region, bootstrap: { qualifier, stackName } }: Environment): BootstrapNames {
  const role = (part: string) => `arn:${partitionOf(region)}:iam::${account}:role/cdk-${qualifier}-${part}-role-${account}-${region}`;
  return {
    stack: stackName, bucket: `cdk-${qualifier}-assets-${account}-${region}`, versionParameter: `/cdk-bootstrap/${qualifier}/version`,
    roles: { deploy: role('deploy'), 'file-publishing': role('file-publishing'), 'image-publishing': role('image-publishing'), lookup: role('lookup'), 'cfn-exec': role('cfn-exec') },
  };
}

/**
 * @param executionPolicies those that were decided on, see `chooseExecutionPolicies`
 * @throws CONFIG_INVALID for a key of another account or Region
 */
export function bootstrapSettings({ name, account, region, protect, bootstrap }: Environment, executionPolicies: readonly string[]): BootstrapSettings {
  const { kms, permissionsBoundary, ...same } = bootstrap;
  const [, , , keyRegion, keyAccount, resource] = kms.split(':');
  if (resource && (keyRegion !== region || keyAccount !== account)) throw new DlpError('CONFIG_INVALID', `environments.${name}.bootstrap.kms: ${kms} is not a key of ${account}/${region}`, { hint: 'give a key of the account and Region of the environment' });
  return {
    ...same, executionPolicies, permissionsBoundary,
    kms: kms === 'customer' || kms === 'aws-managed' ? { kind: kms } : { kind: 'existing', keyId: resource?.replace('key/', '') ?? kms },
    terminationProtection: bootstrap.terminationProtection ?? protect,
  };
}

export function administratorAccess({ region }: Pick<Environment, 'region'>): string {
  return `arn:${partitionOf(region)}:iam::aws:policy/AdministratorAccess`;
}

/** Named or not: what CloudFormation may do. */
export function policiesOf(environment: Pick<Environment, 'region'>, { executionPolicies }: Pick<BootstrapSettings, 'executionPolicies'>): readonly string[] {
  return executionPolicies.length > 0 ? executionPolicies : [administratorAccess(environment)];
}

/**
 * Which policies CloudFormation gets, when they are not generated. Never back to AdministratorAccess unasked: an account that
 * has others keeps them.
 * @throws CONFIG_INVALID when other accounts are trusted and nobody said what they may do
 */
export function chooseExecutionPolicies(environment: Environment, choice: Exclude<PolicyChoice, 'least'>, stack: ToolkitStack | undefined): readonly string[] {
  const { name, bootstrap: { executionPolicies, trust } } = environment;
  const current = listOf(stack?.parameters['CloudFormationExecutionPolicies']);
  const chosen = choice === 'admin' ? [administratorAccess(environment)] : executionPolicies.length > 0 ? executionPolicies : current;
  if (trust.length > 0 && chosen.length === 0) {
    throw new DlpError('CONFIG_INVALID', `environments.${name}.bootstrap.trust lets ${trust.join(', ')} deploy, and nobody said what they may do`, { hint: 'name bootstrap.executionPolicies, or give --policy' });
  }
  // No policy named means AdministratorAccess to the CDK: naming it would only rewrite the same role.
  return current.length === 0 && trust.length === 0 && sameSet(chosen, [administratorAccess(environment)]) ? [] : chosen;
}

/** The parameters of the bootstrap's template that these settings mean. */
export function stackParameters({ qualifier, kms, trust, trustForLookup, executionPolicies, publicAccessBlock, permissionsBoundary }: BootstrapSettings): Readonly<Record<string, string>> {
  return {
    Qualifier: qualifier, FileAssetsBucketKmsKeyId: kms.kind === 'existing' ? kms.keyId : kms.kind === 'customer' ? '' : 'AWS_MANAGED_KEY',
    TrustedAccounts: trust.join(','), TrustedAccountsForLookup: trustForLookup.join(','), CloudFormationExecutionPolicies: executionPolicies.join(','),
    PublicAccessBlockConfiguration: String(publicAccessBlock), ...(permissionsBoundary && { InputPermissionsBoundary: permissionsBoundary }),
  };
}

/** Parameters of the bootstrap's template, for people. */
export const PARAMETERS: Readonly<Record<string, string>> = {
  Qualifier: 'qualifier', FileAssetsBucketKmsKeyId: 'key of the bucket', TrustedAccounts: 'trusted accounts', TrustedAccountsForLookup: 'trusted for lookup',
  CloudFormationExecutionPolicies: 'execution policies', PublicAccessBlockConfiguration: 'public access block', InputPermissionsBoundary: 'permissions boundary',
};

/** Parameters that differ; lists are compared as sets. */
export function differences(stack: ToolkitStack, settings: BootstrapSettings): { name: string; from: string; to: string }[] {
  return Object.entries(stackParameters(settings)).map(([name, to]) => ({ name, from: stack.parameters[name] ?? '', to })).filter(({ from, to }) => !sameSet(listOf(from), listOf(to)));
}

/** A value of a parameter, for people. */
export function shown(parameter: string, value: string): string {
  if (parameter === 'FileAssetsBucketKmsKeyId') return value === '' ? 'a key of its own' : value === 'AWS_MANAGED_KEY' ? 'the key of AWS (aws/s3)' : value;
  if (parameter === 'CloudFormationExecutionPolicies' && value === '') return 'AdministratorAccess';
  return value === '' ? 'none' : value.replaceAll(',', ', ');
}

export const onOff = (on: boolean) => (on ? 'on' : 'off');
export const listOf = (text: string | undefined) => (text ?? '').split(',').map((part) => part.trim()).filter(Boolean);
export const sameSet = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((one) => b.includes(one));
