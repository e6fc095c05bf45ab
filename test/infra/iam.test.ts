import { describe, expect, test } from '@jest/globals';
import { environmentOf, synthesize, type Synthesized } from './support.js';

interface Statement { Effect: string; Action: string | string[]; Resource: unknown; Condition?: Record<string, Record<string, unknown>> }
const lake = synthesize(environmentOf('dev'));
const role = (of: Synthesized, id: string) => Object.entries(of.resources('Iam', 'AWS::IAM::Role')).find(([logical]) => logical.startsWith(id));
const grants = (of: Synthesized, id: string): Statement[] => {
  const logical = role(of, id)![0];
  const policy = Object.values(of.resources('Iam', 'AWS::IAM::ManagedPolicy')).find(({ Properties }) => JSON.stringify(Properties['Roles']) === JSON.stringify([{ Ref: logical }]));
  return policy!.Properties['PolicyDocument'].Statement;
};
const actions = (statements: Statement[], on = '') => statements.filter(({ Resource }) => JSON.stringify(Resource).includes(on)).flatMap(({ Action }) => Action).sort();

describe('the analyst', () => {
  const statements = grants(lake, 'Analyst');

  test('reads the tables of gold and writes query results, nothing else', () => {
    const writes = statements.filter(({ Action }) => [Action].flat().some((action) => /^s3:(Put|Delete)/.test(action)));
    expect(writes.map(({ Resource }) => JSON.stringify(Resource))).toEqual([expect.stringMatching(/Gold.*\/athena\/\*/)]);
    expect(JSON.stringify(statements)).not.toContain('Landing');
    expect(actions(statements, '/tables/*')).toEqual(['s3:GetObject', 's3:GetObjectVersion']);
  });

  test('queries in this environment\'s workgroup and catalog', () => {
    expect(actions(statements, 'arn:aws:athena:eu-west-2:111111111111:workgroup/dlp-dev')).toContain('athena:StartQueryExecution');
    expect(actions(statements, 'table/dlp_dev_gold/*')).toEqual(['glue:GetDatabase', 'glue:GetPartition', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables']);
  });
});

describe('the data engineer', () => {
  const statements = grants(lake, 'DataEngineer');

  test('puts files into the landing zone and reads all of gold', () => {
    expect(actions(statements, 'Landing')).toEqual(expect.arrayContaining(['s3:PutObject', 's3:GetObject']));
    const writable = statements.filter(({ Action }) => [Action].flat().includes('s3:PutObject')).map(({ Resource }) => JSON.stringify(Resource)).join();
    expect(writable).not.toMatch(/Gold[^/]*\/\*/);
  });

  test('runs and stops only what carries this environment\'s tags', () => {
    for (const action of ['states:StartExecution', 'glue:BatchStopJobRun', 'logs:FilterLogEvents']) {
      const [statement, ...others] = statements.filter(({ Action }) => [Action].flat().includes(action));
      expect(others).toEqual([]);
      expect(statement!.Condition).toEqual({ StringEquals: { 'aws:ResourceTag/Project': 'lake', 'aws:ResourceTag/Environment': 'dev' } });
    }
  });
});

test('the data engineer reads what dlp status shows, and no value of a secret by name', () => {
  const statements = grants(lake, 'DataEngineer');
  expect(actions(statements.filter(({ Resource }) => Resource === '*'))).toEqual(['cloudformation:DescribeStacks', 'cloudwatch:DescribeAlarms', 'secretsmanager:ListSecrets']);
  expect(actions(statements, 'secret:dlp/dev/*')).toEqual(['secretsmanager:DescribeSecret']);
  expect(actions(statements, 'parameter/dlp/dev/last-deploy')).toEqual(['ssm:GetParameter']);
});

test('nobody of the lake may change identities, leave the account\'s Region or use another key', () => {
  const boundary = Object.values(lake.resources('Iam', 'AWS::IAM::ManagedPolicy')).find(({ Properties }) => !Properties['Roles']);
  const statements: Statement[] = boundary!.Properties['PolicyDocument'].Statement;
  const everything = actions(statements);
  expect(everything.filter((action) => /^(\*|iam:|sts:|organizations:|kms:\*|s3:\*|ec2:\*)/.test(action))).toEqual([]);
  const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(({ Action }) => Action);
  expect(wide.filter((action) => action.endsWith('*'))).toEqual([]);
  for (const arn of JSON.stringify(statements).match(/arn:aws:(?!s3)[^"]*/g)!) expect(arn).toContain(':eu-west-2:111111111111:');
});

describe('the deployer', () => {
  const github = (settings: object, branch?: string) => synthesize(environmentOf('dev', { branch, github: { repository: 'acme/lake', ...settings } }));

  test('is there only where GitHub deploys', () => {
    expect(role(lake, 'Deployer')).toBeUndefined();
    expect(lake.resources('Iam', 'AWS::IAM::OIDCProvider')).toEqual({});
  });

  test('is assumed by that repository\'s branch and environment, and by nobody else', () => {
    const provider = Object.keys(github({}, 'develop').resources('Iam', 'AWS::IAM::OIDCProvider'));
    expect(provider).toHaveLength(1);
    expect(role(github({}, 'develop'), 'Deployer')![1].Properties['AssumeRolePolicyDocument'].Statement).toEqual([{
      Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated: expect.anything() },
      Condition: { StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': ['repo:acme/lake:environment:dev', 'repo:acme/lake:ref:refs/heads/develop'],
      } },
    }]);
  });

  test('uses the provider that the account has already', () => {
    const existing = github({ createProvider: false });
    expect(existing.resources('Iam', 'AWS::IAM::OIDCProvider')).toEqual({});
    expect(role(existing, 'Deployer')![1].Properties['AssumeRolePolicyDocument'].Statement[0].Principal.Federated).toBe('arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com');
  });

  test('may assume the CDK\'s own roles of this account and Region; by itself it reads, holds the lock and writes the record', () => {
    const statements = grants(github({}), 'Deployer');
    expect(actions(statements.filter(({ Resource }) => Resource === '*'))).toEqual(['cloudformation:DescribeStacks']);
    expect(actions(statements, 'stack/Dev-DataLakeInfrastructure*')).toEqual(['cloudformation:CancelUpdateStack', 'cloudformation:DescribeStackEvents', 'cloudformation:GetTemplate', 'cloudformation:UpdateTerminationProtection']);
    expect(statements.filter(({ Action }) => [Action].flat().includes('ssm:PutParameter')).map(({ Resource }) => Resource)).toEqual([
      ['deploy-lock', 'last-deploy'].map((name) => `arn:aws:ssm:eu-west-2:111111111111:parameter/dlp/dev/${name}`),
    ]);
    expect(actions(statements).filter((action) => !/^(cloudformation|ssm):/.test(action))).toEqual(['sts:AssumeRole']);
    expect(statements.find(({ Action }) => Action === 'sts:AssumeRole')!.Resource).toEqual(
      ['deploy', 'file-publishing', 'image-publishing', 'lookup'].map((part) => `arn:aws:iam::111111111111:role/cdk-hnb659fds-${part}-role-111111111111-eu-west-2`),
    );
  });
});
