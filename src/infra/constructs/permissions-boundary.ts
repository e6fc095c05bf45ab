// The outer limit of every role of the lake: its own data and keys, its account's resources in its Region, and no identity,
// network or account settings. It grants nothing; a role can do what its own policy and this one both allow.
import { Stack, Validations, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Storage } from './foundations.js';

/** Services whose resources carry account and Region in their ARN. */
const SERVICES = ['athena', 'cloudformation', 'cloudwatch', 'events', 'execute-api', 'glue', 'lambda', 'logs', 'rds-db', 'secretsmanager', 'sns', 'sqs', 'ssm', 'states'];

/** What AWS offers for no narrower resource than all: network interfaces of functions and jobs, traces, metrics, delivery of logs. */
const WITHOUT_RESOURCE = [
  'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:CreateTags', 'ec2:DeleteNetworkInterface', 'ec2:DeleteTags',
  'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute',
  'ec2:DescribeVpcEndpoints', 'ec2:UnassignPrivateIpAddresses',
  'cloudwatch:PutMetricData', 'cloudwatch:GetMetricData', 'cloudwatch:ListMetrics',
  'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery',
  'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery',
  'states:ListStateMachines', 'xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
];

export class PermissionsBoundary extends iam.ManagedPolicy {
  constructor(scope: Construct, id: string, { landing, gold, dataKey, logsKey }: Storage) {
    const { account, region } = Stack.of(scope);
    const arn = (service: string, resource: string) => Stack.of(scope).formatArn({ service, resource });
    // Where the CDK's bootstrap keeps scripts and libraries of jobs, under a key of its own.
    const assets = Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: `cdk-hnb659fds-assets-${account}-${region}` });

    super(scope, id, {
      description: 'What no role of the data lake may exceed',
      statements: [
        new iam.PolicyStatement({
          sid: 'Zones',
          actions: ['s3:GetObject*', 's3:PutObject*', 's3:DeleteObject*', 's3:AbortMultipartUpload', 's3:ListBucket*', 's3:ListMultipartUploadParts', 's3:GetBucketLocation'],
          resources: [landing, gold].flatMap((bucket) => [bucket.bucketArn, bucket.arnForObjects('*')]),
        }),
        new iam.PolicyStatement({ sid: 'Assets', actions: ['s3:GetObject*', 's3:ListBucket*', 's3:GetBucketLocation'], resources: [assets, `${assets}/*`] }),
        new iam.PolicyStatement({
          sid: 'Keys', actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], resources: [dataKey.keyArn, logsKey.keyArn],
        }),
        new iam.PolicyStatement({
          sid: 'AssetsKey', actions: ['kms:Decrypt'], resources: [arn('kms', 'key/*')],
          conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
        }),
        new iam.PolicyStatement({ sid: 'Services', actions: SERVICES.map((service) => `${service}:*`), resources: SERVICES.map((service) => arn(service, '*')) }),
        new iam.PolicyStatement({ sid: 'WithoutResource', actions: WITHOUT_RESOURCE, resources: ['*'] }),
      ],
    });
  }
}
