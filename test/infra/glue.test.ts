// The stack Glue: what every job shares.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { App, Stack, aws_ec2 as ec2, aws_kms as kms, aws_s3 as s3, aws_secretsmanager as secretsmanager } from 'aws-cdk-lib';
import type { MartConnection } from '../../src/infra/constructs/mart-connection.js';
import { GlueStack } from '../../src/infra/stacks/glue.js';
import { scratch } from './scratch.js';
import { plain } from './statements.js';
import { environmentOf, synthesize } from './support.js';

const environment = environmentOf('dev');
const lake = synthesize(environment);
const template = lake.template('Glue');

test('the database has the name that Athena users type, and its tables lie in gold', () => {
  template.hasResourceProperties('AWS::Glue::Database', { CatalogId: '111111111111', DatabaseInput: { Name: 'dlp_dev_gold' } });
  const [database] = Object.values(template.findResources('AWS::Glue::Database'));
  expect(plain(database!['Properties'].DatabaseInput.LocationUri)).toBe('s3://<Gold>/tables/');
  template.hasOutput('GoldDatabaseName', { Value: 'dlp_dev_gold' });
});

test.each([['retain', 'Retain'], ['destroy', 'Delete']])('with removal %s the database is left to %s', (removal, policy) => {
  const made = synthesize(environmentOf('dev', { retention: { removal } })).template('Glue');
  made.hasResource('AWS::Glue::Database', { DeletionPolicy: policy });
  // It holds nothing and has a fixed name: kept, it would be in the way of the next deployment.
  made.hasResource('AWS::Glue::SecurityConfiguration', { DeletionPolicy: 'Delete' });
});

test('a job encrypts what it writes, logs and remembers with keys of the lake', () => {
  const [configuration] = Object.values(template.findResources('AWS::Glue::SecurityConfiguration'));
  const { S3Encryptions, CloudWatchEncryption, JobBookmarksEncryption } = configuration!['Properties'].EncryptionConfiguration;
  expect(S3Encryptions.map((e: Record<string, unknown>) => [e['S3EncryptionMode'], plain(e['KmsKeyArn'])])).toEqual([['SSE-KMS', '<DataKeyArn>']]);
  expect([CloudWatchEncryption.CloudWatchEncryptionMode, plain(CloudWatchEncryption.KmsKeyArn)]).toEqual(['SSE-KMS', '<LogsKeyArn>']);
  expect([JobBookmarksEncryption.JobBookmarksEncryptionMode, plain(JobBookmarksEncryption.KmsKeyArn)]).toEqual(['CSE-KMS', '<DataKeyArn>']);
});

test('the connection enforces TLS, names the secret instead of holding it, and stands in a private subnet', () => {
  const [connection] = Object.values(template.findResources('AWS::Glue::Connection'));
  const { ConnectionType, ConnectionProperties, PhysicalConnectionRequirements } = connection!['Properties'].ConnectionInput;
  expect(ConnectionType).toBe('JDBC');
  expect(Object.keys(ConnectionProperties).sort()).toEqual(['JDBC_CONNECTION_URL', 'JDBC_ENFORCE_SSL', 'SECRET_ID']);
  expect(plain(ConnectionProperties.JDBC_CONNECTION_URL)).toMatch(/^jdbc:postgresql:\/\/<MartInstance.*Address>:(<.*Port>|\d+)\/lake$/);
  expect(ConnectionProperties.JDBC_ENFORCE_SSL).toBe('true');
  expect(plain(ConnectionProperties.SECRET_ID)).toMatch(/^<Mart.*Secret.*Arn>$/);
  expect(plain(PhysicalConnectionRequirements.SubnetId)).toBe('<VpcPrivateSubnet1Subnet>');
  expect(PhysicalConnectionRequirements.SecurityGroupIdList.map(plain)).toEqual(['<JobsGroupId>']);
});

describe('the shared code', () => {
  function library(): string {
    const folder = scratch();
    mkdirSync(path.join(folder, 'dlp_etl'));
    writeFileSync(path.join(folder, 'dlp_etl/__init__.py'), '__version__ = "0"\n');
    writeFileSync(path.join(folder, 'dlp_etl/run.py'), 'def run(): pass\n');
    return folder;
  }

  function stage(folder: string): { files: string[]; hash: string } {
    const app = new App({ outdir: scratch(), builtinCloudFormationValidation: false, analyticsReporting: false });
    const other = new Stack(app, 'Other', { env: { account: environment.account, region: environment.region } });
    const key = new kms.Key(other, 'Key');
    const vpc = new ec2.Vpc(other, 'Vpc', { subnetConfiguration: [{ name: 'Private', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
    const securityGroup = new ec2.SecurityGroup(other, 'Jobs', { vpc });
    const mart = { host: 'mart', port: 5433, database: 'lake', secret: new secretsmanager.Secret(other, 'Secret') } as unknown as MartConnection;
    const { sharedCode } = new GlueStack(app, {
      environment, library: folder, mart: { mart },
      storage: { gold: new s3.Bucket(other, 'Gold'), dataKey: key, logsKey: key },
      network: { vpc, jobSecurityGroup: securityGroup },
    });
    app.synth();
    return { files: readdirSync(path.join(app.outdir, sharedCode.assetPath), { recursive: true }).map(String).sort(), hash: sharedCode.assetHash };
  }

  test('is the package alone, at the root', () => {
    const folder = library();
    writeFileSync(path.join(folder, 'README.md'), 'read me');
    mkdirSync(path.join(folder, 'tests'));
    writeFileSync(path.join(folder, 'tests/test_run.py'), 'def test_run(): pass\n');
    mkdirSync(path.join(folder, 'dlp_etl/__pycache__'));
    writeFileSync(path.join(folder, 'dlp_etl/__pycache__/run.cpython-311.pyc'), 'x');
    expect(stage(folder).files).toEqual(['dlp_etl', 'dlp_etl/__init__.py', 'dlp_etl/run.py']);
  });

  test('keeps its hash when only caches and tests change, and changes it with the code', () => {
    const folder = library();
    const before = stage(folder).hash;
    mkdirSync(path.join(folder, 'dlp_etl/__pycache__'));
    writeFileSync(path.join(folder, 'dlp_etl/__pycache__/run.cpython-311.pyc'), 'x');
    writeFileSync(path.join(folder, 'test_run.py'), 'def test_run(): pass\n');
    expect(stage(folder).hash).toBe(before);
    writeFileSync(path.join(folder, 'dlp_etl/run.py'), 'def run(): return 1\n');
    expect(stage(folder).hash).not.toBe(before);
  });

  test('of the installation is dlp_etl', () => {
    const assembly = path.join(lake.app.outdir, 'assembly-Dev');
    const manifest = readdirSync(assembly).find((file) => /InfrastructureGlue.*assets\.json$/.test(file))!;
    const zip = Object.values(JSON.parse(readFileSync(path.join(assembly, manifest), 'utf8')).files as Record<string, { source: { path: string; packaging: string } }>)
      .find(({ source }) => source.packaging === 'zip');
    expect(readdirSync(path.resolve(assembly, zip!.source.path))).toEqual(['dlp_etl']);
  });
});
