// What CloudFormation may do in an account, generated from the templates that it will be given: nothing that no stack needs.
// Pure: templates in, policy documents and the template that brings them into the account out. Knows no AWS client.
import type { Environment } from './environment.js';
import { DlpError } from './errors.js';
import { EVERY_STACK, LAKE_POLICIES, LAKE_ROLES, TYPE_RIGHTS, type PolicyGroup, type Right, type TypeRights } from './execution-actions.js';

export interface LakeTemplate {
  /** CloudFormation name of the stack. */
  readonly name: string;
  readonly template: { readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>> };
}

/** The templates of an environment, parsed; needs no AWS. */
export interface LakeTemplates { stacks(): Promise<readonly LakeTemplate[]> }

export interface PolicyStatement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface ExecutionPolicy {
  /** Logical id in the stack of the policies: `Network`, `Data`, `Data2`. */
  readonly id: string;
  readonly document: { readonly Version: '2012-10-17'; readonly Statement: readonly PolicyStatement[] };
}

/** IAM's limit of a managed policy, in characters without white space. */
export const POLICY_SIZE = 6_144;
/** IAM's limit of managed policies on a role, unless the account has asked for more. */
export const POLICIES_OF_ROLE = 10;

const GROUPS: readonly PolicyGroup[] = ['Network', 'Identity', 'Data', 'Compute'];
/** In a policy that is no longer needed: everybody may ask who they are. A policy cannot be deleted while a role has it. */
const NOTHING: PolicyStatement = { Effect: 'Allow', Action: ['sts:GetCallerIdentity'], Resource: ['*'] };

type GroupedRight = Right & { readonly group: PolicyGroup; readonly condition?: PolicyStatement['Condition'] };

/**
 * The managed policies of the role with which CloudFormation works, in a fixed order.
 * @throws POLICY_TYPE_UNKNOWN for a type of resource that the table does not know
 */
export function executionPolicies(environment: Environment, templates: readonly LakeTemplate[]): readonly ExecutionPolicy[] {
  const types = new Map<string, TypeRights>();
  for (const { name, template } of templates) {
    for (const [id, { Type }] of Object.entries(template.Resources ?? {})) types.set(Type, rightsOf(Type, `${name}: ${id}`));
  }
  const rights = [...EVERY_STACK, ...[...types.values()].flatMap(({ group, rights }) => rights.map((right) => ({ ...right, group }))), ...identityRights(types, templates)];
  const policies = GROUPS.flatMap((group) => pack(group, merge(rights.filter((right) => right.group === group)).map((right) => toStatement(right, environment))));
  if (policies.length > POLICIES_OF_ROLE) throw new DlpError('POLICY_TYPE_UNKNOWN', `the stacks need ${policies.length} managed policies, and a role can have ${POLICIES_OF_ROLE}`, { hint: 'bootstrap without `--policy least`' });
  return policies;
}

function rightsOf(type: string, where: string): TypeRights {
  const found = TYPE_RIGHTS[type.startsWith('Custom::') ? 'Custom::*' : type];
  if (!found) throw new DlpError('POLICY_TYPE_UNKNOWN', `${where} is of type ${type}, and nobody has said what CloudFormation needs for it`, { details: { type } });
  return found;
}

