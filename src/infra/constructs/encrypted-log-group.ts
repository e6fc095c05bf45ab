// A log group under the key of logs, kept as long as the settings say. Its name is CloudFormation's unless the
// service that writes to it insists on one.
import { aws_logs as logs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import type { Keys } from './foundations.js';
import { removalPolicy } from './removal.js';

export interface EncryptedLogGroupProps {
  readonly environment: Environment;
  readonly storage: Keys;
  /** Only where the writing service prescribes the name, such as `/aws/vendedlogs/…`. */
  readonly logGroupName?: string;
}

export class EncryptedLogGroup extends logs.LogGroup {
  constructor(scope: Construct, id: string, { environment, storage, logGroupName }: EncryptedLogGroupProps) {
    super(scope, id, {
      logGroupName,
      encryptionKey: storage.logsKey,
      // The enum's values are the days themselves, and the settings allow no others.
      retention: environment.retention.logGroupDays as logs.RetentionDays,
      removalPolicy: removalPolicy(environment),
    });
  }
}
