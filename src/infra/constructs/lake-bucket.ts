// A bucket of the lake: private, versioned, encrypted, TLS only, its accesses logged, its leftovers cleared away.
import { Duration, aws_s3 as s3, type aws_kms as kms } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { removalPolicy } from './removal.js';

export interface LakeBucketProps {
  readonly environment: Environment;
  /** Without a key S3's own encrypts: the delivery of access logs cannot be relied on to write under a customer's key. */
  readonly key?: kms.IKey;
  /** Where accesses are logged; without it the bucket logs into itself. */
  readonly logs?: s3.IBucket;
  /** Prefix of this bucket's access logs. */
  readonly logPrefix: string;
  /** Whether each new object is announced on EventBridge. */
  readonly announce?: boolean;
  /** Key prefix → days after which an object below it is deleted; the empty prefix is the whole bucket. */
  readonly expire?: Readonly<Record<string, number>>;
}

const UNFINISHED_UPLOAD_DAYS = 7;

export class LakeBucket extends s3.Bucket {
  constructor(scope: Construct, id: string, { environment, key, logs, logPrefix, announce = false, expire = {} }: LakeBucketProps) {
    super(scope, id, {
      ...(key ? { encryption: s3.BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true } : { encryption: s3.BucketEncryption.S3_MANAGED }),
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: logPrefix,
      removalPolicy: removalPolicy(environment),
      lifecycleRules: [
        {
          id: 'leftovers',
          abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_UPLOAD_DAYS),
          noncurrentVersionExpiration: Duration.days(environment.retention.noncurrentDays),
          expiredObjectDeleteMarker: true,
        },
        ...Object.entries(expire).map(([prefix, days]) => ({
          id: `expire ${prefix || 'everything'}`, prefix: prefix || undefined, expiration: Duration.days(days),
        })),
      ],
    });
    // L1, because the L2's `eventBridgeEnabled` brings a Lambda and a custom resource of the CDK for what is one native property.
    if (announce) (this.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }
}
