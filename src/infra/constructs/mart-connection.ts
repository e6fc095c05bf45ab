// How the mart is reached, whichever engine it has: all that a consumer of DataMartStack may know.
import type { aws_cloudwatch as cloudwatch, aws_ec2 as ec2, aws_iam as iam, aws_secretsmanager as secretsmanager } from 'aws-cdk-lib';

export interface MartMetrics {
  /** Percent. */
  readonly cpu: cloudwatch.IMetric;
  readonly connections: cloudwatch.IMetric;
  /** Bytes; absent where storage has no limit (Aurora). */
  readonly freeStorage?: cloudwatch.IMetric;
}

export interface MartConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** JSON with `username` and `password`; made, kept and rotated by RDS. */
  readonly secret: secretsmanager.ISecret;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly metrics: MartMetrics;
  /** `MART_HOST`, `MART_PORT`, `MART_DATABASE`, `MART_SECRET_ARN` (docs/contracts.md §5). */
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** Lets the grantee read the secret; reaching the port is a matter of its security group. */
  grantConnect(grantee: iam.IGrantable): void;
}
