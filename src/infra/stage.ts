// One environment's lake, as a table of contents: each stack and what it needs of those before it.
import { Stage, Tags, aws_iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../core/environment.js';
import type { Job } from '../core/job.js';
import { lakeTags } from '../core/lake-tags.js';
import { ApiStack } from './stacks/api.js';
import { AthenaStack } from './stacks/athena.js';
import { DataMartStack } from './stacks/data-mart.js';
import { EtlJobStack } from './stacks/etl-job.js';
import { GlueStack } from './stacks/glue.js';
import { IamStack } from './stacks/iam.js';
import { LambdaStack } from './stacks/lambda.js';
import { MonitoringStack } from './stacks/monitoring.js';
import { S3BucketZonesStack } from './stacks/s3-bucket-zones.js';
import { VpcStack } from './stacks/vpc.js';

export class DataLakeStage extends Stage {
  constructor(scope: Construct, environment: Environment, jobs: readonly Job[]) {
    super(scope, environment.title, { env: { account: environment.account, region: environment.region } });

    const storage = new S3BucketZonesStack(this, { environment, jobs });
    const network = new VpcStack(this, { environment, storage });
    const iam = new IamStack(this, { environment, storage });
    const mart = new DataMartStack(this, { environment, storage, network });
    const glue = new GlueStack(this, { environment, storage, network, mart });
    const lambda = new LambdaStack(this, { environment, storage, network, mart, iam });
    const api = new ApiStack(this, { environment, storage, network, mart, iam });
    const athena = new AthenaStack(this, { environment, storage, glue, jobs });
    const monitoring = new MonitoringStack(this, { environment, storage, lambda, mart, api });
    const etl = jobs.map((job) => new EtlJobStack(this, { environment, job, storage, network, mart, glue, lambda, monitoring }));

    // Not over the whole stage: the stacks before Iam make one role, which delivers flow logs and is assumed by that service
    // alone, and Iam needs what they make. The pipeline's role stays outside too: it must be able to assume the CDK's.
    for (const stack of [mart, glue, lambda, api, athena, monitoring, ...etl]) aws_iam.PermissionsBoundary.of(stack).apply(iam.permissionsBoundary);
    for (const [key, value] of Object.entries(lakeTags(environment))) Tags.of(this).add(key, value);
  }
}
