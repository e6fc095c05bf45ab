import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bundleOf } from '../../src/infra/constructs/lake-function.js';
import { hashOfMigrations } from '../../src/infra/constructs/migrations-hash.js';
import { environmentOf, synthesize, temporaryDirectory, type Synthesized } from './support.js';

const POSTGRES = synthesize(environmentOf('dev', { mart: { engine: 'postgres', backupDays: 12, storageGiB: 60, maxStorageGiB: 300 } }));
const AURORA = synthesize(environmentOf('dev', { mart: { engine: 'aurora', readers: 2, minAcu: 1, maxAcu: 8, backupDays: 12 } }));
const only = (lake: Synthesized, type: string) => {
  const found = Object.entries(lake.resources('DataMart', type));
  expect(found).toHaveLength(1);
  return { id: found[0]![0], ...found[0]![1] };
};
const dataKey = { 'Fn::GetStackOutput': expect.objectContaining({ StackName: 'Dev-DataLakeInfrastructureS3BucketZones', OutputName: expect.stringContaining('DataKey') }) };

describe('both engines', () => {
  test.each([['postgres', POSTGRES, 'AWS::RDS::DBInstance'], ['aurora', AURORA, 'AWS::RDS::DBCluster']])('%s is encrypted, backed up, protected, and its password RDS\'s business', (_, lake, type) => {
    expect(only(lake, type).Properties).toMatchObject({
      StorageEncrypted: true, KmsKeyId: dataKey, BackupRetentionPeriod: 12, DeletionProtection: true, CopyTagsToSnapshot: true,
      ManageMasterUserPassword: true, MasterUsername: 'lake', MasterUserSecret: { KmsKeyId: dataKey }, EnableIAMDatabaseAuthentication: true, Port: expect.anything(),
      EnableCloudwatchLogsExports: expect.arrayContaining(['postgresql']),
    });
    for (const { Properties } of Object.values(lake.resources('DataMart', 'AWS::RDS::DBInstance'))) expect(Properties).toMatchObject({ MonitoringInterval: 60, PubliclyAccessible: false, EnablePerformanceInsights: true });
    const { VPCSecurityGroups, VpcSecurityGroupIds } = only(lake, type).Properties;
    expect(JSON.stringify(VPCSecurityGroups ?? VpcSecurityGroupIds)).toMatch(/^\[\{"Fn::GetStackOutput":[^}]*GetAttMart/);
    expect(String(only(lake, type).Properties['Port'])).toBe('5433');
    expect(only(lake, type).Properties).not.toHaveProperty('MasterUserPassword');
  });

  test.each([['postgres', POSTGRES], ['aurora', AURORA]])('%s takes TLS only and logs statements that change the schema', (_, lake) => {
    const groups = { ...lake.resources('DataMart', 'AWS::RDS::DBParameterGroup'), ...lake.resources('DataMart', 'AWS::RDS::DBClusterParameterGroup') };
    const [group, ...others] = Object.values(groups);
    expect(others).toEqual([]);
    expect(group!.Properties['Parameters']).toMatchObject({ 'rds.force_ssl': '1', log_statement: 'ddl', log_connections: '1' });
    expect(group!.Properties['Family']).toMatch(/postgres(ql)?17$/);
  });

  test.each([['postgres', POSTGRES, 'AWS::RDS::DBInstance', 'Endpoint.Address'], ['aurora', AURORA, 'AWS::RDS::DBCluster', 'Endpoint.Address']])('%s says where it is, under the contract\'s keys', (_, lake, type, host) => {
    const { id } = only(lake, type);
    expect(lake.template('DataMart').toJSON()['Outputs']).toMatchObject({
      MartHost: { Value: { 'Fn::GetAtt': [id, host] } },
      MartPort: { Value: { 'Fn::GetAtt': [id, 'Endpoint.Port'] } },
      MartDatabase: { Value: 'lake' },
      MartSecretArn: { Value: { 'Fn::GetAtt': [id, 'MasterUserSecret.SecretArn'] } },
    });
  });

  test('lives in isolated subnets', () => {
    const [group] = Object.values(POSTGRES.resources('DataMart', 'AWS::RDS::DBSubnetGroup'));
    expect(group!.Properties['SubnetIds'].map((id: { 'Fn::GetStackOutput': { OutputName: string } }) => id['Fn::GetStackOutput'].OutputName.replace(/.*?(\w+Subnet\d).*/, '$1')))
      .toEqual([expect.stringContaining('IsolatedSubnet1'), expect.stringContaining('IsolatedSubnet2')]);
  });
});

test('one instance grows as the settings say', () => {
  expect(only(POSTGRES, 'AWS::RDS::DBInstance').Properties).toMatchObject({
    Engine: 'postgres', EngineVersion: '17', DBInstanceClass: 'db.t4g.small', AllocatedStorage: '60', MaxAllocatedStorage: 300, StorageType: 'gp3', MultiAZ: false, DBName: 'lake',
    EnablePerformanceInsights: true, PerformanceInsightsKMSKeyId: dataKey, PubliclyAccessible: false,
  });
});

test('Aurora has a writer and the readers of the settings, all serverless and none public', () => {
  expect(only(AURORA, 'AWS::RDS::DBCluster').Properties).toMatchObject({ Engine: 'aurora-postgresql', DatabaseName: 'lake', ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 8 } });
  const members = Object.values(AURORA.resources('DataMart', 'AWS::RDS::DBInstance'));
  expect(members).toHaveLength(3);
  for (const { Properties } of members) expect(Properties).toMatchObject({ DBInstanceClass: 'db.serverless', PubliclyAccessible: false, EnablePerformanceInsights: true });
});

