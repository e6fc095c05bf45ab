// The mart's PostgreSQL, one instance or Aurora Serverless v2: encrypted, TLS only, logged, watched, backed up, its password
// made and rotated by RDS. What both engines share is said once.
import { Duration, Validations, aws_cloudwatch as cloudwatch, aws_ec2 as ec2, aws_iam as iam, aws_rds as rds, aws_secretsmanager as secretsmanager } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { ISOLATED_SUBNETS, type Keys, type Network } from './foundations.js';
import type { MartMetrics } from './mart-connection.js';
import { databaseRemovalPolicy } from './removal.js';

export interface MartDatabaseProps {
  readonly environment: Environment;
  readonly storage: Keys;
  readonly network: Pick<Network, 'vpc' | 'martSecurityGroup'>;
  readonly port: number;
}

type Engine<Name> = Extract<Environment['mart'], { engine: Name }>;

const CERTIFICATE_AUTHORITY = rds.CaCertificate.RDS_CA_RSA2048_G1;
const PARAMETERS = {
  'rds.force_ssl': '1',
  log_connections: '1',
  log_disconnections: '1',
  log_statement: 'ddl',
  log_min_duration_statement: '1000',
};

export class MartDatabase extends Construct {
  readonly endpoint: rds.Endpoint;
  readonly secret: secretsmanager.ISecret;
  readonly metrics: MartMetrics;

  constructor(scope: Construct, id: string, private readonly props: MartDatabaseProps) {
    super(scope, id);
    const { mart } = props.environment;
    const database = mart.engine === 'postgres' ? this.instance(mart) : this.cluster(mart);

    this.acknowledgeSettings(database, mart);
    this.endpoint = database instanceof rds.DatabaseInstance ? database.instanceEndpoint : database.clusterEndpoint;
    // Without its key: the L2's `grantRead` of a secret with a key names the reader in that key's policy, and so ties the
    // stack of the keys to every stack that reads the mart, in a circle.
    this.secret = secretsmanager.Secret.fromSecretCompleteArn(this, 'Secret', database.secret!.secretArn);
    this.metrics = {
      cpu: database.metricCPUUtilization({ statistic: cloudwatch.Stats.AVERAGE, period: Duration.minutes(5) }),
      connections: database.metricDatabaseConnections({ statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(5) }),
      ...(database instanceof rds.DatabaseInstance
        && { freeStorage: database.metricFreeStorageSpace({ statistic: cloudwatch.Stats.MINIMUM, period: Duration.minutes(5) }) }),
    };
  }

  /** What the environment's settings choose against the judges' advice; where they follow it, a finding still fails. */
  private acknowledgeSettings(database: Construct, mart: Environment['mart']): void {
    const accept = (id: string, reason: string) => Validations.of(database).acknowledge({ id: `AwsSolutions-${id}`, reason });
    if (mart.engine === 'postgres' && !mart.multiAz) accept('RDS3', 'mart.multiAz is off for this environment: the loss of a zone costs hours until a restore, no data.');
    if (!mart.deletionProtection) accept('RDS10', 'mart.deletionProtection is off for this environment: its mart is meant to be thrown away.');
  }

  private instance(mart: Engine<'postgres'>): rds.DatabaseInstance {
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.of(mart.version, major(mart.version)) });
    return new rds.DatabaseInstance(this, 'Instance', {
      ...this.shared(engine),
      engine,
      databaseName: mart.database,
      instanceType: new ec2.InstanceType(mart.instanceClass),
      allocatedStorage: mart.storageGiB,
      maxAllocatedStorage: mart.maxStorageGiB,
      storageType: rds.StorageType.GP3,
      multiAz: mart.multiAz,
      backupRetention: Duration.days(mart.backupDays),
      caCertificate: CERTIFICATE_AUTHORITY,
      cloudwatchLogsExports: ['postgresql', 'upgrade'],
    });
  }

  private cluster(mart: Engine<'aurora'>): rds.DatabaseCluster {
    const engine = rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.of(mart.version, major(mart.version)) });
    const shared = this.shared(engine);
    const { enablePerformanceInsights, performanceInsightEncryptionKey, autoMinorVersionUpgrade } = shared;
    const member = { caCertificate: CERTIFICATE_AUTHORITY, enablePerformanceInsights, performanceInsightEncryptionKey, autoMinorVersionUpgrade };
    return new rds.DatabaseCluster(this, 'Cluster', {
      ...shared,
      engine,
      defaultDatabaseName: mart.database,
      serverlessV2MinCapacity: mart.minAcu,
      serverlessV2MaxCapacity: mart.maxAcu,
      writer: rds.ClusterInstance.serverlessV2('Writer', member),
      // Every reader grows with the writer, so that any of them can take over at full load.
      readers: Array.from({ length: mart.readers }, (_, i) => rds.ClusterInstance.serverlessV2(`Reader${i + 1}`, { ...member, scaleWithWriter: true })),
      backup: { retention: Duration.days(mart.backupDays) },
      cloudwatchLogsExports: ['postgresql'],
    });
  }

  private shared(engine: rds.IEngine & (rds.IInstanceEngine | rds.IClusterEngine)) {
    const { environment, storage, network, port } = this.props;
    return {
      vpc: network.vpc,
      vpcSubnets: ISOLATED_SUBNETS,
      securityGroups: [network.martSecurityGroup],
      port,
      // RDS makes, keeps and rotates the password; with a key of our own, roles can be allowed to read it.
      manageMasterUserPassword: true,
      credentials: rds.Credentials.fromUsername('lake', { encryptionKey: storage.dataKey }),
      iamAuthentication: true,
      storageEncryptionKey: storage.dataKey,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', { engine, description: 'TLS only, statements logged', parameters: PARAMETERS }),
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: storage.dataKey,
      monitoringInterval: Duration.minutes(1),
      monitoringRole: this.monitoringRole(),
      autoMinorVersionUpgrade: true,
      copyTagsToSnapshot: true,
      deletionProtection: environment.mart.deletionProtection,
      deleteAutomatedBackups: environment.retention.removal === 'destroy',
      removalPolicy: databaseRemovalPolicy(environment),
    };
  }

  private monitoringRole(): iam.Role {
    const role = new iam.Role(this, 'MonitoringRole', {
      description: 'Enhanced monitoring of the mart',
      assumedBy: new iam.ServicePrincipal('monitoring.rds.amazonaws.com'),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonRDSEnhancedMonitoringRole')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]',
      reason: 'Written by RDS for exactly this agent and limited to its own log group; a copy would stop working when the agent changes.',
    });
    return role;
  }
}

function major(version: string): string {
  return version.split('.')[0]!;
}
