// An alarm that tells people: its topic hears of the trouble and of its end, and its description says what to do.
import { aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, type aws_sns as sns } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export interface LakeAlarmProps extends cloudwatch.AlarmProps {
  readonly topic: sns.ITopic;
  /** What is wrong, and where to look first. */
  readonly alarmDescription: string;
}

export class LakeAlarm extends cloudwatch.Alarm {
  constructor(scope: Construct, id: string, { topic, ...alarm }: LakeAlarmProps) {
    super(scope, id, {
      // No data is no trouble, unless the alarm is about missing data.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      ...alarm,
    });
    this.addAlarmAction(new actions.SnsAction(topic));
    this.addOkAction(new actions.SnsAction(topic));
  }
}
