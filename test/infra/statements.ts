// Reads the policies of a template as a person would: intrinsics become short names, so that a test can say what it expects.
import type { Template } from 'aws-cdk-lib/assertions';

export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: unknown;
}

/** `arn:…/<GoldArn>/tables/*`: references to other stacks and resources in angle brackets, without the CDK's hashes. */
export function plain(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  const intrinsic = value as Record<string, unknown>;
  if ('Fn::Join' in intrinsic) {
    const [separator, parts] = intrinsic['Fn::Join'] as [string, unknown[]];
    return parts.map(plain).join(separator);
  }
  if ('Fn::GetStackOutput' in intrinsic) {
    const { OutputName } = intrinsic['Fn::GetStackOutput'] as { OutputName: string };
    return `<${unhashed(OutputName.replace(/^PublishOutput(FnGetAtt|Ref)/, ''))}>`;
  }
  if ('Ref' in intrinsic) return `<${unhashed(intrinsic['Ref'] as string)}>`;
  if ('Fn::GetAtt' in intrinsic) return `<${(intrinsic['Fn::GetAtt'] as string[]).map(unhashed).join('.')}>`;
  return JSON.stringify(value);
}

/** The statements of the managed policy whose logical id begins so. */
export function statementsOf(template: Template, policy: string): Statement[] {
  const found = Object.entries(template.findResources('AWS::IAM::ManagedPolicy')).filter(([id]) => id.startsWith(policy));
  if (found.length !== 1) throw new Error(`${found.length} policies begin with ${policy}`);
  return read(found[0]![1]);
}

/** Every statement of every policy in the template, managed or inline. */
export function allStatements(template: Template): Statement[] {
  return ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy'].flatMap((type) => Object.values(template.findResources(type)).flatMap(read));
}

/** The resources on which the policy allows the action, sorted. */
export function allowed(statements: readonly Statement[], action: string): string[] {
  return statements.filter(({ effect, actions }) => effect === 'Allow' && actions.includes(action)).flatMap(({ resources }) => resources).sort();
}

/** Actions that the template allows on everything, sorted. */
export function allowedOnAll(template: Template): string[] {
  const open = allStatements(template).filter(({ effect, resources }) => effect === 'Allow' && resources.includes('*'));
  return [...new Set(open.flatMap(({ actions }) => actions))].sort();
}

function read(policy: Record<string, any>): Statement[] {
  const statements = policy['Properties'].PolicyDocument.Statement as { Effect: string; Action: string | string[]; Resource: unknown; Condition?: unknown }[];
  return statements.map(({ Effect, Action, Resource, Condition }) => ({
    effect: Effect, actions: [Action].flat(), resources: [Resource].flat().map(plain), condition: Condition,
  }));
}

function unhashed(id: string): string {
  return id.replace(/[0-9A-F]{8}/g, '');
}
