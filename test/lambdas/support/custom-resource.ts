// CloudFormation's side of a custom resource.
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

export function resourceEvent(type: 'Create' | 'Update' | 'Delete', properties: Record<string, unknown> = {}): CloudFormationCustomResourceEvent {
  return {
    RequestType: type, ServiceToken: 'arn:function', ResponseURL: 'https://answers.invalid/presigned?Signature=s3cr3t', StackId: 'arn:stack', RequestId: 'r1',
    LogicalResourceId: 'Migrations', ResourceType: 'Custom::X', ResourceProperties: { ServiceToken: 'arn:function', ...properties },
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'the-id-of-before' }), ...(type === 'Update' ? { OldResourceProperties: {} } : {}),
  } as CloudFormationCustomResourceEvent;
}

export const seconds = (count: number) => ({ getRemainingTimeInMillis: () => count * 1000 });

export function recordAnswers() {
  const answers: any[] = [];
  return { answers, answering: { put: (url: string, body: string) => { answers.push({ url, ...JSON.parse(body) }); return Promise.resolve(); } } };
}
