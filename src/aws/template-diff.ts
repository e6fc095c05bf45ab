// Compares templates with the CDK's own library, which knows for each property of each type whether a change replaces
// the resource. Loads no toolkit and calls nothing.
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { formatDifferences, fullDiff, ResourceImpact, type ResourceDifference, type TemplateDiff } from '@aws-cdk/cloudformation-diff';
import { canonical } from '../core/compare-code.js';
import type { TemplateDiffer } from '../core/deployment.js';
import type { ResourceAction, ResourceChange, TemplateDifference } from '../core/plan.js';

type Paths = Readonly<Record<string, string>>;

const ACTIONS: Readonly<Partial<Record<ResourceImpact, ResourceAction>>> = {
  [ResourceImpact.WILL_CREATE]: 'create', [ResourceImpact.WILL_UPDATE]: 'update', [ResourceImpact.WILL_REPLACE]: 'replace',
  [ResourceImpact.MAY_REPLACE]: 'may-replace', [ResourceImpact.WILL_DESTROY]: 'delete', [ResourceImpact.WILL_ORPHAN]: 'orphan',
};
const SECTIONS = ['conditions', 'mappings', 'metadata', 'parameters', 'unknown'] as const;
const LINES = ['awsTemplateFormatVersion', 'description', 'transform'] as const;

export class CdkTemplateDiffer implements TemplateDiffer {
  compare(before: object | undefined, after: object, paths: Paths): TemplateDifference {
    const difference = fullDiff(before ?? {}, after);
    const resources: ResourceChange[] = [];
    difference.resources.forEachDifference((logicalId, change) => { resources.push(...resourceChange(logicalId, change, paths)); });
    return {
      resources,
      outputs: difference.outputs.logicalIds,
      widening: wideningOf(difference, paths),
      other: [
        ...LINES.filter((line) => difference[line]?.isDifferent),
        ...SECTIONS.flatMap((section) => difference[section].logicalIds.map((id) => `${section}: ${id}`)),
      ],
    };
  }

  describe(before: object | undefined, after: object, paths: Paths): string {
    const chunks: string[] = [];
    const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => { chunks.push(chunk.toString()); done(); } });
    formatDifferences(stream, fullDiff(before ?? {}, after), { ...paths });
    return chunks.join('').trimEnd();
  }

  digest(value: unknown): string {
    return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32);
  }
}

function resourceChange(logicalId: string, change: ResourceDifference, paths: Paths): ResourceChange[] {
  const action = ACTIONS[change.changeImpact];
  // Metadata and policies of deletion change nothing of the resource itself, but the template: an update without effect.
  if (!action && !change.isDifferent) return [];
  const properties = change.isAddition || change.isRemoval ? [] : [...Object.keys(change.propertyUpdates), ...Object.keys(change.otherChanges)];
  return [{ logicalId, path: paths[logicalId] ?? logicalId, type: change.newResourceType ?? change.oldResourceType ?? '', action: action ?? 'update', properties }];
}

function wideningOf({ iamChanges, securityGroupChanges }: TemplateDiff, paths: Paths): string[] {
  const readable = (text: string) => text.replace(/\$\{([\w:]+?)(\.\w+)?\}/g, (whole, id: string) => paths[id] ?? whole);
  const list = ({ not, values }: { not: boolean; values: readonly string[] }) => (not ? 'anything but ' : '') + values.map(readable).join(', ');
  const sentence = (statement: (typeof iamChanges.statements.additions)[number]) =>
    `${statement.effect} ${list(statement.actions)} on ${list(statement.resources) || 'itself'}${statement.principals.empty ? '' : ` to ${list(statement.principals)}`}${statement.condition ? ` when ${JSON.stringify(statement.condition)}` : ''}`;
  const statements = iamChanges.statements;
  return [
    ...statements.additions.filter((statement) => !statement.isNegativeStatement).map(sentence),
    ...statements.removals.filter((statement) => statement.isNegativeStatement).map((statement) => `no longer: ${sentence(statement)}`),
    ...iamChanges.managedPolicies.additions.map(({ identityArn, managedPolicyArn }) => `managed policy ${readable(managedPolicyArn)} for ${readable(identityArn)}`),
    ...securityGroupChanges.ingress.additions.map((rule) => `traffic into ${readable(rule.groupId)}: ${rule.describeProtocol()} from ${readable(rule.describePeer())}`),
    ...securityGroupChanges.egress.additions.map((rule) => `traffic out of ${readable(rule.groupId)}: ${rule.describeProtocol()} to ${readable(rule.describePeer())}`),
  ];
}
