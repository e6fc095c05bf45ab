// What becomes of a resource that holds data when its stack is deleted. The only place that decides it.
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Environment } from '../../core/environment.js';

type Settings = Pick<Environment, 'retention'>;

/** Buckets, keys and log groups. */
export function removalPolicy(environment: Settings): RemovalPolicy {
  return environment.retention.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}

/** Databases: one that is kept leaves a snapshot, because a retained server would hold the VPC and go on costing. */
export function databaseRemovalPolicy(environment: Settings): RemovalPolicy {
  return environment.retention.removal === 'retain' ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY;
}
