// The stack of a job: arguments, role, workflow, trigger, alarms and registry entry.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Job } from '../../src/core/job.js';
import { DAILY_ITEMS, ORDERS } from './fixtures/jobs.js';
import { scratch } from './scratch.js';
import { allowed, allowedOnAll, plain, statementsOf } from './statements.js';
import { environmentOf, jobOf, synthesize, type Synthesized } from './support.js';

const lake = synthesize(environmentOf('dev', { alarms: { failedRuns: 3 } }), [ORDERS, DAILY_ITEMS]);
const orders = lake.template('EtlOrders');

function only(short: string, type: string, of: Synthesized = lake): Record<string, any> {
  const found = Object.values(of.resources(short, type));
  expect(found).toHaveLength(1);
  return found[0]!.Properties;
}

describe('the Glue job', () => {
  const job = only('EtlOrders', 'AWS::Glue::Job');
  const assets = 's3://cdk-hnb659fds-assets-111111111111-eu-west-2';
  const args = Object.fromEntries(Object.entries(job['DefaultArguments']).map(([name, value]) => [name, plain(value)]));

  test('has the arguments of the contract, and no others', () => {
    expect(args).toEqual({
      '--job': 'orders',
      '--job_spec': expect.stringMatching(new RegExp(`^${assets}/[0-9a-f]{64}\\.json$`)),
      '--gold': 's3://<Gold>',
      '--database': 'dlp_dev_gold',
      '--mart_url': expect.stringMatching(/^jdbc:postgresql:\/\/<MartInstance.*Address>:(<.*Port>|\d+)\/lake\?sslmode=require$/),
      '--mart_secret': expect.stringMatching(/^<Mart.*Secret.*Arn>$/),
      '--extra-py-files': expect.stringMatching(new RegExp(`^${assets}/[0-9a-f]{64}\\.zip$`)),
      '--datalake-formats': 'iceberg',
      '--enable-glue-datacatalog': 'true',
      '--TempDir': 's3://<Gold>/_dlp/orders/tmp/',
      '--job-language': 'python',
      '--job-bookmark-option': 'job-bookmark-disable',
      '--enable-metrics': '',
      '--enable-observability-metrics': 'true',
      '--enable-continuous-cloudwatch-log': 'true',
    });
  });

  test('is PySpark on Glue 5.1 with the script of the folder, and never tries again by itself', () => {
    expect(job).toMatchObject({ GlueVersion: '5.1', MaxRetries: 0, WorkerType: 'G.1X', NumberOfWorkers: 2, Timeout: 60, ExecutionProperty: { MaxConcurrentRuns: 1 } });
    expect(job['Command']).toMatchObject({ Name: 'glueetl', PythonVersion: '3', ScriptLocation: expect.stringMatching(/\.py$/) });
  });

  test('has the workers of its specification', () => {
    const big = synthesize(environmentOf('dev'), [jobOf('orders', { workers: { type: 'G.2X', count: 9, timeoutMinutes: 15, maxConcurrent: 4 } })]);
    expect(only('EtlOrders', 'AWS::Glue::Job', big)).toMatchObject({ WorkerType: 'G.2X', NumberOfWorkers: 9, Timeout: 15, ExecutionProperty: { MaxConcurrentRuns: 4 } });
  });

  test('uses the connection and the encryption of the stack Glue', () => {
    expect(job['Connections'].Connections.map(plain)).toEqual(['<MartConnection>']);
    expect(plain(job['SecurityConfiguration'])).toBe('<SecurityConfiguration>');
  });

  test('reads the validated specification, with every default in it', () => {
    const file = readdirSync(path.join(lake.app.outdir), { recursive: true }).map(String).find((name) => name.endsWith(`asset.${path.basename(args['--job_spec']!)}`))!;
    expect(JSON.parse(readFileSync(path.join(lake.app.outdir, file), 'utf8'))).toEqual(ORDERS.spec);
  });

  test('keeps its assets from one synthesis to the next', () => {
    const again = synthesize(environmentOf('dev', { alarms: { failedRuns: 3 } }), [ORDERS]);
    expect(only('EtlOrders', 'AWS::Glue::Job', again)['DefaultArguments']['--job_spec']).toBe(args['--job_spec']);
  });
});

