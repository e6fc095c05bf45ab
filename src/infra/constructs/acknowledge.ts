// Acknowledges a wildcard in a policy to the judges (cdk-nag), one finding at a time and next to the grant that makes it.
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `Action::s3:*` or `Resource::<arn>`; tokens are allowed. */
export type WildcardFinding = `Action::${string}` | `Resource::${string}`;

export function acknowledgeWildcards(scope: IConstruct, findings: readonly WildcardFinding[], reason: string): void {
  // The judge's name of a finding holds the ARN as it stands in the template, and a reference to another stack has its
  // final form only after the whole app is prepared, right before validation.
  scope.node.addValidation({
    validate: () => {
      for (const finding of findings) Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[${flatten(Stack.of(scope).resolve(finding))}]`, reason });
      return [];
    },
  });
}

/** As cdk-nag writes an intrinsic: joined, with references in angle brackets and anything else as JSON. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute, Ref: reference } = value as { 'Fn::Join'?: [string, unknown[]]; 'Fn::GetAtt'?: string[]; Ref?: string };
  if (join) return join[1].map(flatten).join(join[0]);
  if (attribute) return `<${attribute.join('.')}>`;
  return reference ? `<${reference}>` : JSON.stringify(value);
}