test.each([['retain', 'Snapshot'], ['destroy', 'Delete']])('removal %s: %s of the database', (removal, policy) => {
  const retention = { removal };
  expect(only(synthesize(environmentOf('dev', { retention })), 'AWS::RDS::DBInstance').DeletionPolicy).toBe(policy);
  expect(only(synthesize(environmentOf('dev', { retention, mart: { engine: 'aurora' } })), 'AWS::RDS::DBCluster').DeletionPolicy).toBe(policy);
});

describe('migrations', () => {
  const { Properties: migrator } = only(POSTGRES, 'AWS::Lambda::Function');

  test('are applied by a hardened function of our own, one at a time, in the VPC', () => {
    expect(migrator).toMatchObject({
      Runtime: 'nodejs24.x', Handler: 'index.handler', ReservedConcurrentExecutions: 1, Timeout: 600, KmsKeyArn: dataKey, TracingConfig: { Mode: 'Active' },
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [expect.stringMatching(/DeadLetters/), 'Arn'] } }, LoggingConfig: { LogGroup: { Ref: expect.stringMatching(/Logs/) }, LogFormat: 'JSON' },
      VpcConfig: { SubnetIds: [expect.anything(), expect.anything()], SecurityGroupIds: [expect.anything()] },
    });
    expect(migrator['Environment'].Variables).toEqual({
      DLP_ENV: 'dev', NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem', MART_DATABASE: 'lake',
      MART_HOST: expect.anything(), MART_PORT: { 'Fn::GetAtt': [expect.stringMatching(/^Mart/), 'Endpoint.Port'] }, MART_SECRET_ARN: expect.anything(),
    });
    expect(JSON.stringify(migrator['VpcConfig'].SubnetIds)).toMatch(/PrivateSubnet1.*PrivateSubnet2/);
  });

  test('dead letters and logs are encrypted', () => {
    expect(only(POSTGRES, 'AWS::SQS::Queue').Properties).toMatchObject({ KmsMasterKeyId: dataKey, RedriveAllowPolicy: { redrivePermission: 'denyAll' } });
    POSTGRES.template('DataMart').hasResourceProperties('AWS::SQS::QueuePolicy', { PolicyDocument: { Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] } });
    expect(only(POSTGRES, 'AWS::Logs::LogGroup').Properties).toMatchObject({ RetentionInDays: 90, KmsKeyId: { 'Fn::GetStackOutput': { OutputName: expect.stringContaining('LogsKey') } } });
  });

  test('may read the one secret, and the function\'s code may not touch the network', () => {
    const [{ Properties }] = Object.values(POSTGRES.resources('DataMart', 'AWS::IAM::ManagedPolicy')) as unknown as [{ Properties: Record<string, any> }];
    const statements: { Effect: string; Action: string | string[]; Resource: unknown; Condition?: object }[] = Properties['PolicyDocument'].Statement;
    expect(statements.filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager'))).toEqual([
      { Effect: 'Allow', Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Mart/), 'MasterUserSecret.SecretArn'] } },
    ]);
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action).filter((action) => action.startsWith('ec2:')).sort();
    const denied = statements.filter(({ Effect }) => Effect === 'Deny');
    expect(denied).toEqual([expect.objectContaining({ Resource: '*', Condition: { ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu-west-2:111111111111:function:*' } } })]);
    expect([denied[0]!.Action].flat().sort()).toEqual(allowed);
  });

  test('run when, and only when, their files change', () => {
    expect(only(POSTGRES, 'Custom::MartMigrations').Properties['MigrationsHash']).toBe(hashOfMigrations(path.join(bundleOf('mart-migrations'), 'migrations')));

    const folder = temporaryDirectory();
    const put = (name: string, text: string) => { writeFileSync(path.join(folder, name), text); return hashOfMigrations(folder); };
    const first = put('1_a.sql', 'select 1;');
    expect(put('notes.txt', 'not a migration')).toBe(first);
    const second = put('2_b.sql', 'select 2;');
    const edited = put('1_a.sql', 'select 3;');
    expect(new Set([first, second, edited]).size).toBe(3);
    expect(put('1_a.sql', 'select 1;')).toBe(second);
  });

  test('wait for the database, not only for its name', () => {
    const custom = AURORA.template('DataMart').toJSON()['Resources'];
    const migrations = Object.values(custom as Record<string, { Type: string; DependsOn: string[] }>).find(({ Type }) => Type === 'Custom::MartMigrations');
    expect(migrations!.DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/Writer/)]));
  });
});

test('a bundle that was not built is named', () => {
  expect(() => bundleOf('nobody')).toThrow('dist/lambdas/nobody has no index.mjs: run `npm run build` first');
});
