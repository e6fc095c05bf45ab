// The outer limit of every role of the lake: its own data and keys, its account's resources in its Region, and no identity,
// network or account settings. It grants nothing; a role can do what its own policy and this one both allow.
import { aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, type WildcardFinding } from './acknowledge.js';
import type { Storage } from './foundations.js';
import { LIST_ACTIONS, READ_ACTIONS, WRITE_ACTIONS } from './zone-access.js';

/** Services whose resources carry account and Region in their ARN. */
const SERVICES = ['athena', 'cloudformation', 'events', 'execute-api', 'glue', 'lambda', 'logs', 'rds-db', 'secretsmanager', 'sns', 'sqs', 'ssm', 'states'];

/** Network interfaces of functions and jobs; the tags are Glue's marks on its own. */
const INTERFACES = ['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:CreateTags', 'ec2:DeleteNetworkInterface', 'ec2:DeleteTags', 'ec2:UnassignPrivateIpAddresses'];

/** What AWS offers for no narrower resource than all. */
const WITHOUT_RESOURCE = [
  'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute', 'ec2:DescribeVpcEndpoints',
  'cloudformation:DescribeStacks', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:ListMetrics', 'cloudwatch:PutMetricData',
  'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery',
  'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery',
  'secretsmanager:ListSecrets', 'states:ListStateMachines', 'xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
];

export class PermissionsBoundary extends iam.ManagedPolicy {
  constructor(scope: Construct, id: string, { landing, gold, dataKey, logsKey }: Storage) {
    super(scope, id, { description: 'What no role of the data lake may exceed' });
    const { account, region } = this.stack;
    const arn = (service: string, resource: string) => this.stack.formatArn({ service, resource });

    const zones = [landing, gold].map((bucket) => bucket.arnForObjects('*'));
    this.allow([...READ_ACTIONS, ...WRITE_ACTIONS], zones);
    this.allow(LIST_ACTIONS, [landing.bucketArn, gold.bucketArn]);
    this.allow(['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'], [dataKey.keyArn, logsKey.keyArn]);

    // Where the CDK's bootstrap keeps the scripts of jobs, under a key of its own.
    const assets = this.stack.formatArn({ service: 's3', region: '', account: '', resource: `cdk-${this.stack.synthesizer.bootstrapQualifier}-assets-${account}-${region}` });
    const assetKeys = arn('kms', 'key/*');
    this.allow([...READ_ACTIONS, ...LIST_ACTIONS], [assets, `${assets}/*`]);
    this.allow(['kms:Decrypt'], [assetKeys], { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } });

    const services = SERVICES.map((service) => ({ actions: `${service}:*`, resources: arn(service, '*') }));
    for (const { actions, resources } of services) this.allow([actions], [resources]);
    const interfaces = arn('ec2', '*/*');
    this.allow(INTERFACES, [interfaces]);
    this.allow(WITHOUT_RESOURCE, ['*']);

    acknowledgeWildcards(this, [
      ...services.map(({ actions }): WildcardFinding => `Action::${actions}`),
      ...[...zones, `${assets}/*`, assetKeys, ...services.map(({ resources }) => resources), interfaces, '*'].map((resource): WildcardFinding => `Resource::${resource}`),
    ], 'A boundary allows nothing by itself: each role has a policy of its own that names its resources, and this only says where that must end.');
  }

  private allow(actions: string[], resources: string[], conditions?: Record<string, Record<string, string>>): void {
    this.addStatements(new iam.PolicyStatement({ actions, resources, conditions }));
  }
}
