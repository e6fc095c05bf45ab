// The stack Monitoring: who is told, of what, and the page that shows it.
import { describe, expect, test } from '@jest/globals';
import { ORDERS } from './fixtures/jobs.js';
import { plain } from './statements.js';
import { environmentOf, synthesize, type Synthesized } from './support.js';

const lake = synthesize(environmentOf('dev', {
  alarms: { emails: ['data@example.com', 'night@example.com'], martFreeStorageGiB: 7, martCpuPercent: 65 },
}), [ORDERS]);

function alarms(of: Synthesized): Record<string, Record<string, any>> {
  return Object.fromEntries(Object.entries(of.resources('Monitoring', 'AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties]));
}

describe('the topic', () => {
  test('is encrypted with the key of the data and takes no plain connection', () => {
    const [topic] = Object.values(lake.resources('Monitoring', 'AWS::SNS::Topic'));
    expect(plain(topic!.Properties['KmsMasterKeyId'])).toBe('<DataKeyArn>');
    const [policy] = Object.values(lake.resources('Monitoring', 'AWS::SNS::TopicPolicy'));
    expect(policy!.Properties['PolicyDocument'].Statement).toContainEqual(expect.objectContaining({
      Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }));
  });

  test('tells everybody who is listed', () => {
    const subscribed = Object.values(lake.resources('Monitoring', 'AWS::SNS::Subscription')).map(({ Properties }) => [Properties['Protocol'], Properties['Endpoint']]);
    expect(subscribed.sort()).toEqual([['email', 'data@example.com'], ['email', 'night@example.com']]);
    expect(synthesize(environmentOf('dev')).resources('Monitoring', 'AWS::SNS::Subscription')).toEqual({});
  });

  test('may be published to by the alarms, whose messages its key lets through', () => {
    const key = Object.values(lake.resources('S3BucketZones', 'AWS::KMS::Key')).find(({ Properties }) => /mart/.test(Properties['Description']));
    const publishers = key!.Properties['KeyPolicy'].Statement.map((statement: { Principal: { Service?: string | string[] } }) => statement.Principal.Service).flat();
    expect(publishers).toEqual(expect.arrayContaining(['cloudwatch.amazonaws.com', 'events.amazonaws.com']));
  });
});

describe('the alarms', () => {
  test('watch the functions, what they could not deal with, and the mart', () => {
    expect(Object.keys(alarms(lake)).sort()).toEqual([
      'EndedExecutionsDeadLetters', 'JobAuditorDeadLetters', 'JobAuditorErrors', 'JobAuditorThrottles', 'LakeApiDeadLetters', 'LakeApiErrors', 'LakeApiThrottles',
      'LakeFilesDeadLetters', 'MartConnections', 'MartCpu', 'MartFreeStorage', 'MartQueryDeadLetters', 'MartQueryErrors', 'MartQueryThrottles',
    ]);
  });

  test('tell the topic of the trouble and of its end, and say where to look', () => {
    for (const [id, { AlarmActions, OKActions, AlarmDescription }] of Object.entries(alarms(lake))) {
      expect({ id, actions: AlarmActions.map(plain), ok: OKActions.map(plain) }).toEqual({ id, actions: ['<Alarms>'], ok: ['<Alarms>'] });
      expect(AlarmDescription).toMatch(/^.{20,}\.?$/);
    }
  });

  test.each([
    ['JobAuditorErrors', 'AWS/Lambda', 'Errors', '<JobAuditorFunction>'],
    ['MartQueryThrottles', 'AWS/Lambda', 'Throttles', '<MartQueryFunction>'],
    ['LakeApiErrors', 'AWS/Lambda', 'Errors', '<LakeApiFunction>'],
    ['JobAuditorDeadLetters', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', '<JobAuditorDeadLettersQueueName>'],
    ['EndedExecutionsDeadLetters', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', '<UndeliveredEventsQueueName>'],
  ])('%s watches its own resource', (id, namespace, metric, name) => {
    const alarm = alarms(lake)[id]!;
    expect([alarm['Namespace'], alarm['MetricName'], plain(alarm['Dimensions'][0].Value)]).toEqual([namespace, metric, name]);
    expect([alarm['Threshold'], alarm['ComparisonOperator'], alarm['TreatMissingData']]).toEqual([1, 'GreaterThanOrEqualToThreshold', 'notBreaching']);
  });

  test('of the mart follow the settings', () => {
    const { MartCpu, MartFreeStorage, MartConnections } = alarms(lake);
    expect([MartCpu!['MetricName'], MartCpu!['Threshold'], MartCpu!['ComparisonOperator']]).toEqual(['CPUUtilization', 65, 'GreaterThanOrEqualToThreshold']);
    expect([MartFreeStorage!['MetricName'], MartFreeStorage!['Threshold'], MartFreeStorage!['ComparisonOperator']])
      .toEqual(['FreeStorageSpace', 7 * 1024 ** 3, 'LessThanOrEqualToThreshold']);
    expect([MartConnections!['MetricName'], MartConnections!['Namespace']]).toEqual(['DatabaseConnections', 'AWS/RDS']);
  });

  test('of Aurora do not wait for storage that has no end', () => {
    const aurora = alarms(synthesize(environmentOf('dev', { mart: { engine: 'aurora' } })));
    expect(aurora).toHaveProperty('MartCpu');
    expect(aurora).not.toHaveProperty('MartFreeStorage');
  });
});

test('the dashboard searches for the jobs of this environment and shows functions, queues and mart', () => {
  const [dashboard] = Object.values(lake.resources('Monitoring', 'AWS::CloudWatch::Dashboard'));
  const { widgets } = JSON.parse(plain(dashboard!.Properties['DashboardBody'])) as { widgets: { properties: { title: string; metrics?: unknown[] } }[] };
  expect(widgets.map(({ properties }) => properties.title)).toEqual([
    'Runs of all jobs, by hour', 'Undelivered', 'Errors of functions', 'Duration of functions', 'Mart: processor', 'Mart: connections', 'Mart: free storage',
  ]);
  expect(widgets.filter(({ properties }) => !properties.metrics?.length).map(({ properties }) => properties.title)).toEqual([]);
  expect(JSON.stringify(widgets[0])).toContain('StateMachineArn=DevEtl');
});

test('the outputs are those that the CLI reads', () => {
  expect(Object.keys(lake.template('Monitoring').toJSON()['Outputs']).filter((key) => !key.startsWith('PublishOutput')).sort()).toEqual(['DashboardName', 'TopicArn']);
});
