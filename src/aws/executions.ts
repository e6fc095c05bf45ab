// Follows an execution of a job's state machine to the run that it opened.
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Executions } from '../core/ports.js';
import type { ClientSettings } from './clients.js';

export class StepFunctionsExecutions implements Executions {
  private readonly client: SFNClient;

  constructor(settings: ClientSettings) {
    this.client = new SFNClient(settings);
  }

  async runOf(executionArn: string): Promise<{ ended: boolean; run: string | undefined }> {
    const { status } = await this.client.send(new DescribeExecutionCommand({ executionArn }));
    const { events = [] } = await this.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 50 }));
    // The state that opens the audit is the first to leave an `audit` in its output (templates/etl/workflow.asl.yaml).
    const run = events.map((event) => auditedRun(event.stateExitedEventDetails?.output)).find((id) => id !== undefined);
    return { ended: status !== 'RUNNING', run };
  }
}

function auditedRun(output: string | undefined): string | undefined {
  if (!output) return undefined;
  const { audit } = JSON.parse(output) as { audit?: { runId?: string } };
  return audit?.runId;
}