/** What lets one identity become another: named roles, named services, named policies. */
function identityRights(types: ReadonlyMap<string, TypeRights>, templates: readonly LakeTemplate[]): readonly GroupedRight[] {
  const all = (pick: (row: TypeRights) => readonly string[] | undefined) => [...new Set([...types.values()].flatMap((row) => pick(row) ?? []))].sort();
  const passed = all((row) => row.passesRoleTo);
  const serviceRoles = all((row) => row.serviceRoles);
  const group = 'Identity';
  return [
    ...(passed.length > 0 ? [{ group, actions: ['iam:PassRole'], on: LAKE_ROLES, condition: { StringEquals: { 'iam:PassedToService': passed } } } as const] : []),
    ...(serviceRoles.length > 0 ? [{ group, actions: ['iam:CreateServiceLinkedRole'], on: serviceRoles.map((service) => `arn:{partition}:iam::{account}:role/aws-service-role/${service}/*`), condition: { StringEquals: { 'iam:AWSServiceName': serviceRoles } } } as const] : []),
    ...(types.has('AWS::IAM::Role') || types.has('AWS::IAM::ManagedPolicy')
      ? [{ group, actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'], on: LAKE_ROLES, condition: { ArnLike: { 'iam:PolicyARN': [...LAKE_POLICIES, ...policiesOfAws(templates)] } } } as const] : []),
  ];
}

/** ARNs of AWS's own managed policies that the templates attach: these and no others may be. */
function policiesOfAws(templates: readonly LakeTemplate[]): readonly string[] {
  const roles = templates.flatMap(({ template }) => Object.values(template.Resources ?? {})).filter(({ Type }) => Type === 'AWS::IAM::Role');
  const names = roles.flatMap(({ Properties }) => [...JSON.stringify(Properties?.['ManagedPolicyArns'] ?? []).matchAll(/iam::aws:policy\/([\w/+=,.@-]+)/g)].map(([, name]) => name!));
  return [...new Set(names)].sort().map((name) => `arn:{partition}:iam::aws:policy/${name}`);
}

/** One right for each place and condition. */
function merge(rights: readonly GroupedRight[]): readonly GroupedRight[] {
  const places = new Map<string, GroupedRight>();
  for (const right of rights) {
    const key = JSON.stringify([right.on, right.via, right.condition]);
    places.set(key, { ...right, actions: [...places.get(key)?.actions ?? [], ...right.actions] });
  }
  return [...places.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, right]) => ({ ...right, actions: [...new Set(right.actions)].sort() }));
}

function toStatement({ actions, on, via, condition }: GroupedRight, environment: Environment): PolicyStatement {
  const { region, account, title, name, bootstrap: { qualifier } } = environment;
  const partition = partitionOf(region);
  const filled = <T>(value: T): T => JSON.parse(JSON.stringify(value).replace(/\{(partition|region|account|title|name|qualifier)\}/g, (_, key: string) => ({ partition, region, account, title, name, qualifier })[key]!)) as T;
  const viaService = via && { StringEquals: { 'kms:ViaService': via.map((service) => `${service}.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`) } };
  const conditions = condition ? filled(condition) : viaService;
  return { Effect: 'Allow', Action: actions, Resource: filled(on), ...(conditions && { Condition: conditions }) };
}

export function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** As few policies as the limit allows; each is there even when it is empty, so that its ARN stays. */
function pack(group: PolicyGroup, statements: readonly PolicyStatement[]): readonly ExecutionPolicy[] {
  const policies: PolicyStatement[][] = [[]];
  for (const statement of statements.flatMap(halve)) {
    if (sizeOf([...policies.at(-1)!, statement]) > POLICY_SIZE) policies.push([]);
    policies.at(-1)!.push(statement);
  }
  return policies.map((Statement, i) => ({ id: `${group}${i === 0 ? '' : i + 1}`, document: { Version: '2012-10-17', Statement: Statement.length > 0 ? Statement : [NOTHING] } }));
}

function sizeOf(statements: readonly PolicyStatement[]): number {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }).length;
}

/** A statement that would fill a policy by itself, in parts that do not. */
function halve(statement: PolicyStatement): readonly PolicyStatement[] {
  const { Action } = statement;
  if (Action.length < 2 || sizeOf([statement]) <= POLICY_SIZE / 2) return [statement];
  const middle = Math.ceil(Action.length / 2);
  return [Action.slice(0, middle), Action.slice(middle)].flatMap((half) => halve({ ...statement, Action: half }));
}

/** The stack that holds the policies; not one of the lake's, since the lake's are deployed with them. */
export function policyStackName(environment: Pick<Environment, 'title'>): string {
  return `DlpExecutionPolicies-${environment.title}`;
}

/**
 * Its template. `existing` are the policies that the stack has: one that is no longer needed stays, empty, because a role
 * still has it.
 */
export function policyTemplate(environment: Environment, policies: readonly ExecutionPolicy[], existing: readonly string[] = []): Readonly<Record<string, unknown>> {
  const kept = existing.filter((id) => !policies.some((policy) => policy.id === id)).map((id): ExecutionPolicy => ({ id, document: { Version: '2012-10-17', Statement: [NOTHING] } }));
  const all = [...policies, ...kept].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    Description: `What CloudFormation may do for the data lake ${environment.title}; generated by dlp bootstrap --policy least`,
    Resources: Object.fromEntries(all.map(({ id, document }) => [id, {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { Description: `What CloudFormation may do for the data lake ${environment.title}: ${id}`, PolicyDocument: document },
    }])),
    Outputs: Object.fromEntries(all.map(({ id }) => [id, { Value: { Ref: id } }])),
  };
}
