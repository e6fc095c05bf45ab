// What starts a job: a file that lands below its prefix, or the clock. An event that could not start it is kept and tells.
import { Duration, Stack, aws_events as events, aws_events_targets as targets, aws_iam as iam, type aws_s3 as s3, type aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import type { JobSpec } from '../../core/job.js';
import { DeadLetterQueue } from './dead-letter-queue.js';
import type { Storage } from './foundations.js';
import { LakeRole } from './lake-role.js';

export interface EtlTriggerProps {
  readonly environment: Environment;
  readonly storage: Pick<Storage, 'landing' | 'dataKey'>;
  readonly job: JobSpec;
  readonly machine: sfn.IStateMachine;
}

export class EtlTrigger extends Construct {
  /** Events that did not start the job. */
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, { environment, storage, job, machine }: EtlTriggerProps) {
    super(scope, id);
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', { environment, storage });
    const role = new LakeRole(this, 'Role', {
      description: `Starts the job ${job.name}`,
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
    });
    const when = 'event' in job.trigger
      ? { description: `Files for the job ${job.name}`, eventPattern: landed(storage.landing, job.trigger.event) }
      : { description: `Schedule of the job ${job.name}`, schedule: events.Schedule.expression(job.trigger.schedule) };
    new events.Rule(this, 'Rule', {
      ...when,
      targets: [new targets.SfnStateMachine(machine, {
        role, deadLetterQueue: this.undelivered, retryAttempts: 20, maxEventAge: Duration.hours(6),
      })],
    });
  }
}

/** Every object that arrives in landing below the prefix and, if the job says so, with the suffix. */
function landed(landing: s3.IBucket, { prefix, suffix }: { prefix: string; suffix?: string }): events.EventPattern {
  // Two conditions in one list mean "either", so both at once can only be said with a wildcard.
  const key = suffix ? { wildcard: `${literal(prefix)}*${literal(suffix)}` } : { prefix };
  return {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: { bucket: { name: [landing.bucketName] }, object: { key: [key] } },
  };
}

/** A text that stands for itself in a wildcard pattern. */
function literal(text: string): string {
  return text.replace(/[\\*]/g, '\\$&');
}
