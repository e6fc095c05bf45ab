// The state machine of a job: the job folder's workflow.asl.yaml, run under a role that can do what it names and no more.
// Encrypted, traced, every step logged.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Aws, Duration, Fn, Stack, type aws_glue as glue, aws_iam as iam, type aws_lambda as lambda, type aws_sns as sns, aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import type { Environment } from '../../core/environment.js';
import { DlpError } from '../../core/errors.js';
import type { Job } from '../../core/job.js';
import { acknowledgeWildcards } from './acknowledge.js';
import { EncryptedLogGroup } from './encrypted-log-group.js';
import { machineLogicalId } from './etl-machines.js';
import type { Keys } from './foundations.js';
import { LakeRole } from './lake-role.js';

export interface EtlWorkflowProps {
  readonly environment: Environment;
  readonly storage: Keys;
  readonly job: Job;
  readonly glueJob: glue.IJob;
  readonly auditor: lambda.IFunction;
  readonly topic: sns.ITopic;
}

const DATA_KEY_REUSE = Duration.minutes(15);

export class EtlWorkflow extends Construct {
  readonly machine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: EtlWorkflowProps) {
    super(scope, id);
    const { environment, storage, job } = props;
    const stack = Stack.of(this);

    const role = new LakeRole(this, 'Role', {
      description: `Runs the workflow of the job ${job.spec.name}`,
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': stack.account } } }),
    });
    const logGroup = new EncryptedLogGroup(this, 'Logs', {
      environment, storage,
      // Names that do not begin like this each take a part of one resource policy, which is full after some thirty jobs.
      // The end is of the stack's id, so that a group that was kept is not in the way of a new stack.
      logGroupName: `/aws/vendedlogs/states/${stack.stackName}-${Fn.select(2, Fn.split('/', Aws.STACK_ID))}`,
    });
    this.machine = new sfn.StateMachine(this, 'StateMachine', {
      definitionBody: sfn.DefinitionBody.fromString(definitionOf(job)),
      definitionSubstitutions: {
        JobName: job.spec.name,
        GlueJobName: props.glueJob.jobName,
        JobAuditorArn: props.auditor.functionArn,
        TopicArn: props.topic.topicArn,
      },
      role,
      logs: { destination: logGroup, level: sfn.LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
    });
    const machine = this.machine.node.defaultChild as sfn.CfnStateMachine;
    machine.overrideLogicalId(machineLogicalId(environment, job.spec.name));
    // Through the L1: the L2 ties the role to a machine name that CloudFormation has yet to make, and writes a statement
    // into the key's policy, which belongs to another stack.
    machine.encryptionConfiguration = {
      type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: storage.dataKey.keyArn, kmsDataKeyReusePeriodSeconds: DATA_KEY_REUSE.toSeconds(),
    };
    this.allow(role, props);
  }

  private allow(role: LakeRole, { glueJob, auditor, topic, storage }: EtlWorkflowProps): void {
    const allow = (resource: string, ...actions: string[]) => iam.Grant.addToPrincipal({ grantee: role, actions, resourceArns: [resource] });
    allow(auditor.functionArn, 'lambda:InvokeFunction');
    allow(glueJob.jobArn, 'glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun');
    allow(topic.topicArn, 'sns:Publish');
    // For the executions' data, their logs on the way to the group, and the topic, which is encrypted with it too.
    storage.dataKey.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
    acknowledgeWildcards(role, ['Resource::*'], 'What the CDK grants for log delivery and traces: neither has an ARN to be narrowed to, neither reads data of the lake.');
  }
}

/** The workflow as JSON; what is wrong with the file is said with its path. */
function definitionOf({ folder, spec }: Job): string {
  const file = path.join(folder, 'workflow.asl.yaml');
  try {
    return JSON.stringify(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new DlpError('CONFIG_INVALID', `${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error, hint: `the workflow of ${spec.name} is a state machine in YAML`,
    });
  }
}
