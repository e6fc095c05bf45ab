// The lake's own functions: the auditor that keeps the ledger of runs, the query function of the mart, and the one that
// lays down the lake's first files. Keeps no data. The auditor is consumed by each job's stack, all by Monitoring.
import { CustomResource, Duration, aws_events as events, aws_events_targets as targets, aws_iam as iam, type aws_lambda as lambda, type aws_sqs as sqs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { DeadLetterQueue } from '../constructs/dead-letter-queue.js';
import { machineArnPrefixes } from '../constructs/etl-machines.js';
import type { Access, Network, Storage } from '../constructs/foundations.js';
import { LakeFunction } from '../constructs/lake-function.js';
import { PeopleAccess } from '../constructs/people-access.js';
import { LakeStack } from '../constructs/lake-stack.js';
import type { MartConnection } from '../constructs/mart-connection.js';
import { grantRead } from '../constructs/zone-access.js';
import { LAKE_FILES } from '../lake-files.js';

export interface LambdaStackProps {
  readonly environment: Environment;
  readonly storage: Pick<Storage, 'landing' | 'gold' | 'dataKey' | 'logsKey'>;
  readonly network: Pick<Network, 'vpc' | 'functionSecurityGroup'>;
  readonly mart: { readonly mart: MartConnection };
  readonly iam: Pick<Access, 'analyst' | 'dataEngineer'>;
}

export class LambdaStack extends LakeStack {
  readonly auditor: lambda.IFunction;
  readonly martQuery: lambda.IFunction;
  /** Where calls and events end up that could not be dealt with. */
  readonly deadLetters: Readonly<Record<string, sqs.IQueue>>;

  constructor(scope: Construct, props: LambdaStackProps) {
    super(scope, 'Lambda', { environment: props.environment, description: 'Job auditor, mart query and the first files of the lake' });

    const auditor = this.makeAuditor(props);
    const martQuery = this.makeMartQuery(props);
    const lakeFiles = this.makeLakeFiles(props);
    const undelivered = this.closeLostRuns(auditor, props);

    this.auditor = auditor.function;
    this.martQuery = martQuery.function;
    this.deadLetters = {
      JobAuditor: auditor.deadLetters, MartQuery: martQuery.deadLetters, LakeFiles: lakeFiles.deadLetters, EndedExecutions: undelivered,
    };
    this.publish({ JobAuditorName: this.auditor.functionName, MartQueryName: this.martQuery.functionName });
  }

  private makeAuditor({ environment, storage, network, mart: { mart } }: LambdaStackProps): LakeFunction {
    const auditor = new LakeFunction(this, 'JobAuditor', {
      environment, storage, network,
      name: 'job-auditor',
      description: 'Keeps the ledger of job runs',
      timeout: Duration.minutes(1),
      // Called twice by every run of every job; what is throttled waits in the state machine's retry.
      reservedConcurrency: 10,
      variables: { GOLD_BUCKET: storage.gold.bucketName, LANDING_BUCKET: storage.landing.bucketName, ...mart.environmentVariables },
    });
    mart.grantConnect(auditor);
    grantRead(auditor, { bucket: storage.landing, key: storage.dataKey });
    grantRead(auditor, { bucket: storage.gold, key: storage.dataKey, objects: '_dlp/*' });
    return auditor;
  }

  private makeMartQuery({ environment, storage, network, mart: { mart }, iam: { analyst, dataEngineer } }: LambdaStackProps): LakeFunction {
    const martQuery = new LakeFunction(this, 'MartQuery', {
      environment, storage, network,
      name: 'mart-query',
      description: 'Answers one read-only statement on the mart',
      timeout: Duration.minutes(1),
      // Ten thousand rows are held as objects, then as JSON.
      memory: 512,
      variables: mart.environmentVariables,
    });
    mart.grantConnect(martQuery);
    new PeopleAccess(this, 'MartReaders', { roles: [analyst, dataEngineer], description: `Asks the mart of ${environment.name}`, allow: { 'lambda:InvokeFunction': [martQuery.function.functionArn] } });
    return martQuery;
  }

  private makeLakeFiles({ environment, storage, network }: LambdaStackProps): LakeFunction {
    const writer = new LakeFunction(this, 'LakeFiles', {
      environment, storage, network,
      name: 'lake-files',
      description: 'Puts the first files of a new lake, never over others',
      timeout: Duration.minutes(1),
      reservedConcurrency: 1,
    });
    iam.Grant.addToPrincipal({
      grantee: writer,
      actions: ['s3:PutObject'],
      resourceArns: LAKE_FILES.map(({ zone, key }) => storage[zone].arnForObjects(key)),
    });
    storage.dataKey.grant(writer, 'kms:GenerateDataKey');

    const files = new CustomResource(this, 'Files', {
      resourceType: 'Custom::LakeFiles',
      serviceToken: writer.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: { Files: this.toJsonString(LAKE_FILES.map(({ zone, key, body }) => ({ bucket: storage[zone].bucketName, key, body }))) },
    });
    // The function is there first by itself; what it may do would come at any time.
    files.node.addDependency(writer.role.ownPolicy);
    return writer;
  }

  /** A run whose state machine was stopped from outside cannot close itself in the ledger: the auditor hears of it here. */
  private closeLostRuns(auditor: LakeFunction, { environment, storage }: LambdaStackProps): sqs.IQueue {
    const undelivered = new DeadLetterQueue(this, 'UndeliveredEvents', { environment, storage });
    new events.Rule(this, 'EndedExecutions', {
      description: 'Executions of ETL state machines that ended badly, to the auditor',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: machineArnPrefixes(this, environment).map((prefix) => ({ prefix })),
        },
      },
      targets: [new targets.LambdaFunction(auditor.function, { deadLetterQueue: undelivered, retryAttempts: 20, maxEventAge: Duration.hours(6) })],
    });
    return undelivered;
  }
}
