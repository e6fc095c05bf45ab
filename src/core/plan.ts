// What a deployment would do, before it does it: plain data, made from the synthesized templates and what CloudFormation
// has. The one thing that is shown, approved, saved, compared and carried out. Pure.
import type { SynthesizedStack, DeployedStack } from './ports.js';
import { conditionOf } from './stack-state.js';

/** `may-replace`: CloudFormation decides by the value; taken as serious as a replacement. `orphan`: leaves the stack, stays in the account. */
export type ResourceAction = 'create' | 'update' | 'replace' | 'may-replace' | 'delete' | 'orphan';

export interface ResourceChange {
  readonly logicalId: string;
  /** Construct path within the stack, such as `Landing/Resource`; the logical id where there is none. */
  readonly path: string;
  readonly type: string;
  readonly action: ResourceAction;
  /** Properties and attributes that differ; empty for what is new or gone. */
  readonly properties: readonly string[];
}

/** The difference between two templates. */
export interface TemplateDifference {
  readonly resources: readonly ResourceChange[];
  /** Outputs that are new, gone or other. */
  readonly outputs: readonly string[];
  /** Rights and network openings that are added, a sentence each. */
  readonly widening: readonly string[];
  /** Anything else differs: parameters, conditions, mappings, description. */
  readonly other: readonly string[];
}

/** `recreate`: its creation failed, so the remains are deleted first. */
export type StackAction = 'create' | 'update' | 'recreate' | 'unchanged';

export interface StackPlan extends TemplateDifference {
  readonly id: string;
  readonly name: string;
  readonly action: StackAction;
  /** In the account now; null when it is not there. */
  readonly status: string | null;
  /** Settings of the stack itself that change, a sentence each. */
  readonly settings: readonly string[];
  /** What must be done before, a sentence each. */
  readonly remarks: readonly string[];
  /** What is in the account (null: nothing) and what would be: equal for two plans only if both saw the same. */
  readonly deployed: string | null;
  readonly proposed: string;
}

export interface Plan {
  readonly version: 1;
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  /** In the order of deployment; only those that were chosen and what they stand on. */
  readonly stacks: readonly StackPlan[];
  /** Stacks of the lake in the account that the code no longer has. A deployment leaves them alone. */
  readonly leftover: readonly string[];
}

const NOTHING: TemplateDifference = { resources: [], outputs: [], widening: [], other: [] };

export interface StackComparison {
  readonly synthesized: SynthesizedStack;
  readonly deployed: DeployedStack | undefined;
  /** Undefined when there is none. */
  readonly difference: TemplateDifference | undefined;
  readonly fingerprints: { readonly deployed: string | null; readonly proposed: string };
}

/** What becomes of one stack. Where nothing (useful) is deployed, `difference` is that from an empty template. */
export function planStack({ synthesized, deployed, difference = NOTHING, fingerprints }: StackComparison): StackPlan {
  const condition = deployed ? conditionOf(deployed.status) : 'absent';
  const settings = deployed ? settingsThatChange(synthesized, deployed) : [];
  const base = { id: synthesized.id, name: synthesized.name, status: deployed?.status ?? null, settings, ...fingerprints };
  if (condition === 'absent' || condition === 'empty') return { ...base, ...difference, action: 'create', remarks: [] };
  if (condition === 'never-created') return { ...base, ...difference, action: 'recreate', remarks: [`its creation failed (${deployed!.status}): what is left of it is deleted first`] };
  const changes = !isEmpty(difference) || settings.length > 0;
  const remarks = condition === 'rollback-failed' ? [`its last update could not be rolled back (${deployed!.status}): the rollback is finished first`] : [];
  return { ...base, ...difference, action: changes || condition === 'rollback-failed' ? 'update' : 'unchanged', remarks };
}

export function isEmpty({ resources, outputs, widening, other }: TemplateDifference): boolean {
  return [resources, outputs, widening, other].every((list) => list.length === 0);
}

function settingsThatChange(synthesized: SynthesizedStack, deployed: DeployedStack): string[] {
  const changes: string[] = [];
  if (synthesized.terminationProtection !== deployed.terminationProtection) changes.push(`termination protection: ${onOff(deployed.terminationProtection)} → ${onOff(synthesized.terminationProtection)}`);
  const names = [...new Set([...Object.keys(synthesized.tags), ...Object.keys(deployed.tags)])].sort();
  for (const name of names) {
    if (synthesized.tags[name] !== deployed.tags[name]) changes.push(`tag ${name}: ${deployed.tags[name] ?? 'none'} → ${synthesized.tags[name] ?? 'none'}`);
  }
  return changes;
}

const onOff = (value: boolean) => (value ? 'on' : 'off');

export function changedStacks(plan: Plan): readonly StackPlan[] {
  return plan.stacks.filter((stack) => stack.action !== 'unchanged');
}

/** What is lost, or may be, when the plan is carried out: resources that hold data and go, or are made anew. */
export function dataAtRisk(stack: StackPlan): readonly ResourceChange[] {
  return stack.resources.filter(({ type, action }) => DATA_TYPES.has(type) && ['replace', 'may-replace', 'delete', 'orphan'].includes(action));
}

/** Types whose resources hold what cannot be made again from the code: data, keys to data, records of what happened. */
export const DATA_TYPES: ReadonlySet<string> = new Set([
  'AWS::S3::Bucket', 'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::DynamoDB::Table',
  'AWS::EFS::FileSystem', 'AWS::Glue::Database', 'AWS::Glue::Table', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::Cognito::UserPool',
  'AWS::Backup::BackupVault', 'AWS::Kinesis::Stream',
]);

/** Where the account or the code is no longer what a saved plan saw, a sentence each; empty when the plan still holds. */
export function movedOn(saved: Plan, now: Plan): readonly string[] {
  const where = (['environment', 'account', 'region'] as const).filter((key) => saved[key] !== now[key]).map((key) => `${key} was ${saved[key]}, is ${now[key]}`);
  const names = [...new Set([...saved.stacks, ...now.stacks].map((stack) => stack.name))];
  const stacks = names.flatMap((name) => {
    const [then, today] = [saved, now].map((plan) => plan.stacks.find((stack) => stack.name === name));
    if (!then) return [`${name} is new in the code`];
    if (!today) return [`${name} is no longer in the code`];
    if (then.proposed !== today.proposed) return [`the code of ${name} has changed`];
    if (then.deployed !== today.deployed) return [`${name} was changed in the account`];
    return [];
  });
  return [...where, ...stacks];
}

/** Stacks whose templates read one of these outputs of another stack. @param outputs keys by CloudFormation name */
export function readersOf(outputs: ReadonlyMap<string, ReadonlySet<string>>, stacks: readonly SynthesizedStack[]): readonly SynthesizedStack[] {
  return stacks.filter(({ template }) => weakReferences(template).some(({ stack, output }) => outputs.get(stack)?.has(output)));
}

interface WeakReference { readonly stack: string; readonly output: string }

/** Every `Fn::GetStackOutput` in a template. */
function weakReferences(node: unknown): WeakReference[] {
  if (Array.isArray(node)) return node.flatMap(weakReferences);
  if (node === null || typeof node !== 'object') return [];
  const { StackName, OutputName } = (node as { 'Fn::GetStackOutput'?: { StackName?: string; OutputName?: string } })['Fn::GetStackOutput'] ?? {};
  return [...(StackName && OutputName ? [{ stack: StackName, output: OutputName }] : []), ...Object.values(node).flatMap(weakReferences)];
}
