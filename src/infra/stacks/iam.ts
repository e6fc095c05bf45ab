// Who may use the lake: roles of people, the role of the deployment pipeline, and the boundary of every role. Keeps no data.
// It names nothing of later stacks: the boundary and the roles are theirs to use, so resources are told by fixed name or by tag.
import { Duration, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { acknowledgeWildcards, type WildcardFinding } from '../constructs/acknowledge.js';
import type { Access, Storage } from '../constructs/foundations.js';
import { LakeRole } from '../constructs/lake-role.js';
import { LakeStack } from '../constructs/lake-stack.js';
import { ofThisLake } from '../constructs/lake-tags.js';
import { PermissionsBoundary } from '../constructs/permissions-boundary.js';
import { grantRead, grantWrite } from '../constructs/zone-access.js';

export interface IamStackProps {
  readonly environment: Environment;
  readonly storage: Storage;
}

type Resource = readonly [service: string, resource: string];

const GITHUB = 'token.actions.githubusercontent.com';
const QUERY = ['athena:GetWorkGroup', 'athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution',
  'athena:GetQueryResults', 'athena:ListQueryExecutions', 'athena:ListNamedQueries', 'athena:GetNamedQuery', 'athena:BatchGetNamedQuery'];
const CATALOG = ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions'];

export class IamStack extends LakeStack implements Access {
  readonly permissionsBoundary: iam.ManagedPolicy;
  readonly analyst: iam.Role;
  readonly dataEngineer: iam.Role;
  readonly deployer?: iam.Role;

  constructor(scope: Construct, { environment, storage }: IamStackProps) {
    super(scope, 'Iam', { environment, description: 'Data lake: roles and permissions boundary' });

    this.permissionsBoundary = new PermissionsBoundary(this, 'PermissionsBoundary', storage);

    this.analyst = this.person('Analyst', 'Queries the gold zone');
    this.allowQueries(this.analyst, environment, storage);

    this.dataEngineer = this.person('DataEngineer', 'Runs and repairs the jobs of the lake');
    this.allowQueries(this.dataEngineer, environment, storage);
    this.allowRepair(this.dataEngineer, environment, storage);
    this.allowStatus(this.dataEngineer, environment);

    if (environment.github) this.deployer = this.pipeline(environment, environment.github);

    this.publish({
      AnalystRoleArn: this.analyst.roleArn,
      DataEngineerRoleArn: this.dataEngineer.roleArn,
      ...(this.deployer && { DeployerRoleArn: this.deployer.roleArn }),
    });
  }

  /** Assumed by whomever the account's own identities allow to, such as a permission set of IAM Identity Center. */
  private person(id: string, description: string): iam.Role {
    return new LakeRole(this, id, {
      description, assumedBy: new iam.AccountRootPrincipal(), permissionsBoundary: this.permissionsBoundary, maxSessionDuration: Duration.hours(8),
    });
  }

  private allowQueries(role: iam.Role, { name, title }: Environment, { gold, dataKey: key }: Storage): void {
    grantRead(role, { bucket: gold, key, objects: 'tables/*' });
    grantRead(role, { bucket: gold, key, objects: 'athena/*' });
    grantWrite(role, { bucket: gold, key, objects: 'athena/*' });
    this.allow(role, QUERY, ['athena', `workgroup/dlp-${name}`]);
    this.allow(role, CATALOG, ['glue', 'catalog'], ['glue', `database/dlp_${name}_gold`], ['glue', `table/dlp_${name}_gold/*`]);
    this.allow(role, ['cloudformation:DescribeStacks'], ['cloudformation', `stack/${title}-DataLakeInfrastructure*`]);
  }

  private allowRepair(role: iam.Role, environment: Environment, { landing, gold, dataKey: key }: Storage): void {
    grantRead(role, { bucket: landing, key });
    grantWrite(role, { bucket: landing, key });
    grantRead(role, { bucket: gold, key });
    this.allow(role, ['ssm:GetParameter', 'ssm:GetParametersByPath'], ['ssm', `parameter/dlp/${environment.name}/jobs`], ['ssm', `parameter/dlp/${environment.name}/jobs/*`]);
    this.allowTagged(role, environment, ['states:StartExecution', 'states:DescribeStateMachine', 'states:ListExecutions'], ['states', 'stateMachine:*']);
    // Executions carry no tags; their names begin as their machines' do.
    this.allow(role, ['states:DescribeExecution', 'states:GetExecutionHistory'], ['states', `execution:${environment.title}Etl*`]);
    this.allowTagged(role, environment, ['glue:GetJob', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'], ['glue', 'job/*']);
    this.allowTagged(role, environment, ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:StartQuery'], ['logs', 'log-group:*']);
  }

  /** No grant of the CDK speaks of a resource that only a later stack makes. */
  private allow(role: iam.Role, actions: string[], ...resources: Resource[]): void {
    this.grant(role, actions, resources, 'Everything below this fixed name belongs to this environment.');
  }

  /** For resources whose names CloudFormation invents. */
  private allowTagged(role: iam.Role, environment: Environment, actions: string[], ...resources: Resource[]): void {
    this.grant(role, actions, resources, 'The condition narrows it to what carries the tags of this environment.', ofThisLake(environment));
  }

  private grant(role: iam.Role, actions: string[], resources: Resource[], reason: string, conditions?: Record<string, Record<string, string>>): void {
    const resourceArns = resources.map(([service, resource]) => this.formatArn({ service, resource }));
    iam.Grant.addToPrincipal({ grantee: role, actions, resourceArns, conditions });
    acknowledgeWildcards(role, resourceArns.filter((arn) => arn.includes('*')).map((arn): WildcardFinding => `Resource::${arn}`), reason);
  }

  /** What `dlp status` reads; whatever is refused there is shown as such. */
  private allowStatus(role: iam.Role, { bootstrap, name, title }: Environment): void {
    this.allowEverywhere(role, ['cloudformation:DescribeStacks', 'cloudwatch:DescribeAlarms', 'secretsmanager:ListSecrets'], 'They list without a name, and AWS knows no narrower resource for that; nothing is changed.');
    this.allow(role, ['cloudformation:DescribeStackEvents', 'cloudformation:GetTemplate'], ['cloudformation', `stack/${title}-DataLakeInfrastructure*`]);
    this.allow(role, ['ssm:GetParameter'], ['ssm', `parameter/cdk-bootstrap/${bootstrap.qualifier}/version`], ['ssm', `parameter/dlp/${name}/deploy-lock`], ['ssm', `parameter/dlp/${name}/last-deploy`]);
    this.allow(role, ['secretsmanager:DescribeSecret'], ['secretsmanager', `secret:dlp/${name}/*`]);
  }

  private allowEverywhere(role: iam.Role, actions: string[], reason: string): void {
    iam.Grant.addToPrincipal({ grantee: role, actions, resourceArns: ['*'] });
    acknowledgeWildcards(role, ['Resource::*'], reason);
  }

  /** Assumed by GitHub's workflows without a stored key. It assumes the CDK's own roles, which do the deploying; by itself it reads, holds the lock and writes the record. */
  private pipeline({ bootstrap, branch, name, title }: Environment, { repository, createProvider }: NonNullable<Environment['github']>): iam.Role {
    const provider = createProvider
      ? new iam.OidcProviderNative(this, 'GitHub', { url: `https://${GITHUB}`, clientIds: ['sts.amazonaws.com'] })
      : iam.OidcProviderNative.fromOidcProviderArn(this, 'GitHub', this.formatArn({ service: 'iam', region: '', resource: `oidc-provider/${GITHUB}` }));
    const subjects = [`repo:${repository}:environment:${name}`, ...(branch ? [`repo:${repository}:ref:refs/heads/${branch}`] : [])];
    const role = new LakeRole(this, 'Deployer', {
      description: `Deploys ${title} from ${repository}`,
      assumedBy: new iam.WebIdentityPrincipal(provider.oidcProviderRef.oidcProviderArn, {
        StringEquals: { [`${GITHUB}:aud`]: 'sts.amazonaws.com', [`${GITHUB}:sub`]: subjects },
      }),
    });
    const bootstrapped = ['deploy', 'file-publishing', 'image-publishing', 'lookup'].map((part) => `role/cdk-${bootstrap.qualifier}-${part}-role-${this.account}-${this.region}`);
    iam.Grant.addToPrincipal({ grantee: role, actions: ['sts:AssumeRole'], resourceArns: bootstrapped.map((resource) => this.formatArn({ service: 'iam', region: '', resource })) });
    this.allowEverywhere(role, ['cloudformation:DescribeStacks'], 'It lists without a name, and AWS knows no narrower resource for that; nothing is changed.');
    this.allow(role, ['cloudformation:GetTemplate', 'cloudformation:DescribeStackEvents', 'cloudformation:CancelUpdateStack', 'cloudformation:UpdateTerminationProtection'], ['cloudformation', `stack/${title}-DataLakeInfrastructure*`]);
    this.allow(role, ['ssm:GetParameter'], ['ssm', `parameter/cdk-bootstrap/${bootstrap.qualifier}/version`]);
    this.allow(role, ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:DeleteParameter'], ['ssm', `parameter/dlp/${name}/deploy-lock`], ['ssm', `parameter/dlp/${name}/last-deploy`]);
    return role;
  }
}
