// How an environment's state machines are told from all others without a list of them: by their names. CloudFormation
// makes the name of a machine from its logical id alone (`DevEtlOrders-<random>`), so the logical id carries the
// environment. Implementations of CloudFormation that put the stack's name first are matched as well.
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { jobStackShortName, stackName } from '../../core/names.js';

export function machineLogicalId(environment: Pick<Environment, 'title'>, job: string): string {
  return `${environment.title}${jobStackShortName(job)}`;
}

/** What the ARN of every state machine of a job begins with, and of no other machine. */
export function machineArnPrefixes(scope: Construct, environment: Pick<Environment, 'title'>): string[] {
  return [`${environment.title}Etl`, stackName(environment, 'Etl')].map((resourceName) => Stack.of(scope).formatArn({
    service: 'states', resource: 'stateMachine', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  }));
}
