// What the stacks of storage and network offer to the others, as interfaces: a consumer names these, not the stacks.
import type { aws_ec2 as ec2, aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';

export interface Keys {
  /** Data at rest: buckets, the mart, queues, topics, secrets, variables of functions. */
  readonly dataKey: kms.IKey;
  /** Log groups. */
  readonly logsKey: kms.IKey;
}

export interface Storage extends Keys {
  readonly landing: s3.IBucket;
  readonly gold: s3.IBucket;
  readonly logs: s3.IBucket;
}

export interface Network {
  readonly vpc: ec2.IVpc;
  readonly functionSecurityGroup: ec2.ISecurityGroup;
  /** Refers to itself: the workers of a Glue job talk to each other. */
  readonly jobSecurityGroup: ec2.ISecurityGroup;
  readonly martSecurityGroup: ec2.ISecurityGroup;
  readonly endpointSecurityGroup: ec2.ISecurityGroup;
}

export interface Access {
  readonly permissionsBoundary: iam.IManagedPolicy;
  readonly dataEngineer: iam.IRole;
  readonly analyst: iam.IRole;
  readonly deployer?: iam.IRole;
}

/** The kinds of subnet. Selected by name, because whether `Private` has a NAT gateway is a setting. */
export const PUBLIC_SUBNETS: ec2.SubnetSelection = { subnetGroupName: 'Public' };
export const PRIVATE_SUBNETS: ec2.SubnetSelection = { subnetGroupName: 'Private' };
export const ISOLATED_SUBNETS: ec2.SubnetSelection = { subnetGroupName: 'Isolated' };

/** Not PostgreSQL's usual 5432, which whoever got into the network tries first. Clients read the port from the outputs. */
export const MART_PORT = 5433;
