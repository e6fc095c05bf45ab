// The data mart: PostgreSQL with the lake's schemas in it. Keeps data. Consumed by every stack that reads or loads the mart.
import path from 'node:path';
import { CustomResource, Duration, Tokenization, type aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { MART_PORT, type Keys, type Network } from '../constructs/foundations.js';
import { LakeFunction, bundleOf } from '../constructs/lake-function.js';
import { LakeStack } from '../constructs/lake-stack.js';
import type { MartConnection } from '../constructs/mart-connection.js';
import { MartDatabase } from '../constructs/mart-database.js';
import { hashOfMigrations } from '../constructs/migrations-hash.js';

export interface DataMartStackProps {
  readonly environment: Environment;
  readonly storage: Keys;
  readonly network: Network;
}

const MIGRATIONS = 'mart-migrations';

export class DataMartStack extends LakeStack {
  readonly mart: MartConnection;

  constructor(scope: Construct, { environment, storage, network }: DataMartStackProps) {
    super(scope, 'DataMart', { environment, description: 'Data lake: data mart and audit ledger' });

    const database = new MartDatabase(this, 'Mart', { environment, storage, network, port: MART_PORT });
    this.mart = connection(database, environment, storage, network);
    this.migrate(database, environment, storage, network);

    this.publish({
      MartHost: this.mart.host,
      MartPort: Tokenization.stringifyNumber(this.mart.port),
      MartDatabase: this.mart.database,
      MartSecretArn: this.mart.secret.secretArn,
    });
  }

  /** Applies the migrations whenever their files change; later stacks find the schemas there. */
  private migrate(database: MartDatabase, environment: Environment, storage: Keys, network: Network): void {
    const migrator = new LakeFunction(this, 'MartMigrations', {
      environment, storage, network,
      name: MIGRATIONS,
      description: 'Applies the migrations of the mart',
      variables: this.mart.environmentVariables,
      timeout: Duration.minutes(10),
      // One at a time: two migrations at once would wait for each other's locks.
      reservedConcurrency: 1,
    });
    this.mart.grantConnect(migrator);

    const applied = new CustomResource(this, 'Migrations', {
      resourceType: 'Custom::MartMigrations',
      serviceToken: migrator.function.functionArn,
      serviceTimeout: Duration.minutes(15),
      properties: { MigrationsHash: hashOfMigrations(path.join(bundleOf(MIGRATIONS), 'migrations')) },
    });
    // The endpoint of a cluster has a name before there is a server behind it.
    applied.node.addDependency(database);
  }
}

function connection({ endpoint, secret, metrics }: MartDatabase, { mart }: Environment, { dataKey }: Keys, network: Network): MartConnection {
  const host = endpoint.hostname;
  return {
    host, port: endpoint.port, database: mart.database, secret, metrics,
    securityGroup: network.martSecurityGroup,
    environmentVariables: {
      MART_HOST: host, MART_PORT: Tokenization.stringifyNumber(endpoint.port), MART_DATABASE: mart.database, MART_SECRET_ARN: secret.secretArn,
    },
    grantConnect: (grantee: iam.IGrantable) => {
      secret.grantRead(grantee);
      dataKey.grant(grantee, 'kms:Decrypt');
    },
  };
}
