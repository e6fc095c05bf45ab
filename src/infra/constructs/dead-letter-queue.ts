// Where EventBridge leaves an event that it could not deliver, with the reason, for two weeks.
import { Duration, Validations, aws_sqs as sqs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import type { Keys } from './foundations.js';
import { removalPolicy } from './removal.js';

export class DeadLetterQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, { environment, storage }: { environment: Environment; storage: Pick<Keys, 'dataKey'> }) {
    super(scope, id, {
      encryptionMasterKey: storage.dataKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // No queue may use this one as its own dead-letter queue: it is the end of the line.
      redriveAllowPolicy: { redrivePermission: sqs.RedrivePermission.DENY_ALL },
      removalPolicy: removalPolicy(environment),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3', reason: 'This is a dead-letter queue; the rule does not look at the targets of EventBridge.',
    });
  }
}