describe('the role of the Glue job', () => {
  const statements = statementsOf(orders, 'GlueJobRole');
  const gold = ['<GoldArn>/_dlp/orders/*', '<GoldArn>/quarantine/orders/*', '<GoldArn>/tables/*'];

  test('reads what lands for this job and writes its own parts of gold', () => {
    const code = allowed(statements, 's3:GetObject').filter((arn) => arn.startsWith('arn:aws:s3:::cdk-'));
    expect(code.map((arn) => path.extname(arn)).sort()).toEqual(['.json', '.py', '.zip']);
    expect(allowed(statements, 's3:GetObject').filter((arn) => !code.includes(arn))).toEqual([...gold, '<LandingArn>/orders/*']);
    expect(allowed(statements, 's3:PutObject')).toEqual(gold);
  });

  test('of a scheduled job reads below the name of the job', () => {
    expect(allowed(statementsOf(lake.template('EtlDailyItems'), 'GlueJobRole'), 's3:GetObject')).toContain('<LandingArn>/daily_items/*');
  });

  test('makes and changes tables of the gold database and deletes none', () => {
    expect(allowed(statements, 'glue:UpdateTable')).toEqual(['catalog', 'database/dlp_dev_gold', 'table/dlp_dev_gold/*'].map((name) => `arn:aws:glue:eu-west-2:111111111111:${name}`));
    expect(allowed(statements, 'glue:DeleteTable')).toEqual([]);
  });

  test('reads the one secret', () => {
    expect(allowed(statements, 'secretsmanager:GetSecretValue')).toEqual([expect.stringMatching(/^<Mart.*SecretArn>$/)]);
  });

  test('decrypts code under the bootstrap key, told by its alias', () => {
    const bootstrap = statements.find(({ resources }) => resources.includes('arn:aws:kms:eu-west-2:111111111111:key/*'));
    expect(bootstrap).toMatchObject({ actions: ['kms:Decrypt'], condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/cdk-hnb659fds-assets-key' } } });
  });

  test('has its network interfaces in the private subnets and the group of jobs only', () => {
    expect(allowed(statements, 'ec2:CreateNetworkInterface')).toEqual([
      'network-interface/*', 'security-group/<JobsGroupId>', 'subnet/<VpcPrivateSubnet1Subnet>', 'subnet/<VpcPrivateSubnet2Subnet>',
    ].map((name) => `arn:aws:ec2:eu-west-2:111111111111:${name}`));
    const remove = statements.find(({ actions }) => actions.includes('ec2:DeleteNetworkInterface'));
    expect(plain((remove!.condition as any).ArnEquals['ec2:Vpc'])).toBe('arn:aws:ec2:eu-west-2:111111111111:vpc/<Vpc>');
  });

  test('fits into a managed policy even with the longest names', () => {
    const name = `a${'b'.repeat(39)}`;
    const long = synthesize(environmentOf('prod', { network: { zones: 3 } }), [jobOf(name)]);
    const policy = Object.entries(long.resources(`EtlA${'b'.repeat(39)}`, 'AWS::IAM::ManagedPolicy')).find(([id]) => id.startsWith('GlueJobRole'));
    // A reference becomes at most a bucket's ARN, a key's ARN or a secret's ARN: 110 characters are more than any of them has.
    const text = JSON.stringify(policy![1].Properties['PolicyDocument'], (_, value) => (value && typeof value === 'object' && /^(Fn::|Ref$)/.test(Object.keys(value)[0] ?? '')
      ? plain(value).replace(/<[^>]*>/g, 'x'.repeat(110)) : value));
    expect(text.length).toBeLessThanOrEqual(6144);
  });
});

test('what is allowed on everything has no narrower resource, and nothing of it reads data', () => {
  for (const short of ['EtlOrders', 'EtlDailyItems']) {
    expect(allowedOnAll(lake.template(short))).toEqual([
      // Metrics, held to Glue's namespace by a condition.
      'cloudwatch:PutMetricData',
      // Where Glue looks for the network it is to join.
      'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute', 'ec2:DescribeVpcEndpoints',
      // How Step Functions subscribes to its log group.
      'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery', 'logs:ListLogDeliveries',
      'logs:PutResourcePolicy', 'logs:UpdateLogDelivery',
      // Traces.
      'xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
    ]);
  }
});

describe('the workflow', () => {
  const machine = only('EtlOrders', 'AWS::StepFunctions::StateMachine');

  test('is the state machine of the folder', () => {
    const definition = JSON.parse(machine['DefinitionString']);
    expect(Object.keys(definition.States)).toEqual(['Open', 'Run', 'Tell']);
    expect(definition.States.Run.Resource).toBe('arn:aws:states:::glue:startJobRun.sync');
  });

  test('gets a value for every variable that it names', () => {
    const named = [...machine['DefinitionString'].matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string);
    expect(new Set(named)).toEqual(new Set(['JobAuditorArn', 'JobName', 'GlueJobName', 'TopicArn']));
    expect(Object.fromEntries(Object.entries(machine['DefinitionSubstitutions']).map(([name, value]) => [name, plain(value)]))).toEqual({
      JobName: 'orders', GlueJobName: '<GlueJob>', JobAuditorArn: '<JobAuditorFunctionArn>', TopicArn: '<Alarms>',
    });
  });

  test('is logged in full, traced, and encrypted with the key of the data', () => {
    expect(machine['LoggingConfiguration']).toMatchObject({ Level: 'ALL', IncludeExecutionData: true });
    expect(machine['TracingConfiguration']).toEqual({ Enabled: true });
    expect(machine['EncryptionConfiguration'].Type).toBe('CUSTOMER_MANAGED_KMS_KEY');
    expect(plain(machine['EncryptionConfiguration'].KmsKeyId)).toBe('<DataKeyArn>');
    const group = only('EtlOrders', 'AWS::Logs::LogGroup');
    expect(plain(group['KmsKeyId'])).toBe('<LogsKeyArn>');
    // Any other beginning makes Step Functions write the group into a resource policy of the account, which fills up.
    expect(JSON.stringify(group['LogGroupName'])).toContain('/aws/vendedlogs/states/Dev-DataLakeInfrastructureEtlOrders-');
  });

  test('has a logical id from which CloudFormation makes a name that tells the environment', () => {
    expect(Object.keys(lake.resources('EtlOrders', 'AWS::StepFunctions::StateMachine'))).toEqual(['DevEtlOrders']);
    expect(machine).not.toHaveProperty('StateMachineName');
  });

  test('may call the auditor, run this job and publish, and nothing else', () => {
    const statements = statementsOf(orders, 'WorkflowRole');
    expect(allowed(statements, 'lambda:InvokeFunction')).toEqual(['<JobAuditorFunctionArn>']);
    for (const action of ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun']) {
      expect(allowed(statements, action)).toEqual(['arn:aws:glue:eu-west-2:111111111111:job/<GlueJob>']);
    }
    expect(allowed(statements, 'sns:Publish')).toEqual(['<Alarms>']);
    expect(allowed(statements, 'kms:GenerateDataKey')).toEqual(['<DataKeyArn>']);
    expect([...new Set(statements.flatMap(({ actions }) => actions.map((action) => action.split(':')[0])))].sort()).toEqual(['glue', 'kms', 'lambda', 'logs', 'sns', 'xray']);
  });

  test('of a file that is no YAML is refused, and the file is named', () => {
    const folder = scratch();
    writeFileSync(path.join(folder, 'job.py'), '');
    writeFileSync(path.join(folder, 'workflow.asl.yaml'), 'StartAt: [\n');
    const broken: Job = { ...ORDERS, folder };
    expect(() => synthesize(environmentOf('dev'), [broken])).toThrow(expect.objectContaining({
      code: 'CONFIG_INVALID', message: expect.stringContaining(path.join(folder, 'workflow.asl.yaml')),
    }));
  });

  test('that dlp etl new writes gets every variable that it names', () => {
    const folder = scratch();
    for (const file of ['job.py', 'workflow.asl.yaml']) {
      writeFileSync(path.join(folder, file), readFileSync(path.join('templates/etl', file), 'utf8').replaceAll('__JOB__', 'orders'));
    }
    const written = only('EtlOrders', 'AWS::StepFunctions::StateMachine', synthesize(environmentOf('dev'), [{ ...ORDERS, folder }]));
    const named = new Set([...written['DefinitionString'].matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string));
    expect(named.size).toBeGreaterThan(0);
    expect(Object.keys(written['DefinitionSubstitutions'])).toEqual(expect.arrayContaining([...named]));
  });
});

describe('the trigger', () => {
  test('of files takes what lands below the prefix and ends in the suffix', () => {
    const { EventPattern: pattern } = only('EtlOrders', 'AWS::Events::Rule');
    expect(pattern).toMatchObject({ source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { object: { key: [{ wildcard: 'orders/*.csv' }] } } });
    expect(pattern.detail.bucket.name.map(plain)).toEqual(['<Landing>']);
  });

  test('without a suffix takes every file below the prefix', () => {
    const made = synthesize(environmentOf('dev'), [jobOf('orders')]);
    expect(only('EtlOrders', 'AWS::Events::Rule', made)['EventPattern'].detail.object.key).toEqual([{ prefix: 'orders/' }]);
  });

  test('takes a star in a prefix for a star', () => {
    const made = synthesize(environmentOf('dev'), [jobOf('orders', { trigger: { event: { prefix: 'a*b\\c/', suffix: '.csv' } } })]);
    expect(only('EtlOrders', 'AWS::Events::Rule', made)['EventPattern'].detail.object.key).toEqual([{ wildcard: 'a\\*b\\\\c/*.csv' }]);
  });

  test('of the clock follows the schedule', () => {
    const rule = only('EtlDailyItems', 'AWS::Events::Rule');
    expect(rule['ScheduleExpression']).toBe('cron(0 3 * * ? *)');
    expect(rule).not.toHaveProperty('EventPattern');
  });

  test.each(['EtlOrders', 'EtlDailyItems'])('of %s starts the machine under a role that can do only that, and keeps what it could not deliver', (short) => {
    const [target] = only(short, 'AWS::Events::Rule')['Targets'];
    const [machine] = Object.keys(lake.resources(short, 'AWS::StepFunctions::StateMachine'));
    expect(plain(target.Arn)).toBe(`<${machine}>`);
    expect(plain(target.DeadLetterConfig.Arn)).toBe('<TriggerUndelivered.Arn>');
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 });
    expect(statementsOf(lake.template(short), 'TriggerRole')).toEqual([{ effect: 'Allow', actions: ['states:StartExecution'], resources: [`<${machine}>`], condition: undefined }]);
  });
});

