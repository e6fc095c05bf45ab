// The way into gold for people: one workgroup whose settings nobody can override, the rejected rows as a table, and
// queries to begin with. Keeps no data of its own; results lie in gold under athena/ until its lifecycle removes them.
import { aws_athena as athena, aws_glue as glue } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import type { Job } from '../../core/job.js';
import type { Storage } from '../constructs/foundations.js';
import { LakeStack } from '../constructs/lake-stack.js';

export interface AthenaStackProps {
  readonly environment: Environment;
  readonly storage: Pick<Storage, 'gold' | 'dataKey'>;
  readonly glue: { readonly database: glue.IDatabase; readonly databaseName: string };
  /** Whose tables the query `Rows in each table` counts. */
  readonly jobs?: readonly Job[];
}

const GIB = 1024 ** 3;
/** Begins with `_`, as no job's table can. */
const QUARANTINE = '_quarantine';

export class AthenaStack extends LakeStack {
  readonly workGroupName: string;

  constructor(scope: Construct, { environment, storage, glue: catalog, jobs = [] }: AthenaStackProps) {
    super(scope, 'Athena', { environment, description: 'Athena workgroup, quarantine table and first queries' });

    // L1: the CDK has no L2 for Athena.
    const workGroup = new athena.CfnWorkGroup(this, 'WorkGroup', {
      name: `dlp-${environment.name}`,
      description: `Queries on the data lake (${environment.name})`,
      // Its query history and named queries go with it; they are no data.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: environment.athena.scanLimitGiB * GIB,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: storage.gold.s3UrlForObject('athena/'),
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: storage.dataKey.keyArn },
        },
      },
    });
    this.workGroupName = workGroup.name;

    const quarantine = new glue.S3Table(this, 'Quarantine', {
      database: catalog.database,
      tableName: QUARANTINE,
      description: 'Rows that broke a rule of their job',
      storage: glue.S3TableStorage.fromBucket(storage.gold),
      s3Prefix: 'quarantine/',
      dataFormat: glue.DataFormat.JSON,
      // Encrypted by S3, which Athena does not see; it would look for data that clients encrypted.
      hasEncryptedData: false,
      columns: [
        { name: '_raw', type: glue.Schema.STRING, comment: 'the row as it was read' },
        { name: '_errors', type: glue.Schema.array(glue.Schema.STRING), comment: 'names of the rules it broke' },
        { name: '_run_id', type: glue.Schema.STRING, comment: 'begins with the name of the job' },
        { name: '_source', type: glue.Schema.STRING, comment: 'the file it was in' },
      ],
    });

    for (const { id, ...query } of queries(jobs)) {
      const named = new athena.CfnNamedQuery(this, id, { ...query, database: catalog.databaseName, workGroup: this.workGroupName });
      named.addResourceDependency(workGroup);
      named.node.addDependency(quarantine);
    }

    this.publish({ WorkGroupName: this.workGroupName });
  }
}

function queries(jobs: readonly Job[]): { id: string; name: string; description: string; queryString: string }[] {
  const tables = [...new Set(jobs.map(({ spec }) => spec.target.table))].sort();
  return [
    ...tables.length === 0 ? [] : [{
      id: 'RowsInEachTable',
      name: 'Rows in each table',
      description: 'Fails for a table whose job has not run yet: the first run makes it.',
      queryString: tables.map((table) => `SELECT '${table}' AS "table", count(*) AS "rows" FROM "${table}"`).join('\nUNION ALL\n'),
    }],
    {
      id: 'RejectedByRule',
      name: 'Rejected rows by job and rule',
      description: 'A row that broke several rules counts for each of them.',
      queryString: `SELECT split_part("_run_id", '-', 1) AS job, rule, count(*) AS "rows"
FROM "${QUARANTINE}" CROSS JOIN UNNEST("_errors") AS broken(rule)
GROUP BY 1, 2
ORDER BY 3 DESC`,
    },
    {
      id: 'LatestRejected',
      name: 'Latest rejected rows',
      description: 'The raw row, the rules it broke and the file it came in.',
      queryString: `SELECT "_run_id", "_errors", "_source", "_raw"
FROM "${QUARANTINE}"
ORDER BY "_run_id" DESC
LIMIT 100`,
    },
  ];
}
