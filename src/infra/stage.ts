// One environment's lake, as a table of contents: each stack and what it needs of those before it.
import { Stage, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../core/environment.js';
import type { Job } from '../core/job.js';
import { lakeTags } from './constructs/lake-tags.js';
import { DataMartStack } from './stacks/data-mart.js';
import { IamStack } from './stacks/iam.js';
import { S3BucketZonesStack } from './stacks/s3-bucket-zones.js';
import { VpcStack } from './stacks/vpc.js';

export class DataLakeStage extends Stage {
  constructor(scope: Construct, environment: Environment, jobs: readonly Job[]) {
    super(scope, environment.title, { env: { account: environment.account, region: environment.region } });

    const storage = new S3BucketZonesStack(this, { environment, jobs });
    const network = new VpcStack(this, { environment, storage });
    const iam = new IamStack(this, { environment, storage });
    const mart = new DataMartStack(this, { environment, storage, network });

    for (const [key, value] of Object.entries(lakeTags(environment))) Tags.of(this).add(key, value);
  }
}
