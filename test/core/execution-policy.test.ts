import { executionPolicies, partitionOf, policyTemplate, POLICY_SIZE, type ExecutionPolicy, type LakeTemplate } from '../../src/core/execution-policy.js';
import type { Environment, EnvironmentName } from '../../src/core/environment.js';
import { environmentOf, jobOf, shortName, synthesize } from '../infra/support.js';
import { isAllowed } from '../support/iam-evaluator.js';
import { callsFor, callsForEveryStack } from './cloudformation-calls.js';

interface Lake { readonly environment: Environment; readonly templates: readonly LakeTemplate[]; readonly policies: readonly ExecutionPolicy[] }

function lake(name: EnvironmentName, settings: Readonly<Record<string, unknown>>): Lake {
  const environment = environmentOf(name, settings);
  const { stacks, template } = synthesize(environment, [jobOf('orders'), jobOf('daily', { trigger: { schedule: 'cron(0 3 * * ? *)' } })]);
  const templates = stacks.map((stack): LakeTemplate => ({ name: stack.stackName, template: template(shortName(stack)).toJSON() }));
  return { environment, templates, policies: executionPolicies(environment, templates) };
}

/** Every setting that adds a type of resource. */
const EVERYTHING = { mart: { engine: 'aurora', readers: 1 }, network: { natGateways: 1 }, github: { repository: 'example/lake' }, alarms: { emails: ['someone@example.com'] }, branch: 'main' };

