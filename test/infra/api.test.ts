// The stack Api: routes, who may call them, what is checked before the function is called, and what the function may do.
import { describe, expect, test } from '@jest/globals';
import { allowed, plain, statementsOf } from './statements.js';
import { environmentOf, synthesize, type Resource } from './support.js';

const lake = synthesize(environmentOf('dev'));
const template = lake.template('Api');

/** `GET /runs/{runId}` → the method. */
function routes(): Record<string, Resource> {
  const resources = lake.resources('Api', 'AWS::ApiGateway::Resource');
  const pathOf = (id: string): string => {
    const { ParentId, PathPart } = resources[id]!.Properties;
    return `${ParentId.Ref ? pathOf(ParentId.Ref) : ''}/${PathPart}`;
  };
  return Object.fromEntries(Object.values(lake.resources('Api', 'AWS::ApiGateway::Method')).map((method) => [
    `${method.Properties['HttpMethod']} ${method.Properties['ResourceId'].Ref ? pathOf(method.Properties['ResourceId'].Ref) : '/'}`, method,
  ]));
}

describe('the routes', () => {
  test('are those of the contract and no others', () => {
    expect(Object.keys(routes()).sort()).toEqual(['GET /jobs', 'GET /runs', 'GET /runs/{runId}', 'POST /jobs/{job}/runs']);
  });

  test.each(Object.entries(routes()))('%s wants a signature and checks the request', (_, { Properties }) => {
    expect(Properties['AuthorizationType']).toBe('AWS_IAM');
    expect(Properties['Integration'].Type).toBe('AWS_PROXY');
    const validator = lake.resources('Api', 'AWS::ApiGateway::RequestValidator')[Properties['RequestValidatorId'].Ref]!;
    expect(validator.Properties).toMatchObject({ ValidateRequestBody: true, ValidateRequestParameters: true });
  });

  test('name their parameters', () => {
    expect(routes()['GET /runs']!.Properties['RequestParameters']).toEqual({
      'method.request.querystring.job': false, 'method.request.querystring.limit': false, 'method.request.querystring.status': false,
    });
    expect(routes()['GET /runs/{runId}']!.Properties['RequestParameters']).toEqual({ 'method.request.path.runId': true });
  });

  test('start a run only with a body as the contract has it', () => {
    const model = routes()['POST /jobs/{job}/runs']!.Properties['RequestModels']['application/json'].Ref;
    expect(lake.resources('Api', 'AWS::ApiGateway::Model')[model]!.Properties['Schema']).toMatchObject({
      type: 'object', required: ['key'], additionalProperties: false,
      properties: { key: { type: 'string', minLength: 1 }, versionId: { type: 'string' }, force: { type: 'boolean' } },
    });
  });
});

describe('the stage', () => {
  const [stage] = Object.values(lake.resources('Api', 'AWS::ApiGateway::Stage'));
  const groups = lake.resources('Api', 'AWS::Logs::LogGroup');

  test('is traced, throttled, measured and logged, without the data of requests', () => {
    expect(stage!.Properties['TracingEnabled']).toBe(true);
    expect(stage!.Properties['MethodSettings']).toEqual([{
      ResourcePath: '/*', HttpMethod: '*', DataTraceEnabled: false, LoggingLevel: 'ERROR', MetricsEnabled: true, ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40,
    }]);
  });

  test('logs into groups under the key of logs, the one that API Gateway names included', () => {
    expect(plain(stage!.Properties['AccessLogSetting'].DestinationArn)).toBe('arn:aws:logs:eu-west-2:111111111111:log-group:<AccessLogs>');
    for (const { Properties } of Object.values(groups)) {
      expect(plain(Properties['KmsKeyId'])).toBe('<LogsKeyArn>');
      expect(Properties['RetentionInDays']).toBe(90);
    }
    const named = Object.values(groups).map(({ Properties }) => Properties['LogGroupName']).filter(Boolean).map(plain);
    expect(named).toEqual([`API-Gateway-Execution-Logs_<RestApi>/${stage!.Properties['StageName']}`]);
  });

  test('is made after the group and the account setting that its logs need', () => {
    const [made] = Object.values(template.findResources('AWS::ApiGateway::Stage'));
    expect(made!['DependsOn']).toEqual(expect.arrayContaining([expect.stringMatching(/^Account/), expect.stringMatching(/^ExecutionLogs/)]));
  });
});

