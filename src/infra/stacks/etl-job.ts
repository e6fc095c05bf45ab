// One job: its Glue job, the workflow around it, what starts it, who is told when it fails, and its entry in the registry.
// Keeps no data. A stack of its own, so that a failure, a rollback or a removal stays with this job.
import { Duration, aws_cloudwatch as cloudwatch, type aws_lambda as lambda, type aws_sns as sns, aws_ssm as ssm, type aws_stepfunctions as sfn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import type { Job, JobSpec } from '../../core/job.js';
import { jobStackShortName } from '../../core/names.js';
import { EtlGlueJob, type SharedByJobs } from '../constructs/etl-glue-job.js';
import { EtlTrigger } from '../constructs/etl-trigger.js';
import { EtlWorkflow } from '../constructs/etl-workflow.js';
import type { Network, Storage } from '../constructs/foundations.js';
import { LakeAlarm } from '../constructs/lake-alarm.js';
import { LakeStack } from '../constructs/lake-stack.js';
import type { MartConnection } from '../constructs/mart-connection.js';

export interface EtlJobStackProps {
  readonly environment: Environment;
  readonly job: Job;
  readonly storage: Pick<Storage, 'landing' | 'gold' | 'dataKey' | 'logsKey'>;
  readonly network: Pick<Network, 'vpc' | 'jobSecurityGroup'>;
  readonly mart: { readonly mart: MartConnection };
  readonly glue: SharedByJobs;
  readonly lambda: { readonly auditor: lambda.IFunction };
  readonly monitoring: { readonly topic: sns.ITopic };
}

const HOUR = Duration.hours(1);

export class EtlJobStack extends LakeStack {
  private readonly topic: sns.ITopic;

  constructor(scope: Construct, props: EtlJobStackProps) {
    const { environment, job, storage, network, mart: { mart }, glue } = props;
    super(scope, jobStackShortName(job.spec.name), { environment, description: `ETL job ${job.spec.name}: ${job.spec.description}` });
    this.topic = props.monitoring.topic;

    const glueJob = new EtlGlueJob(this, 'GlueJob', { job, storage, network, mart, glue }).job;
    const { machine } = new EtlWorkflow(this, 'Workflow', { environment, storage, job, glueJob, auditor: props.lambda.auditor, topic: this.topic });
    const trigger = new EtlTrigger(this, 'Trigger', { environment, storage, job: job.spec, machine });

    this.watchRuns(machine, job.spec, environment);
    this.watchTrigger(trigger, job.spec);

    this.register(job.spec, environment, machine.stateMachineArn, glueJob.jobName);
    this.publish({ StateMachineArn: machine.stateMachineArn, GlueJobName: glueJob.jobName });
  }

  private watchRuns(machine: sfn.IStateMachine, { name, alarms }: JobSpec, environment: Environment): void {
    const sum = { period: HOUR, statistic: cloudwatch.Stats.SUM };
    new LakeAlarm(this, 'FailedRuns', {
      topic: this.topic,
      metric: new cloudwatch.MathExpression({
        label: `Failed runs of ${name}`, expression: 'failed + timedOut', period: HOUR,
        usingMetrics: { failed: machine.metricFailed(sum), timedOut: machine.metricTimedOut(sum) },
      }),
      threshold: environment.alarms.failedRuns,
      evaluationPeriods: 1,
      alarmDescription: `Runs of the job ${name} failed. dlp etl runs ${name} lists them with their reasons.`,
    });

    const hours = alarms.staleAfterHours;
    if (hours === undefined) return;
    new LakeAlarm(this, 'StaleData', {
      topic: this.topic,
      metric: machine.metricSucceeded(sum),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: hours,
      // Silence is what this alarm is about.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: `No run of the job ${name} has succeeded for ${hours} hours: its source may have stopped sending.`,
    });
  }

  private watchTrigger({ undelivered }: EtlTrigger, { name }: JobSpec): void {
    new LakeAlarm(this, 'UndeliveredEvents', {
      topic: this.topic,
      metric: undelivered.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription: `An event did not start the job ${name}. The message in the dead-letter queue says which, and why.`,
    });
  }

  /** The registry's entry, which the CLI and the lake API read (docs/contracts.md §6). */
  private register({ name, description, trigger, target }: JobSpec, environment: Environment, stateMachineArn: string, glueJobName: string): void {
    new ssm.StringParameter(this, 'Registry', {
      parameterName: `/dlp/${environment.name}/jobs/${name}`,
      description: `Registry of jobs: ${name}`,
      stringValue: this.toJsonString({
        job: name, description, stateMachineArn, glueJobName,
        trigger: 'event' in trigger ? { event: { prefix: trigger.event.prefix } } : { schedule: trigger.schedule },
        table: target.table,
      }),
    });
  }
}
