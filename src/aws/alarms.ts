// The alarms of CloudWatch that are open now.
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import type { Alarms } from '../core/status.js';
import type { ClientSettings } from './clients.js';

export class CloudWatchAlarms implements Alarms {
  private readonly client: CloudWatchClient;

  constructor(settings: ClientSettings) {
    this.client = new CloudWatchClient(settings);
  }

  async open(prefix: string): ReturnType<Alarms['open']> {
    const open = [];
    for await (const page of paginateDescribeAlarms({ client: this.client }, { AlarmNamePrefix: prefix, StateValue: 'ALARM', AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] })) {
      open.push(...page.MetricAlarms ?? [], ...page.CompositeAlarms ?? []);
    }
    return open.map((alarm) => ({
      name: alarm.AlarmName ?? '', since: alarm.StateUpdatedTimestamp?.toISOString() ?? null,
      description: alarm.AlarmDescription ?? '', reason: alarm.StateReason ?? '',
    }));
  }
}
