// A Lambda of the lake, hardened once: its own role, private subnets, encrypted variables, logs and dead letters, traced,
// with bounded concurrency. Its code is the bundle that `npm run build` made of src/lambdas/<name>.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration, Stack, aws_iam as iam, aws_lambda as lambda, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { acknowledgeWildcards } from './acknowledge.js';
import { EncryptedLogGroup } from './encrypted-log-group.js';
import { PRIVATE_SUBNETS, type Keys, type Network } from './foundations.js';
import { LakeRole } from './lake-role.js';
import { removalPolicy } from './removal.js';

export interface LakeFunctionProps {
  readonly environment: Environment;
  readonly storage: Keys;
  readonly network: Pick<Network, 'vpc' | 'functionSecurityGroup'>;
  /** Folder in src/lambdas and in dist/lambdas. */
  readonly name: string;
  readonly description: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** @default 30 seconds */
  readonly timeout?: Duration;
  /** MiB; @default 256 */
  readonly memory?: number;
  /** @default 5 */
  readonly reservedConcurrency?: number;
}

const LOOK_AT_NETWORK = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];
const CHANGE_INTERFACES = ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'];

export class LakeFunction extends Construct implements iam.IGrantable {
  readonly function: lambda.Function;
  readonly role: LakeRole;
  readonly deadLetters: sqs.Queue;
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: LakeFunctionProps) {
    super(scope, id);
    const { environment, storage, network } = props;

    this.role = new LakeRole(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), description: props.description });
    this.grantPrincipal = this.role;
    const logGroup = new EncryptedLogGroup(this, 'Logs', { environment, storage });
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      encryptionMasterKey: storage.dataKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // No queue may use this one as its own dead-letter queue: it is the end of the line.
      redriveAllowPolicy: { redrivePermission: sqs.RedrivePermission.DENY_ALL },
      removalPolicy: removalPolicy(environment),
    });
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(bundleOf(props.name)),
      handler: 'index.handler',
      role: this.role,
      timeout: props.timeout ?? Duration.seconds(30),
      memorySize: props.memory ?? 256,
      // Bounds what a storm of events costs and how many connections it opens in the mart.
      reservedConcurrentExecutions: props.reservedConcurrency ?? 5,
      vpc: network.vpc,
      vpcSubnets: PRIVATE_SUBNETS,
      securityGroups: [network.functionSecurityGroup],
      environment: {
        DLP_ENV: environment.name,
        // Node does not look into the runtime's own store, which holds the authorities of RDS.
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
        ...props.variables,
      },
      environmentEncryption: storage.dataKey,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      deadLetterQueue: this.deadLetters,
      tracing: lambda.Tracing.ACTIVE,
    });

    logGroup.grantWrite(this.role);
    storage.dataKey.grant(this.role, 'kms:Decrypt', 'kms:GenerateDataKey');
    this.allowNetworkInterfaces();
  }

  /** What Lambda itself needs to put the function into the VPC; refused to the function's own code, which could tap the network with it. */
  private allowNetworkInterfaces(): void {
    const stack = Stack.of(this);
    const interfaces = stack.formatArn({ service: 'ec2', resource: '*/*' });
    const permit = (actions: string[], resources: string[]) => this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources }));
    permit(LOOK_AT_NETWORK, ['*']);
    permit(CHANGE_INTERFACES, [interfaces]);
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: [...LOOK_AT_NETWORK, ...CHANGE_INTERFACES],
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': stack.formatArn({ service: 'lambda', resource: 'function:*' }) } },
    }));
    acknowledgeWildcards(this.role, [`Resource::${interfaces}`], 'An interface has no name before Lambda makes it; the code of the function is denied all of it.');
    acknowledgeWildcards(this.role, ['Resource::*'], 'EC2 describes and X-Ray records for no narrower resource; the code of the function is denied the former.');
  }
}

/** The bundle of a Lambda: dist/lambdas/<name>, seen alike from src/infra/constructs and dist/infra/constructs. */
export function bundleOf(name: string): string {
  const folder = path.join(fileURLToPath(new URL('../../../dist/lambdas/', import.meta.url)), name);
  if (!existsSync(path.join(folder, 'index.mjs'))) throw new Error(`dist/lambdas/${name} has no index.mjs: run \`npm run build\` first`);
  return folder;
}
