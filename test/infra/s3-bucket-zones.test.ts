import { describe, expect, test } from '@jest/globals';
import { environmentOf, jobOf, synthesize, type Resource } from './support.js';

const lake = synthesize(environmentOf('dev', { retention: { landingDays: 40, noncurrentDays: 9, accessLogDays: 50 } }), [jobOf('orders')]);
const buckets = lake.resources('S3BucketZones', 'AWS::S3::Bucket');
const bucket = (output: string): { id: string; properties: Resource['Properties'] } => {
  const id: string = lake.template('S3BucketZones').toJSON()['Outputs'][output].Value.Ref;
  return { id, properties: buckets[id]!.Properties };
};
const landing = bucket('LandingBucketName');
const gold = bucket('GoldBucketName');
const logs = bucket('LogBucketName');

interface Rule { Prefix?: string; ExpirationInDays?: number; NoncurrentVersionExpiration?: { NoncurrentDays: number }; AbortIncompleteMultipartUpload?: object; ExpiredObjectDeleteMarker?: boolean }
const expiry = ({ properties }: typeof landing) => Object.fromEntries((properties['LifecycleConfiguration'].Rules as Rule[])
  .filter((rule) => rule.ExpirationInDays).map((rule) => [rule.Prefix ?? '', rule.ExpirationInDays]));

describe('every bucket', () => {
  test.each([['landing', landing], ['gold', gold], ['logs', logs]])('%s is private, versioned, logged and cleared of leftovers', (prefix, { properties }) => {
    expect(properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LoggingConfiguration: { LogFilePrefix: prefix === 'logs' ? 'self/' : `${prefix}/` },
    });
    expect(properties['LoggingConfiguration'].DestinationBucketName ?? { Ref: logs.id }).toEqual({ Ref: logs.id });
    expect(properties['LifecycleConfiguration'].Rules).toContainEqual({
      Id: 'leftovers', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      NoncurrentVersionExpiration: { NoncurrentDays: 9 }, ExpiredObjectDeleteMarker: true,
    });
  });

  test('refuses what is not TLS 1.2 or newer', () => {
    const policies = Object.values(lake.resources('S3BucketZones', 'AWS::S3::BucketPolicy'));
    expect(policies.map(({ Properties }) => Properties['Bucket'].Ref).sort()).toEqual(Object.keys(buckets).sort());
    for (const { Properties } of policies) {
      expect(Properties['PolicyDocument'].Statement).toEqual(expect.arrayContaining([
        expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
      ]));
    }
  });
});

test('data is encrypted by our key through a bucket key, access logs by S3\'s', () => {
  const keyed = { ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: lake.template('S3BucketZones').toJSON()['Outputs'].DataKeyArn.Value } }] };
  expect(landing.properties['BucketEncryption']).toEqual(keyed);
  expect(gold.properties['BucketEncryption']).toEqual(keyed);
  expect(logs.properties['BucketEncryption']).toEqual({ ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] });
});

test('objects expire as the settings say; scratch and query results on their own', () => {
  expect(expiry(landing)).toEqual({ '': 40 });
  expect(expiry(logs)).toEqual({ '': 50 });
  expect(expiry(gold)).toEqual({ 'athena/': 30, '_dlp/orders/tmp/': 3 });
});

test('only the landing zone announces its objects, and without a Lambda of the CDK', () => {
  expect(landing.properties['NotificationConfiguration']).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
  expect(gold.properties['NotificationConfiguration']).toBeUndefined();
  expect(Object.values(lake.resources('S3BucketZones')).map(({ Type }) => Type)).not.toContain('AWS::Lambda::Function');
});

test('keys rotate, and admit services for this account only and no role at all', () => {
  const keys = Object.values(lake.resources('S3BucketZones', 'AWS::KMS::Key'));
  expect(keys).toHaveLength(2);
  const others = keys.flatMap(({ Properties }) => {
    expect(Properties['EnableKeyRotation']).toBe(true);
    return (Properties['KeyPolicy'].Statement as { Principal: { AWS?: unknown; Service?: string }; Condition?: object }[]).slice(1);
  });
  expect(others.flatMap(({ Principal }) => Principal.Service).sort()).toEqual(['cloudwatch.amazonaws.com', 'delivery.logs.amazonaws.com', 'events.amazonaws.com', 'logs.eu-west-2.amazonaws.com']);
  for (const { Condition } of others) expect(JSON.stringify(Condition)).toContain('111111111111');
});

test.each([['retain', 'Retain'], ['destroy', 'Delete']])('removal %s: buckets, keys and log groups are %sed', (removal, policy) => {
  const { resources } = synthesize(environmentOf('dev', { retention: { removal } }));
  const kept = { ...resources('S3BucketZones', 'AWS::S3::Bucket'), ...resources('S3BucketZones', 'AWS::KMS::Key'), ...resources('Vpc', 'AWS::Logs::LogGroup'), ...resources('DataMart', 'AWS::Logs::LogGroup') };
  expect(Object.keys(kept)).toHaveLength(7);
  for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of Object.entries(kept)) expect({ id, DeletionPolicy, UpdateReplacePolicy }).toEqual({ id, DeletionPolicy: policy, UpdateReplacePolicy: policy });
});
