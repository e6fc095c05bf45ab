// The names of stages and stacks, in the seed's form (docs/contracts.md §1). The only place that knows them.
import type { Environment } from './environment.js';
import { jobTitle } from './job.js';

export const STACKS = ['S3BucketZones', 'Vpc', 'Iam', 'DataMart', 'Glue', 'Lambda', 'Api', 'Athena', 'Monitoring'] as const;
export type StackShortName = (typeof STACKS)[number] | `Etl${string}`;

/** `Dev` + `Vpc` → construct id `DevDataLakeInfrastructureVpc`. */
export function stackId(environment: Pick<Environment, 'title'>, short: string): string {
  return `${environment.title}DataLakeInfrastructure${short}`;
}

/** `Dev` + `Vpc` → CloudFormation name `Dev-DataLakeInfrastructureVpc`. */
export function stackName(environment: Pick<Environment, 'title'>, short: string): string {
  return `${environment.title}-DataLakeInfrastructure${short}`;
}

export function jobStackShortName(job: string): `Etl${string}` {
  return `Etl${jobTitle(job)}`;
}
