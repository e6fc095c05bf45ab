// Starting executions.
import { SFNClient, StartExecutionCommand, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';

export interface StateMachines {
  /** Returns the ARN of the execution; null when there is no such state machine. */
  start(stateMachineArn: string, input: unknown): Promise<string | null>;
}

export function stepFunctions(client = new SFNClient({})): StateMachines {
  return {
    async start(stateMachineArn, input) {
      try {
        const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
        return executionArn ?? null;
      } catch (error) {
        if (error instanceof StateMachineDoesNotExist) return null;
        throw error;
      }
    },
  };
}
