// The stack Lambda: what each function may do, the first files of the lake, and the rule that closes lost runs.
import { describe, expect, test } from '@jest/globals';
import { LAKE_FILES } from '../../src/infra/lake-files.js';
import { allowed, plain, statementsOf } from './statements.js';
import { ORDERS } from './fixtures/jobs.js';
import { environmentOf, synthesize } from './support.js';

const lake = synthesize(environmentOf('dev'), [ORDERS]);
const template = lake.template('Lambda');

function variablesOf(id: string): Record<string, string> {
  const found = Object.entries(lake.resources('Lambda', 'AWS::Lambda::Function')).find(([logicalId]) => logicalId.startsWith(id))!;
  return Object.fromEntries(Object.entries(found[1].Properties['Environment'].Variables).map(([name, value]) => [name, plain(value)]));
}

describe('the auditor', () => {
  const statements = statementsOf(template, 'JobAuditorRole');

  test('knows its buckets and its mart', () => {
    const variables = variablesOf('JobAuditor');
    expect(variables).toMatchObject({ DLP_ENV: 'dev', GOLD_BUCKET: '<Gold>', LANDING_BUCKET: '<Landing>', MART_DATABASE: 'lake' });
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(['MART_HOST', 'MART_PORT', 'MART_SECRET_ARN']));
  });

  test('reads landing, the documents of runs and the secret, and writes no object', () => {
    for (const action of ['s3:GetObject', 's3:GetObjectVersion']) expect(allowed(statements, action)).toEqual(['<GoldArn>/_dlp/*', '<LandingArn>/*']);
    expect(allowed(statements, 'secretsmanager:GetSecretValue')).toEqual([variablesOf('JobAuditor')['MART_SECRET_ARN']]);
    expect(statements.flatMap(({ actions }) => actions).filter((action) => /^s3:(Put|Delete)/.test(action))).toEqual([]);
  });
});

test('the query function reaches the mart and no bucket', () => {
  const statements = statementsOf(template, 'MartQueryRole');
  expect(allowed(statements, 'secretsmanager:GetSecretValue')).toHaveLength(1);
  expect(statements.flatMap(({ actions }) => actions).filter((action) => action.startsWith('s3:'))).toEqual([]);
  expect(Object.keys(variablesOf('MartQuery')).filter((name) => name.endsWith('_BUCKET'))).toEqual([]);
});

describe('the first files', () => {
  const [resource] = Object.values(lake.resources('Lambda', 'Custom::LakeFiles'));
  const files = JSON.parse(plain(resource!.Properties['Files'])) as { bucket: string; key: string; body: string }[];

  test('are those of lake-files.ts, each in the bucket of its zone', () => {
    expect(files).toEqual(LAKE_FILES.map(({ zone, key, body }) => ({ bucket: zone === 'gold' ? '<Gold>' : '<Landing>', key, body })));
  });

  test('cover every prefix of gold, and put nothing below a prefix of landing, where it would start a job', () => {
    expect(files.filter(({ bucket }) => bucket === '<Gold>').map(({ key }) => key).filter((key) => key.includes('/')).sort())
      .toEqual(['_dlp/.keep', 'athena/.keep', 'quarantine/.keep', 'tables/.keep']);
    expect(files.filter(({ bucket, key }) => bucket === '<Landing>' && key.includes('/'))).toEqual([]);
  });

  test('are all that their function may write', () => {
    const statements = statementsOf(template, 'LakeFilesRole');
    expect(allowed(statements, 's3:PutObject')).toEqual(LAKE_FILES.map(({ zone, key }) => `${zone === 'gold' ? '<GoldArn>' : '<LandingArn>'}/${key}`).sort());
    expect(allowed(statements, 's3:GetObject')).toEqual([]);
    expect(allowed(statements, 'kms:GenerateDataKey')).toEqual(['<DataKeyArn>']);
  });

  test('are asked for after the function has its permissions', () => {
    const [, { DependsOn }] = Object.entries(template.findResources('Custom::LakeFiles'))[0]! as [string, { DependsOn: string[] }];
    expect([DependsOn].flat().map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toContain('LakeFilesRoleGrants');
  });
});

describe('the rule for ended executions', () => {
  const [rule] = Object.values(lake.resources('Lambda', 'AWS::Events::Rule'));
  const pattern = rule!.Properties['EventPattern'];

  const matches = (stateMachineArn: string, status: string) => pattern.detail.status.includes(status)
    && pattern.detail.stateMachineArn.some(({ prefix }: { prefix: string }) => stateMachineArn.startsWith(prefix));
  const arn = (name: string) => `arn:aws:states:eu-west-2:111111111111:stateMachine:${name}`;

  test('listens to Step Functions', () => {
    expect(pattern.source).toEqual(['aws.states']);
    expect(pattern['detail-type']).toEqual(['Step Functions Execution Status Change']);
  });

  test.each(['FAILED', 'TIMED_OUT', 'ABORTED'])('hears of %s', (status) => {
    expect(matches(arn('DevEtlOrders-Xa81mKq'), status)).toBe(true);
  });

  test.each(['RUNNING', 'SUCCEEDED'])('does not hear of %s', (status) => {
    expect(matches(arn('DevEtlOrders-Xa81mKq'), status)).toBe(false);
  });

  test('hears of the machines of this environment, whichever way CloudFormation names them, and of no other', () => {
    const [machine] = Object.keys(lake.resources('EtlOrders', 'AWS::StepFunctions::StateMachine'));
    expect(matches(arn(`${machine}-Xa81mKq`), 'FAILED')).toBe(true);
    expect(matches(arn(`Dev-DataLakeInfrastructureEtlOrders-${machine}-Xa81mKq`), 'FAILED')).toBe(true);
    for (const other of ['TestEtlOrders-Xa81mKq', 'Test-DataLakeInfrastructureEtlOrders-x', 'EtlOrders', 'Development-Etl']) expect(matches(arn(other), 'FAILED')).toBe(false);
  });

  test('keeps what it could not deliver', () => {
    const [target] = rule!.Properties['Targets'];
    expect(plain(target.Arn)).toBe('<JobAuditorFunction.Arn>');
    expect(plain(target.DeadLetterConfig.Arn)).toBe('<UndeliveredEvents.Arn>');
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 });
    expect(JSON.stringify(template.findResources('AWS::SQS::QueuePolicy'))).toContain('"Service":"events.amazonaws.com"');
  });
});

test('the outputs are those that the CLI reads', () => {
  expect(Object.keys(template.toJSON()['Outputs']).filter((key) => !key.startsWith('PublishOutput')).sort()).toEqual(['JobAuditorName', 'MartQueryName']);
});

test('analysts and data engineers may ask the mart, and invoke nothing else here', () => {
  const policies = Object.entries(lake.resources('Lambda', 'AWS::IAM::ManagedPolicy')).filter(([id]) => id.startsWith('MartReaders'));
  expect(policies).toHaveLength(1);
  const { Roles, PolicyDocument } = policies[0]![1].Properties as { Roles: unknown[]; PolicyDocument: { Statement: { Action: string; Resource: { 'Fn::GetAtt': string[] } }[] } };
  expect(Roles).toHaveLength(2);
  expect(PolicyDocument.Statement).toHaveLength(1);
  expect(PolicyDocument.Statement[0]!.Action).toBe('lambda:InvokeFunction');
  expect(PolicyDocument.Statement[0]!.Resource['Fn::GetAtt'][0]).toMatch(/^MartQueryFunction/);
});
