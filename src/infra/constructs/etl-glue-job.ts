// The Glue job of a job folder: its script, its specification and the library all jobs share. Its arguments are a contract
// (docs/contracts.md §3).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duration, Tokenization, Validations, aws_glue as glue, type aws_iam as iam, aws_s3_assets as assets } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Job, JobSpec } from '../../core/job.js';
import { EtlJobRole } from './etl-job-role.js';
import type { Network, Storage } from './foundations.js';
import type { MartConnection } from './mart-connection.js';

/** What the jobs share: the stack Glue. */
export interface SharedByJobs {
  readonly databaseName: string;
  readonly connection: glue.IConnection;
  readonly securityConfiguration: glue.ISecurityConfiguration;
  readonly sharedCode: assets.Asset;
  grantTables(grantee: iam.IRole): void;
  grantConnection(grantee: iam.IRole): void;
}

export interface EtlGlueJobProps {
  readonly job: Job;
  readonly storage: Pick<Storage, 'landing' | 'gold' | 'dataKey' | 'logsKey'>;
  readonly network: Pick<Network, 'vpc' | 'jobSecurityGroup'>;
  readonly mart: MartConnection;
  readonly glue: SharedByJobs;
}

export class EtlGlueJob extends Construct {
  readonly job: glue.PySparkEtlJob;

  constructor(scope: Construct, id: string, { job: { spec, folder }, storage, network, mart, glue: shared }: EtlGlueJobProps) {
    super(scope, id);
    const script = new assets.Asset(this, 'Script', { path: path.join(folder, 'job.py') });
    const specification = specificationOf(this, spec);
    const role = new EtlJobRole(this, 'Role', { spec, storage, network, mart, glue: shared, code: [script, specification, shared.sharedCode] });

    this.job = new glue.PySparkEtlJob(this, 'Job', {
      description: spec.description,
      glueVersion: glue.GlueVersion.V5_1,
      script: codeOf(script),
      extraPythonFiles: [codeOf(shared.sharedCode)],
      // The L2 would grant more than the role has: to list the bootstrap bucket.
      role: role.withoutPolicyUpdates(),
      workerConfiguration: { workerType: spec.workers.type as glue.WorkerType, numberOfWorkers: spec.workers.count },
      timeout: Duration.minutes(spec.workers.timeoutMinutes),
      maxConcurrentRuns: spec.workers.maxConcurrent,
      // The workflow decides about another try; Glue's would be hidden from the ledger.
      maxRetries: 0,
      connections: [shared.connection],
      securityConfiguration: shared.securityConfiguration,
      defaultArguments: {
        '--job': spec.name,
        '--job_spec': specification.s3ObjectUrl,
        '--gold': storage.gold.s3UrlForObject(),
        '--database': shared.databaseName,
        '--mart_url': `jdbc:postgresql://${mart.host}:${Tokenization.stringifyNumber(mart.port)}/${mart.database}?sslmode=require`,
        '--mart_secret': mart.secret.secretArn,
        '--datalake-formats': 'iceberg',
        '--enable-glue-datacatalog': 'true',
        '--TempDir': storage.gold.s3UrlForObject(`_dlp/${spec.name}/tmp/`),
        // Manifests remember what was read, and know versions; bookmarks go by time.
        '--job-bookmark-option': 'job-bookmark-disable',
      },
    });
    this.job.node.addDependency(role.ownPolicy);
    for (const id of ['AwsSolutions-GL1', 'AwsSolutions-GL3']) {
      Validations.of(this.job).acknowledge({ id, reason: 'The security configuration encrypts logs and bookmarks; it is in the stack Glue, where the rule does not look.' });
    }
  }
}

function codeOf(asset: assets.Asset): glue.Code {
  return glue.Code.fromBucket(asset.bucket, asset.s3ObjectKey);
}

/** The validated specification as a file of its own: a run reads what was checked, with every default in it. */
function specificationOf(scope: Construct, spec: JobSpec): assets.Asset {
  const folder = mkdtempSync(path.join(tmpdir(), 'dlp-job-'));
  try {
    const file = path.join(folder, 'job.json');
    writeFileSync(file, `${JSON.stringify(spec, null, 2)}\n`);
    return new assets.Asset(scope, 'Specification', { path: file });
  } finally {
    // The asset is in the assembly by now.
    rmSync(folder, { recursive: true });
  }
}
