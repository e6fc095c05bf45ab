// Who is told when the lake is unwell, and the one page that shows how it is. Keeps no data. The topic is consumed by each
// job's stack, whose state machine and alarms publish to it.
import { Duration, aws_cloudwatch as cloudwatch, type aws_lambda as lambda, aws_sns as sns, aws_sns_subscriptions as subscriptions, type aws_sqs as sqs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import type { Storage } from '../constructs/foundations.js';
import { LakeAlarm } from '../constructs/lake-alarm.js';
import { LakeStack } from '../constructs/lake-stack.js';
import type { MartConnection, MartMetrics } from '../constructs/mart-connection.js';

export interface MonitoringStackProps {
  readonly environment: Environment;
  readonly storage: Pick<Storage, 'dataKey'>;
  readonly lambda: { readonly auditor: lambda.IFunction; readonly martQuery: lambda.IFunction; readonly deadLetters: Queues };
  readonly mart: { readonly mart: MartConnection };
  readonly api: { readonly function: lambda.IFunction; readonly deadLetters: Queues };
}

type Functions = Readonly<Record<string, lambda.IFunction>>;
type Queues = Readonly<Record<string, sqs.IQueue>>;

const GIB = 1024 ** 3;
const FIVE_MINUTES = Duration.minutes(5);
/** The functions' reserved concurrency and a few jobs together open half of this; the smallest servers take about 80. */
const MANY_CONNECTIONS = 70;

export class MonitoringStack extends LakeStack {
  readonly topic: sns.ITopic;

  constructor(scope: Construct, { environment, storage, lambda: functions, mart: { mart }, api }: MonitoringStackProps) {
    super(scope, 'Monitoring', { environment, description: 'Alarms, their topic and the dashboard of the lake' });

    const topic = new sns.Topic(this, 'Alarms', { displayName: `Data lake ${environment.name}`, masterKey: storage.dataKey, enforceSSL: true });
    for (const email of environment.alarms.emails) topic.addSubscription(new subscriptions.EmailSubscription(email));
    this.topic = topic;

    const watched = { JobAuditor: functions.auditor, MartQuery: functions.martQuery, LakeApi: api.function };
    const queues = { ...functions.deadLetters, ...api.deadLetters };
    this.watchFunctions(watched);
    this.watchDeadLetters(queues);
    this.watchMart(mart.metrics, environment);

    const dashboard = this.draw(environment, watched, queues, mart.metrics);
    this.publish({ TopicArn: topic.topicArn, DashboardName: dashboard.dashboardName });
  }

  private watchFunctions(functions: Functions): void {
    for (const [name, watched] of Object.entries(functions)) {
      new LakeAlarm(this, `${name}Errors`, {
        topic: this.topic,
        metric: watched.metricErrors({ period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM }),
        threshold: 1,
        evaluationPeriods: 1,
        alarmDescription: `${name} failed. Its log group says why.`,
      });
      new LakeAlarm(this, `${name}Throttles`, {
        topic: this.topic,
        metric: watched.metricThrottles({ period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM }),
        threshold: 1,
        evaluationPeriods: 3,
        alarmDescription: `${name} was called more often at once than it is reserved for, for a quarter of an hour.`,
      });
    }
  }

  private watchDeadLetters(queues: Queues): void {
    for (const [name, queue] of Object.entries(queues)) {
      new LakeAlarm(this, `${name}DeadLetters`, {
        topic: this.topic,
        metric: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: cloudwatch.Stats.MAXIMUM }),
        threshold: 1,
        evaluationPeriods: 1,
        alarmDescription: `${name} could not deal with a call or event. The message in its dead-letter queue says which, and why.`,
      });
    }
  }

  private watchMart({ cpu, connections, freeStorage }: MartMetrics, { alarms }: Environment): void {
    const { topic } = this;
    new LakeAlarm(this, 'MartCpu', {
      topic, metric: cpu, threshold: alarms.martCpuPercent, evaluationPeriods: 3,
      alarmDescription: 'The mart has been busy for a quarter of an hour. Performance Insights names the statements.',
    });
    new LakeAlarm(this, 'MartConnections', {
      topic, metric: connections, threshold: MANY_CONNECTIONS, evaluationPeriods: 3,
      alarmDescription: 'Something opens connections to the mart and keeps them. pg_stat_activity says who.',
    });
    if (freeStorage) {
      new LakeAlarm(this, 'MartFreeStorage', {
        topic, metric: freeStorage, threshold: alarms.martFreeStorageGiB * GIB, evaluationPeriods: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
        // A full server may be one that no longer reports.
        treatMissingData: cloudwatch.TreatMissingData.IGNORE,
        alarmDescription: 'The mart is running out of storage; it grows on its own only up to maxStorageGiB.',
      });
    }
  }

  private draw(environment: Environment, functions: Functions, queues: Queues, mart: MartMetrics): cloudwatch.Dashboard {
    // Searched for and not listed: jobs come and go in stacks of their own.
    const executions = (metric: string, label: string) => new cloudwatch.MathExpression({
      expression: `SUM(SEARCH('{AWS/States,StateMachineArn} MetricName="${metric}" StateMachineArn=${environment.title}Etl', 'Sum', 3600))`,
      label, period: Duration.hours(1), usingMetrics: {},
    });
    const graph = (title: string, left: cloudwatch.IMetric[]) => new cloudwatch.GraphWidget({ title, left, width: 12, height: 6 });
    const each = (metric: (watched: lambda.IFunction) => cloudwatch.IMetric) => Object.values(functions).map(metric);
    const sum = { period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM };

    return new cloudwatch.Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(7),
      widgets: [
        [
          graph('Runs of all jobs, by hour', [executions('ExecutionsSucceeded', 'succeeded'), executions('ExecutionsFailed', 'failed'), executions('ExecutionsTimedOut', 'timed out')]),
          graph('Undelivered', Object.values(queues).map((queue) => queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }))),
        ],
        [
          graph('Errors of functions', each((watched) => watched.metricErrors(sum))),
          graph('Duration of functions', each((watched) => watched.metricDuration({ period: FIVE_MINUTES, statistic: 'p95' }))),
        ],
        [graph('Mart: processor', [mart.cpu]), graph('Mart: connections', [mart.connections])],
        ...mart.freeStorage ? [[graph('Mart: free storage', [mart.freeStorage])]] : [],
      ],
    });
  }
}
