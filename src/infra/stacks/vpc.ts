// The network: three kinds of subnet in each zone, the doors between them and the ways to AWS. Keeps no data, but the mart
// lives in it. Consumed by DataMart and by everything that computes.
import { aws_ec2 as ec2, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group.js';
import { ISOLATED_SUBNETS, MART_PORT, PRIVATE_SUBNETS, PUBLIC_SUBNETS, type Keys, type Network } from '../constructs/foundations.js';
import { LakeRole } from '../constructs/lake-role.js';
import { LakeStack } from '../constructs/lake-stack.js';

export interface VpcStackProps {
  readonly environment: Environment;
  readonly storage: Keys;
}

const HTTPS = ec2.Port.tcp(443);
const MOST_ZONES = 3;

type Endpoint = Environment['network']['endpoints'][number];
const of = ec2.InterfaceVpcEndpointAwsService;
const SERVICES: Readonly<Record<Endpoint, ec2.InterfaceVpcEndpointAwsService>> = {
  athena: of.ATHENA, events: of.EVENTBRIDGE, glue: of.GLUE, kms: of.KMS, lambda: of.LAMBDA, logs: of.CLOUDWATCH_LOGS,
  monitoring: of.CLOUDWATCH_MONITORING, secretsmanager: of.SECRETS_MANAGER, sns: of.SNS, sqs: of.SQS, ssm: of.SSM,
  states: of.STEP_FUNCTIONS, sts: of.STS, xray: of.XRAY,
};
/** What functions and jobs call from inside the VPC: without a NAT gateway there is no other way to it. */
const NEEDED: readonly Endpoint[] = ['glue', 'logs', 'secretsmanager', 'ssm', 'states'];

export class VpcStack extends LakeStack implements Network {
  readonly vpc: ec2.Vpc;
  readonly functionSecurityGroup: ec2.SecurityGroup;
  readonly jobSecurityGroup: ec2.SecurityGroup;
  readonly martSecurityGroup: ec2.SecurityGroup;
  readonly endpointSecurityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, { environment, storage }: VpcStackProps) {
    super(scope, 'Vpc', { environment, description: 'Data lake: network' });
    const { network } = environment;

    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(network.cidr),
      maxAzs: network.zones,
      // The addresses of every zone there may ever be are set aside: another zone must not renumber, so replace, the subnets there are.
      reservedAzs: MOST_ZONES - network.zones,
      natGateways: network.natGateways,
      // Closing the default security group would take a Lambda of the CDK. Nothing here is ever put into it.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: PUBLIC_SUBNETS.subnetGroupName!, subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: PRIVATE_SUBNETS.subnetGroupName!, subnetType: network.natGateways > 0 ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED },
        { name: ISOLATED_SUBNETS.subnetGroupName!, subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
      gatewayEndpoints: {
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3, subnets: [PRIVATE_SUBNETS] },
        DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB, subnets: [PRIVATE_SUBNETS] },
      },
    });

    this.functionSecurityGroup = this.securityGroup('Functions', 'Lambda functions of the lake');
    this.jobSecurityGroup = this.securityGroup('Jobs', 'Glue jobs of the lake');
    this.martSecurityGroup = this.securityGroup('Mart', 'The data mart');
    this.endpointSecurityGroup = this.securityGroup('Endpoints', 'Interface endpoints of AWS services');
    this.open();

    for (const name of new Set(network.endpoints)) {
      this.vpc.addInterfaceEndpoint(name, {
        service: SERVICES[name], subnets: PRIVATE_SUBNETS, securityGroups: [this.endpointSecurityGroup], open: false,
      });
    }
    this.node.addValidation({ validate: () => unreachable(environment) });

    if (network.flowLogs) this.logFlows(environment, storage);
    this.publish({ VpcId: this.vpc.vpcId });
  }

  /** The only doors: everything not said here is closed. */
  private open(): void {
    for (const client of [this.functionSecurityGroup, this.jobSecurityGroup]) {
      // By port alone: S3 and DynamoDB are reached through gateway endpoints, whose addresses are known to AWS only.
      client.addEgressRule(ec2.Peer.anyIpv4(), HTTPS, 'AWS services');
      this.endpointSecurityGroup.addIngressRule(client, HTTPS, 'AWS services');
      client.connections.allowTo(this.martSecurityGroup, ec2.Port.tcp(MART_PORT), 'Data mart');
    }
    this.jobSecurityGroup.connections.allowInternally(ec2.Port.allTcp(), 'Workers of one job, as Glue demands');
  }

  private securityGroup(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  private logFlows(environment: Environment, storage: Keys): void {
    const logGroup = new EncryptedLogGroup(this, 'FlowLogs', { environment, storage });
    const role = new LakeRole(this, 'FlowLogsRole', {
      description: 'Delivers the flow logs of the VPC',
      assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': this.account } } }),
    });
    this.vpc.addFlowLog('FlowLog', { destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup, role), trafficType: ec2.FlowLogTrafficType.ALL });
  }
}

function unreachable({ network, name }: Environment): string[] {
  if (network.natGateways > 0) return [];
  return NEEDED.filter((service) => !network.endpoints.includes(service))
    .map((service) => `environments.${name}.network.endpoints lacks ${service}, and without a NAT gateway nothing in the private subnets could reach it`);
}