test('the account setting and its role outlive the stack, and the role is free of the boundary that does not', () => {
  template.hasResource('AWS::ApiGateway::Account', { DeletionPolicy: 'Retain' });
  const [, role] = Object.entries(lake.resources('Api', 'AWS::IAM::Role')).find(([id]) => id.startsWith('LogWriter'))!;
  expect(role.DeletionPolicy).toBe('Retain');
  expect(role.Properties['PermissionsBoundary']).toBeUndefined();
});

describe('the function', () => {
  const statements = statementsOf(template, 'LakeApiRole');

  test('starts the machines of this environment and no others', () => {
    expect(allowed(statements, 'states:StartExecution')).toEqual([
      'arn:aws:states:eu-west-2:111111111111:stateMachine:Dev-DataLakeInfrastructureEtl*', 'arn:aws:states:eu-west-2:111111111111:stateMachine:DevEtl*',
    ]);
  });

  test('reads the registry of this environment', () => {
    const registry = 'arn:aws:ssm:eu-west-2:111111111111:parameter/dlp/dev/jobs';
    for (const action of ['ssm:GetParametersByPath', 'ssm:GetParameter']) expect(allowed(statements, action)).toEqual([registry, `${registry}/*`]);
  });

  test('looks at landing and changes nothing there', () => {
    expect(allowed(statements, 's3:GetObject')).toEqual(['<LandingArn>/*']);
    expect(statements.flatMap(({ actions }) => actions).filter((action) => /^s3:(Put|Delete)/.test(action))).toEqual([]);
  });

  test('is called by these routes only', () => {
    const sources = Object.values(lake.resources('Api', 'AWS::Lambda::Permission')).map(({ Properties }) => plain(Properties['SourceArn']).replace(/^.*<RestApi>\/<[^>]*>/, ''));
    expect(sources.sort()).toEqual(['/GET/jobs', '/GET/runs', '/GET/runs/*', '/POST/jobs/*/runs']);
  });

  test('answers before API Gateway gives up', () => {
    const [made] = Object.values(lake.resources('Api', 'AWS::Lambda::Function'));
    expect(made!.Properties['Timeout']).toBeLessThan(29);
    expect(Object.keys(made!.Properties['Environment'].Variables)).toEqual(expect.arrayContaining(['DLP_ENV', 'LANDING_BUCKET', 'MART_HOST', 'MART_PORT', 'MART_DATABASE', 'MART_SECRET_ARN']));
  });
});

test('data engineers call it by both doors, analysts by none', () => {
  const policies = Object.values(lake.resources('Api', 'AWS::IAM::ManagedPolicy')).filter(({ Properties }) => plain(Properties['Roles']).includes('DataEngineer') || plain(Properties['Roles']).includes('Analyst'));
  expect(policies).toHaveLength(1);
  expect(plain(policies[0]!.Properties['Roles'])).not.toContain('Analyst');
  const [https, invoke, ...others] = policies[0]!.Properties['PolicyDocument'].Statement;
  expect(others).toEqual([]);
  expect(https.Action).toBe('execute-api:Invoke');
  expect(https.Resource.map((arn: unknown) => plain(arn).replace(/^.*<RestApi>\/<[^>]*>/, '')).sort()).toEqual(['/GET/jobs', '/GET/runs', '/GET/runs/*', '/POST/jobs/*/runs']);
  expect(invoke.Action).toBe('lambda:InvokeFunction');
  expect(plain(invoke.Resource)).toMatch(/LakeApi/);
});

test('the outputs are those that the CLI reads', () => {
  expect(Object.keys(template.toJSON()['Outputs']).filter((key) => !key.startsWith('PublishOutput')).sort()).toEqual(['ApiUrl', 'LakeApiName']);
});
