// The lake's HTTP interface: what ran, how it went, and running a job again (docs/contracts.md §7). Signed requests only.
// Keeps no data. Consumed by whoever automates the lake from outside; the CLI invokes the same function.
import { Duration, RemovalPolicy, aws_apigateway as apigateway, aws_iam as iam, type aws_lambda as lambda, type aws_sqs as sqs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { acknowledgeWildcards, type WildcardFinding } from '../constructs/acknowledge.js';
import { EncryptedLogGroup } from '../constructs/encrypted-log-group.js';
import { machineArnPrefixes } from '../constructs/etl-machines.js';
import type { Access, Keys, Network, Storage } from '../constructs/foundations.js';
import { LakeFunction } from '../constructs/lake-function.js';
import { LakeStack } from '../constructs/lake-stack.js';
import type { MartConnection } from '../constructs/mart-connection.js';
import { PeopleAccess } from '../constructs/people-access.js';
import { grantRead } from '../constructs/zone-access.js';

export interface ApiStackProps {
  readonly environment: Environment;
  readonly storage: Pick<Storage, 'landing' | 'dataKey' | 'logsKey'>;
  readonly network: Pick<Network, 'vpc' | 'functionSecurityGroup'>;
  readonly mart: { readonly mart: MartConnection };
  readonly iam: Pick<Access, 'dataEngineer'>;
}

const STAGE = 'v1';
/** People and a few schedulers call this; more is a mistake or an attack. */
const REQUESTS_PER_SECOND = 20;

export class ApiStack extends LakeStack {
  readonly api: apigateway.RestApi;
  readonly function: lambda.IFunction;
  readonly deadLetters: Readonly<Record<string, sqs.IQueue>>;

  constructor(scope: Construct, props: ApiStackProps) {
    super(scope, 'Api', { environment: props.environment, description: 'Lake API: runs of jobs, over HTTPS with IAM' });
    const { environment, storage } = props;

    const handler = this.makeHandler(props);
    this.api = this.makeApi(environment, storage);
    this.addRoutes(handler.function);
    this.admitEngineers(props.iam.dataEngineer, environment, handler.function);

    this.function = handler.function;
    this.deadLetters = { LakeApi: handler.deadLetters };
    this.publish({ ApiUrl: this.api.url, LakeApiName: this.function.functionName });
  }

  private makeHandler({ environment, storage, network, mart: { mart } }: ApiStackProps): LakeFunction {
    const handler = new LakeFunction(this, 'LakeApi', {
      environment, storage, network,
      name: 'lake-api',
      description: 'Answers the lake API',
      // API Gateway gives up after 29 seconds.
      timeout: Duration.seconds(28),
      reservedConcurrency: 10,
      variables: { LANDING_BUCKET: storage.landing.bucketName, ...mart.environmentVariables },
    });
    mart.grantConnect(handler);
    // A run is started for a file that is there.
    grantRead(handler, { bucket: storage.landing, key: storage.dataKey });
    const machines = machineArnPrefixes(this, environment).map((prefix) => `${prefix}*`);
    iam.Grant.addToPrincipal({ grantee: handler, actions: ['states:StartExecution'], resourceArns: machines });
    const registry = this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: `dlp/${environment.name}/jobs` });
    iam.Grant.addToPrincipal({ grantee: handler, actions: ['ssm:GetParametersByPath', 'ssm:GetParameter'], resourceArns: [registry, `${registry}/*`] });
    acknowledgeWildcards(handler.role, [...machines, `${registry}/*`].map((arn): WildcardFinding => `Resource::${arn}`), 'Jobs come later, in stacks of their own; the names are those of this environment\'s jobs only.');
    return handler;
  }

  private makeApi(environment: Environment, storage: Keys): apigateway.RestApi {
    const account = this.makeAccount();
    const api = new apigateway.RestApi(this, 'RestApi', {
      restApiName: `Data lake (${environment.name})`,
      description: 'Runs of the data lake',
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      cloudWatchRole: false,
      defaultMethodOptions: { authorizationType: apigateway.AuthorizationType.IAM },
      deployOptions: {
        stageName: STAGE,
        accessLogDestination: new apigateway.LogGroupLogDestination(new EncryptedLogGroup(this, 'AccessLogs', { environment, storage })),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields(),
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        metricsEnabled: true,
        tracingEnabled: true,
        throttlingRateLimit: REQUESTS_PER_SECOND,
        throttlingBurstLimit: 2 * REQUESTS_PER_SECOND,
      },
    });
    // API Gateway makes this group by itself otherwise, for ever and without our key.
    const executionLogs = new EncryptedLogGroup(this, 'ExecutionLogs', {
      environment, storage, logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${STAGE}`,
    });
    api.deploymentStage.node.addDependency(account, executionLogs);
    // The CDK's own output of the URL; ours has the name that is agreed.
    api.node.tryRemoveChild('Endpoint');
    return api;
  }

  /** By both doors: over HTTPS, and the function itself, which the CLI invokes. Whoever may invoke it may start runs. */
  private admitEngineers(dataEngineer: iam.IRole, environment: Environment, handler: lambda.IFunction): void {
    const methods = this.api.methods.map((method) => method.methodArn);
    const access = new PeopleAccess(this, 'Engineers', {
      roles: [dataEngineer], description: `Calls the lake API of ${environment.name}`,
      allow: { 'execute-api:Invoke': methods, 'lambda:InvokeFunction': [handler.functionArn] },
    });
    acknowledgeWildcards(access, methods.map((arn): WildcardFinding => `Resource::${arn}`), 'In the place of a job or a run in the path: every one of this environment.');
  }

  /** One setting for all APIs of the account: kept when this stack goes, since another environment's may live on it. */
  private makeAccount(): apigateway.CfnAccount {
    const role = new iam.Role(this, 'LogWriter', {
      assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      description: 'Lets API Gateway write the logs of this account\'s APIs',
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    // It outlives the boundary, which could not be deleted while a role has it.
    iam.PermissionsBoundary.of(role).clear();
    // L1: the CDK makes its own account and role inside each RestApi, and neither can be reached.
    const account = new apigateway.CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return account;
  }

  private addRoutes(handler: lambda.IFunction): void {
    const integration = new apigateway.LambdaIntegration(handler, { allowTestInvoke: false });
    const validator = this.api.addRequestValidator('Validator', { validateRequestBody: true, validateRequestParameters: true });
    const startRun = this.api.addModel('StartRun', {
      contentType: 'application/json',
      schema: {
        type: apigateway.JsonSchemaType.OBJECT,
        required: ['key'],
        additionalProperties: false,
        properties: {
          key: { type: apigateway.JsonSchemaType.STRING, minLength: 1, maxLength: 1024 },
          versionId: { type: apigateway.JsonSchemaType.STRING, minLength: 1, maxLength: 1024 },
          force: { type: apigateway.JsonSchemaType.BOOLEAN },
        },
      },
    });
    const query = (...names: string[]) => Object.fromEntries(names.map((name) => [`method.request.querystring.${name}`, false]));
    const required = (name: string) => ({ [`method.request.path.${name}`]: true });

    const jobs = this.api.root.addResource('jobs');
    jobs.addMethod('GET', integration, { requestValidator: validator });
    jobs.addResource('{job}').addResource('runs').addMethod('POST', integration, {
      requestValidator: validator, requestParameters: required('job'), requestModels: { 'application/json': startRun },
    });
    const runs = this.api.root.addResource('runs');
    runs.addMethod('GET', integration, { requestValidator: validator, requestParameters: query('job', 'limit', 'status') });
    runs.addResource('{runId}').addMethod('GET', integration, { requestValidator: validator, requestParameters: required('runId') });
  }
}
