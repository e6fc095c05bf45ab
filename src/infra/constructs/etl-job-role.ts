// The role of a Glue job: this job's files, the tables of gold and the mart, and what Glue does in its name. Nothing else.
import { ArnFormat, DefaultStackSynthesizer, Stack, aws_iam as iam, type aws_s3_assets as assets } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { JobSpec } from '../../core/job.js';
import { acknowledgeWildcards } from './acknowledge.js';
import { PRIVATE_SUBNETS, type Network, type Storage } from './foundations.js';
import { LakeRole } from './lake-role.js';
import type { MartConnection } from './mart-connection.js';
import { grantRead, grantWrite } from './zone-access.js';

export interface EtlJobRoleProps {
  readonly spec: JobSpec;
  readonly storage: Pick<Storage, 'landing' | 'gold' | 'dataKey' | 'logsKey'>;
  readonly network: Pick<Network, 'vpc' | 'jobSecurityGroup'>;
  readonly mart: MartConnection;
  /** The stack Glue. */
  readonly glue: { grantTables(grantee: iam.IRole): void; grantConnection(grantee: iam.IRole): void };
  /** Script, specification and library. */
  readonly code: readonly assets.Asset[];
}

export class EtlJobRole extends LakeRole {
  constructor(scope: Construct, id: string, props: EtlJobRoleProps) {
    super(scope, id, { description: `Runs the Glue job ${props.spec.name}`, assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    this.reachData(props);
    this.reachCode(props.code);
    this.joinNetwork(props.network);
    this.report(props.storage);
    props.glue.grantConnection(this);
  }

  private reachData({ spec, storage: { landing, gold, dataKey: key }, mart, glue }: EtlJobRoleProps): void {
    const arrivals = 'event' in spec.trigger ? spec.trigger.event.prefix : `${spec.name}/`;
    grantRead(this, { bucket: landing, key, objects: `${arrivals}*` });
    for (const objects of ['tables/*', `quarantine/${spec.name}/*`, `_dlp/${spec.name}/*`]) {
      grantRead(this, { bucket: gold, key, objects });
      grantWrite(this, { bucket: gold, key, objects });
    }
    glue.grantTables(this);
    mart.grantConnect(this);
  }

  private reachCode(files: readonly assets.Asset[]): void {
    this.allow(['s3:GetObject'], files.map((file) => file.bucket.arnForObjects(file.s3ObjectKey)));
    const qualifier = Stack.of(this).synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    const keys = this.arn('kms', 'key', '*');
    this.allow(['kms:Decrypt'], [keys], { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': `alias/cdk-${qualifier}-assets-key` } });
    acknowledgeWildcards(this, [`Resource::${keys}`], 'The key of the bootstrap bucket is known by its alias only, and the condition allows that one alone.');
  }

  /** Glue puts the workers into the VPC in the role's name. */
  private joinNetwork({ vpc, jobSecurityGroup }: Pick<Network, 'vpc' | 'jobSecurityGroup'>): void {
    const interfaces = this.arn('ec2', 'network-interface', '*');
    this.allow(['ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute', 'ec2:DescribeVpcEndpoints'], ['*']);
    this.allow(['ec2:CreateNetworkInterface'], [
      interfaces,
      this.arn('ec2', 'security-group', jobSecurityGroup.securityGroupId),
      ...vpc.selectSubnets(PRIVATE_SUBNETS).subnetIds.map((subnet) => this.arn('ec2', 'subnet', subnet)),
    ]);
    this.allow(['ec2:DeleteNetworkInterface'], [interfaces], { ArnEquals: { 'ec2:Vpc': this.arn('ec2', 'vpc', vpc.vpcId) } });
    this.allow(['ec2:CreateTags', 'ec2:DeleteTags'], [interfaces], { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['aws-glue-service-resource'] } });
    acknowledgeWildcards(this, [`Resource::${interfaces}`], 'An interface has no name before Glue makes it; subnets, security group and VPC are named.');
  }

  private report({ logsKey }: Pick<Storage, 'logsKey'>): void {
    const groups = this.arn('logs', 'log-group', '/aws-glue/*', ArnFormat.COLON_RESOURCE_NAME);
    this.allow(['logs:AssociateKmsKey', 'logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], [groups]);
    acknowledgeWildcards(this, [`Resource::${groups}`], 'Glue makes these groups itself and names them after the security configuration and the role.');
    logsKey.grant(this, 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey');
    this.allow(['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': 'Glue' } });
    acknowledgeWildcards(this, ['Resource::*'], 'EC2 describes and CloudWatch counts for no narrower resource; what is counted is held to the namespace of Glue.');
  }

  private allow(actions: string[], resourceArns: string[], conditions?: Record<string, Record<string, unknown>>): void {
    iam.Grant.addToPrincipal({ grantee: this, actions, resourceArns, conditions });
  }

  private arn(service: string, resource: string, resourceName: string, arnFormat = ArnFormat.SLASH_RESOURCE_NAME): string {
    return Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });
  }
}
