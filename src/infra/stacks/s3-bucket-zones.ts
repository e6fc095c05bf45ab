// The lake's data: landing zone, gold zone and logs, with the keys that encrypt them. Keeps data. Every other stack reads it.
import { aws_iam as iam, aws_kms as kms } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import type { Job } from '../../core/job.js';
import type { Storage } from '../constructs/foundations.js';
import { LakeBucket } from '../constructs/lake-bucket.js';
import { LakeStack } from '../constructs/lake-stack.js';
import { removalPolicy } from '../constructs/removal.js';

export interface S3BucketZonesStackProps {
  readonly environment: Environment;
  /** Whose scratch in the gold zone is cleared away: a lifecycle rule takes a prefix, and the job is in its middle. */
  readonly jobs: readonly Job[];
}

const SCRATCH_DAYS = 3;
const QUERY_RESULT_DAYS = 30;

export class S3BucketZonesStack extends LakeStack implements Storage {
  readonly dataKey: kms.Key;
  readonly logsKey: kms.Key;
  readonly landing: LakeBucket;
  readonly gold: LakeBucket;
  readonly logs: LakeBucket;

  constructor(scope: Construct, { environment, jobs }: S3BucketZonesStackProps) {
    super(scope, 'S3BucketZones', { environment, description: 'Data lake: buckets of the zones and their keys' });
    const { retention } = environment;

    this.dataKey = this.key('DataKey', 'Data of the lake: buckets, mart, queues, topics, secrets', environment);
    this.logsKey = this.key('LogsKey', 'Log groups of the lake', environment);

    // Logs its own accesses too: who read or removed evidence is evidence. Each delivery is an access itself, a steady trickle that expires.
    this.logs = new LakeBucket(this, 'Logs', { environment, logPrefix: 'self/', expire: { '': retention.accessLogDays } });
    this.landing = new LakeBucket(this, 'Landing', {
      environment, key: this.dataKey, logs: this.logs, logPrefix: 'landing/', announce: true, expire: { '': retention.landingDays },
    });
    this.gold = new LakeBucket(this, 'Gold', {
      environment, key: this.dataKey, logs: this.logs, logPrefix: 'gold/',
      expire: { 'athena/': QUERY_RESULT_DAYS, ...Object.fromEntries(jobs.map(({ spec }) => [`_dlp/${spec.name}/tmp/`, SCRATCH_DAYS])) },
    });

    this.admitServices();

    this.publish({
      LandingBucketName: this.landing.bucketName,
      GoldBucketName: this.gold.bucketName,
      LogBucketName: this.logs.bucketName,
      DataKeyArn: this.dataKey.keyArn,
      LogsKeyArn: this.logsKey.keyArn,
    });
  }

  private key(id: string, description: string, environment: Environment): kms.Key {
    return new kms.Key(this, id, { description, enableKeyRotation: true, removalPolicy: removalPolicy(environment) });
  }

  /**
   * The services that use a key in their own name, each for this account only. Said here and not where the topic or log
   * group is, because a key policy belongs to the key's stack and roles of later stacks must never be named in it.
   */
  private admitServices(): void {
    // CloudWatch Logs comes to a key under the name of its Region.
    const logs = new iam.ServicePrincipal(`logs.${this.region}.amazonaws.com`, {
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': this.formatArn({ service: 'logs', resource: '*' }) } },
    });
    this.logsKey.grant(logs, 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:DescribeKey');
    for (const publisher of ['cloudwatch.amazonaws.com', 'events.amazonaws.com']) {
      const principal = new iam.ServicePrincipal(publisher, { conditions: { StringEquals: { 'aws:SourceAccount': this.account } } });
      this.dataKey.grant(principal, 'kms:Decrypt', 'kms:GenerateDataKey');
    }
    // Delivers the logs of state machines whose data is under the key.
    this.dataKey.grant(new iam.ServicePrincipal('delivery.logs.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': this.account } } }), 'kms:Decrypt');
  }
}