describe('the alarms', () => {
  const alarms = (short: string) => Object.fromEntries(Object.entries(lake.resources(short, 'AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties]));

  test('tell the topic', () => {
    for (const { AlarmActions } of Object.values(alarms('EtlOrders'))) expect(AlarmActions.map(plain)).toEqual(['<Alarms>']);
    expect(Object.keys(alarms('EtlOrders')).sort()).toEqual(['FailedRuns', 'StaleData', 'UndeliveredEvents']);
  });

  test('count failed and timed out runs of an hour', () => {
    const { FailedRuns } = alarms('EtlOrders');
    expect(FailedRuns).toMatchObject({ Threshold: 3, EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching' });
    const metrics = FailedRuns!['Metrics'] as { Id: string; Expression?: string; MetricStat?: { Period: number; Stat: string; Metric: { MetricName: string; Dimensions: { Value: unknown }[] } } }[];
    expect(metrics.map(({ Expression }) => Expression).filter(Boolean)).toEqual(['failed + timedOut']);
    expect(metrics.filter(({ MetricStat }) => MetricStat).map(({ Id, MetricStat }) => [Id, MetricStat!.Metric.MetricName, MetricStat!.Period, MetricStat!.Stat, plain(MetricStat!.Metric.Dimensions[0]!.Value)])).toEqual([
      ['failed', 'ExecutionsFailed', 3600, 'Sum', '<DevEtlOrders>'], ['timedOut', 'ExecutionsTimedOut', 3600, 'Sum', '<DevEtlOrders>'],
    ]);
  });

  test('miss a success for as long as the job says, silence included', () => {
    expect(alarms('EtlOrders')['StaleData']).toMatchObject({
      MetricName: 'ExecutionsSucceeded', Period: 3600, EvaluationPeriods: 24, Threshold: 1, ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching',
    });
    expect(alarms('EtlDailyItems')).not.toHaveProperty('StaleData');
  });

  test('cannot be asked to look back further than CloudWatch does', () => {
    const patient = (staleAfterHours: number) => () => synthesize(environmentOf('dev'), [jobOf('orders', { alarms: { staleAfterHours } })]);
    expect(patient(168)).not.toThrow();
    expect(patient(169)).toThrow(/<=168/);
  });
});

test.each([
  ['EtlOrders', 'orders', { event: { prefix: 'orders/' } }],
  ['EtlDailyItems', 'daily_items', { schedule: 'cron(0 3 * * ? *)' }],
])('the registry entry of %s is that of the contract', (short, job, trigger) => {
  const parameter = only(short, 'AWS::SSM::Parameter');
  const [machine] = Object.keys(lake.resources(short, 'AWS::StepFunctions::StateMachine'));
  expect(parameter['Name']).toBe(`/dlp/dev/jobs/${job}`);
  expect(JSON.parse(plain(parameter['Value']))).toEqual({
    job, description: `Loads ${job}`, stateMachineArn: `<${machine}>`, glueJobName: '<GlueJob>', trigger, table: job,
  });
});

test('the outputs are those that the CLI reads, and no other', () => {
  const outputs = orders.toJSON()['Outputs'] as Record<string, { Value: unknown }>;
  expect(Object.fromEntries(Object.entries(outputs).map(([key, { Value }]) => [key, plain(Value)]))).toEqual({ StateMachineArn: '<DevEtlOrders>', GlueJobName: '<GlueJob>' });
});
