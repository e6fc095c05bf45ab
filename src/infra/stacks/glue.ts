// The catalog of the gold zone and what every Glue job shares: database, connection to the mart, encryption, library.
// Keeps data: the database holds the pointers of the Iceberg tables. Consumed by Athena and by each job's stack.
// The encryption of the catalog itself is a setting of the whole account, which environments share: not ours to set.
import { fileURLToPath } from 'node:url';
import { IgnoreMode, RemovalPolicy, Tokenization, aws_glue as glue, aws_iam as iam, aws_s3_assets as assets } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { acknowledgeWildcards } from '../constructs/acknowledge.js';
import { PRIVATE_SUBNETS, type Network, type Storage } from '../constructs/foundations.js';
import { LakeStack } from '../constructs/lake-stack.js';
import type { MartConnection } from '../constructs/mart-connection.js';
import { removalPolicy } from '../constructs/removal.js';

export interface GlueStackProps {
  readonly environment: Environment;
  readonly storage: Pick<Storage, 'gold' | 'dataKey' | 'logsKey'>;
  readonly network: Pick<Network, 'vpc' | 'jobSecurityGroup'>;
  readonly mart: { readonly mart: MartConnection };
  /** Folder that holds the Python package `dlp_etl`. @default the installation's glue/lib */
  readonly library?: string;
}

// What Iceberg's catalog calls, no more; it drops no table and knows no partitions of Glue.
const TABLE_ACTIONS = ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:CreateTable', 'glue:UpdateTable'];

export class GlueStack extends LakeStack {
  readonly database: glue.Database;
  /** `dlp_<env>_gold`, a plain string: Athena users type it. */
  readonly databaseName: string;
  readonly connection: glue.Connection;
  readonly securityConfiguration: glue.SecurityConfiguration;
  /** A zip with the package `dlp_etl` at its root. */
  readonly sharedCode: assets.Asset;

  constructor(scope: Construct, { environment, storage, network, mart: { mart }, library }: GlueStackProps) {
    super(scope, 'Glue', { environment, description: 'Catalog of the gold zone and what every Glue job shares' });

    this.databaseName = `dlp_${environment.name}_gold`;
    this.database = new glue.Database(this, 'Database', {
      databaseName: this.databaseName,
      description: `Gold zone of the data lake (${environment.name})`,
      locationUri: storage.gold.s3UrlForObject('tables/'),
      removalPolicy: removalPolicy(environment),
    });

    this.securityConfiguration = new glue.SecurityConfiguration(this, 'SecurityConfiguration', {
      s3Encryption: glue.S3Encryption.kms(storage.dataKey),
      cloudWatchEncryption: glue.CloudWatchEncryption.kms(storage.logsKey),
      jobBookmarksEncryption: glue.JobBookmarksEncryption.clientSideKms(storage.dataKey),
      // Settings, not data; kept, its fixed name would be in the way of the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });

    this.connection = new glue.Connection(this, 'MartConnection', {
      type: glue.ConnectionType.JDBC,
      description: 'The data mart, from a private subnet',
      properties: {
        JDBC_CONNECTION_URL: `jdbc:postgresql://${mart.host}:${Tokenization.stringifyNumber(mart.port)}/${mart.database}`,
        JDBC_ENFORCE_SSL: 'true',
      },
      secret: mart.secret,
      // A connection knows one subnet; a run is placed there.
      network: glue.ConnectionNetwork.vpc(network.vpc, PRIVATE_SUBNETS),
      securityGroups: [network.jobSecurityGroup],
    });

    this.sharedCode = new assets.Asset(this, 'SharedCode', {
      path: library ?? fileURLToPath(new URL('../../../glue/lib', import.meta.url)),
      // The package and nothing else: tests, caches and build leftovers would change the hash, and with it every job.
      exclude: ['/*', '!/dlp_etl', '__pycache__', '*.pyc', '.*', 'test_*.py', 'tests'],
      ignoreMode: IgnoreMode.GIT,
    });

    this.publish({ GoldDatabaseName: this.databaseName });
  }

  /** Lets a job read, make and commit tables of the gold database. */
  grantTables(grantee: iam.IRole): void {
    const arn = (resource: string, resourceName?: string) => this.formatArn({ service: 'glue', resource, resourceName });
    const tables = arn('table', `${this.databaseName}/*`);
    iam.Grant.addToPrincipal({ grantee, actions: TABLE_ACTIONS, resourceArns: [arn('catalog'), arn('database', this.databaseName), tables] });
    acknowledgeWildcards(grantee, [`Resource::${tables}`], 'A job makes its table and reads those of others; the database is the limit.');
    // Spark looks for a database of this name at its start, and makes it where an account has none yet.
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['glue:GetDatabase', 'glue:CreateDatabase'],
      resourceArns: [arn('catalog'), arn('database', 'default')],
    });
  }

  /** Lets a job use the connection. */
  grantConnection(grantee: iam.IRole): void {
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['glue:GetConnection'],
      resourceArns: [this.connection.connectionArn, this.formatArn({ service: 'glue', resource: 'catalog' })],
    });
  }
}
