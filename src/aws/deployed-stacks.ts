// Reads the outputs of stacks that CloudFormation knows. Loads no CDK: `dlp etl runs` must start fast.
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Environment } from '../core/environment.js';
import { stackName } from '../core/names.js';
import type { DeployedStacks } from '../core/ports.js';
import type { ClientSettings } from './clients.js';

export class CloudFormationStacks implements DeployedStacks {
  private readonly client: CloudFormationClient;
  private readonly environment: Environment;

  constructor(environment: Environment, settings: ClientSettings) {
    this.environment = environment;
    this.client = new CloudFormationClient(settings);
  }

  async outputs(shortName: string): Promise<Readonly<Record<string, string>> | undefined> {
    try {
      const { Stacks } = await this.client.send(new DescribeStacksCommand({ StackName: stackName(this.environment, shortName) }));
      return Object.fromEntries((Stacks?.[0]?.Outputs ?? []).map((output) => [output.OutputKey!, output.OutputValue ?? '']));
    } catch (error) {
      // CloudFormation has no error of its own for "no such stack": it is a ValidationError.
      if ((error as Error).name === 'ValidationError') return undefined;
      throw error;
    }
  }
}