describe.each<[EnvironmentName, Readonly<Record<string, unknown>>]>([
  ['local', { local: {} }], ['dev', {}], ['test', { ...EVERYTHING, network: { natGateways: 0, flowLogs: false } }], ['prod', EVERYTHING],
])('the execution policies of %s', (name, settings) => {
  let made: Lake;
  beforeAll(() => { made = lake(name, settings); });
  const allowed = (action: string, resource: string, facts = {}) => isAllowed(made.policies, action, resource, facts);

  it('allow what CloudFormation calls for every resource of the templates', () => {
    const { environment, templates, policies } = made;
    const resources = templates.flatMap(({ name: stack, template }) => Object.entries(template.Resources ?? {}).map(([id, { Type, Properties = {} }]) => ({ stack, id, Type, Properties })));
    const calls = [...callsForEveryStack(environment), ...resources.flatMap((resource) => callsFor(environment, resource))];
    expect(resources.length).toBeGreaterThan(100);
    expect(calls.filter(({ action, resource, facts }) => !isAllowed(policies, action, resource, facts))).toEqual([]);
  });

  it('fit into managed policies, and into one role', () => {
    expect(made.policies.length).toBeLessThanOrEqual(10);
    for (const { document } of made.policies) expect(JSON.stringify(document).length).toBeLessThanOrEqual(POLICY_SIZE);
    expect(new Set(made.policies.map(({ id }) => id)).size).toBe(made.policies.length);
  });

  it('touch no identity but the roles and policies of this lake', () => {
    const { account } = made.environment;
    const role = (it: string) => `arn:aws:iam::${account}:role/${it}`;
    const writes = ['CreateRole', 'PutRolePolicy', 'UpdateAssumeRolePolicy', 'DeleteRolePermissionsBoundary', 'DeleteRole'].map((action) => `iam:${action}`);
    for (const other of ['Admin', `cdk-hnb659fds-cfn-exec-role-${account}-eu-west-2`, 'Other-DataLakeInfrastructureIam-X', 'OrganizationAccountAccessRole']) {
      expect(writes.filter((action) => allowed(action, role(other)))).toEqual([]);
      expect(allowed('iam:PassRole', role(other), { 'iam:PassedToService': 'lambda.amazonaws.com' })).toBe(false);
    }
    expect(['iam:CreateUser', 'iam:CreateAccessKey', 'iam:AttachUserPolicy', 'iam:CreateLoginProfile', 'sts:AssumeRole', 'organizations:LeaveOrganization'].filter((action) => allowed(action, '*'))).toEqual([]);
    // Its own policies: what it may do is not for it to say.
    expect(allowed('iam:CreatePolicyVersion', `arn:aws:iam::${account}:policy/DlpExecutionPolicies-${made.environment.title}-Identity-0123`)).toBe(false);
  });

  it('attach no policy to a role but those of the lake and those of AWS that the templates name', () => {
    const mine = `arn:aws:iam::${made.environment.account}:role/${made.environment.title}-DataLakeInfrastruct-X-1`;
    expect(allowed('iam:AttachRolePolicy', mine, { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' })).toBe(false);
    expect(allowed('iam:AttachRolePolicy', mine)).toBe(false);
    expect(allowed('iam:AttachRolePolicy', mine, { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs' })).toBe(true);
  });

  it('pass roles to the services of the lake only', () => {
    const mine = `arn:aws:iam::${made.environment.account}:role/${made.environment.title}-DataLakeInfrastruct-X-1`;
    expect(allowed('iam:PassRole', mine, { 'iam:PassedToService': 'lambda.amazonaws.com' })).toBe(true);
    expect(allowed('iam:PassRole', mine, { 'iam:PassedToService': 'ec2.amazonaws.com' })).toBe(false);
    expect(allowed('iam:PassRole', mine)).toBe(false);
  });

  it('stay in the account, the Region and the lake', () => {
    const { account, title, name: own } = made.environment;
    expect(allowed('lambda:CreateFunction', `arn:aws:lambda:eu-west-2:${account}:function:${title}-DataLakeX`)).toBe(true);
    expect(allowed('lambda:CreateFunction', `arn:aws:lambda:us-east-1:${account}:function:${title}-DataLakeX`)).toBe(false);
    expect(allowed('lambda:CreateFunction', `arn:aws:lambda:eu-west-2:999999999999:function:${title}-DataLakeX`)).toBe(false);
    expect(allowed('lambda:CreateFunction', `arn:aws:lambda:eu-west-2:${account}:function:other`)).toBe(false);
    expect(allowed('s3:DeleteBucket', 'arn:aws:s3:::somebody-elses')).toBe(false);
    expect(allowed('s3:GetObject', `arn:aws:s3:::${own}-datalakeinfrastructures3bucketzones-landing0/orders/a.csv`)).toBe(false);
    expect(allowed('kms:Decrypt', `arn:aws:kms:eu-west-2:${account}:key/1`)).toBe(false);
  });

  it('have no action with a wildcard, and no write on everything but those that AWS offers for nothing narrower', () => {
    const statements = made.policies.flatMap(({ document }) => document.Statement);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    const everywhere = statements.filter(({ Resource }) => Resource.includes('*')).flatMap(({ Action }) => Action).filter((action) => !/:(Describe|List|Get)/.test(action));
    expect([...new Set(everywhere)].sort().filter((action) => !NOTHING_NARROWER.includes(action))).toEqual([]);
  });
});

const NOTHING_NARROWER = ['glue:CreateSecurityConfiguration', 'glue:DeleteSecurityConfiguration', 'kms:CreateKey', 'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:PutResourcePolicy', 'sns:SetSubscriptionAttributes', 'sns:Unsubscribe'];

describe('executionPolicies', () => {
  const environment = environmentOf('dev');
  const one = (Type: string): LakeTemplate => ({ name: 'Dev-DataLakeInfrastructureX', template: { Resources: { Thing: { Type } } } });

  it('names a type that nobody has said anything about', () => {
    expect(() => executionPolicies(environment, [one('AWS::Lightsail::Disk')])).toThrow(expect.objectContaining({ code: 'POLICY_TYPE_UNKNOWN', message: expect.stringMatching(/Dev-DataLakeInfrastructureX: Thing.*AWS::Lightsail::Disk/) }));
  });

  it('grow with the templates only', () => {
    const small = executionPolicies(environment, [one('AWS::SQS::Queue')]);
    expect(isAllowed(small, 'sqs:CreateQueue', 'arn:aws:sqs:eu-west-2:111111111111:Dev-DataLakeX')).toBe(true);
    expect(isAllowed(small, 'sns:CreateTopic', 'arn:aws:sns:eu-west-2:111111111111:Dev-DataLakeX')).toBe(false);
    expect(isAllowed(small, 'iam:PassRole', 'arn:aws:iam::111111111111:role/Dev-DataLakeX', { 'iam:PassedToService': 'lambda.amazonaws.com' })).toBe(false);
  });

  it('are for the qualifier of the environment, and for the partition of the Region', () => {
    const [policy] = executionPolicies(environmentOf('dev', { bootstrap: { qualifier: 'lake' } }), []).filter(({ id }) => id === 'Compute');
    expect(JSON.stringify(policy)).toContain('parameter/cdk-bootstrap/lake/version');
    expect(['eu-west-2', 'cn-north-1', 'us-gov-west-1'].map(partitionOf)).toEqual(['aws', 'aws-cn', 'aws-us-gov']);
    expect(JSON.stringify(executionPolicies(environmentOf('dev', { region: 'cn-north-1' }), [one('AWS::S3::Bucket')]))).not.toContain('arn:aws:');
  });

  it('keep a policy that is no longer needed, without rights: a role still has it', () => {
    const { Resources, Outputs } = policyTemplate(environment, executionPolicies(environment, []), ['Compute', 'Data', 'Data2']) as { Resources: Record<string, { Properties: { PolicyDocument: ExecutionPolicy['document'] } }>; Outputs: object };
    expect(Object.keys(Resources)).toEqual(['Compute', 'Data', 'Data2', 'Identity', 'Network']);
    expect(Object.keys(Outputs)).toEqual(Object.keys(Resources));
    expect(Resources['Data2']!.Properties.PolicyDocument.Statement).toEqual([{ Effect: 'Allow', Action: ['sts:GetCallerIdentity'], Resource: ['*'] }]);
  });
});
