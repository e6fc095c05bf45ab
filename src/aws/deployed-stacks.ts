// What CloudFormation knows of the lake's stacks. Loads no CDK: `dlp etl runs` and `dlp status` must start fast.
import { CloudFormationClient, GetTemplateCommand, paginateDescribeStacks, type Stack } from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import type { Environment } from '../core/environment.js';
import { stackName } from '../core/names.js';
import type { DeployedStack, DeployedStacks } from '../core/ports.js';
import type { ClientSettings } from './clients.js';
import { unless } from './unless.js';

export class CloudFormationStacks implements DeployedStacks {
  private readonly client: CloudFormationClient;
  private readonly environment: Environment;

  constructor(environment: Environment, settings: ClientSettings) {
    this.environment = environment;
    this.client = new CloudFormationClient(settings);
  }

  async outputs(shortName: string): Promise<Readonly<Record<string, string>> | undefined> {
    const [found] = await this.describe(stackName(this.environment, shortName));
    return found?.outputs;
  }

  async list(): Promise<readonly DeployedStack[]> {
    const prefix = stackName(this.environment, '');
    return (await this.describe()).filter(({ name }) => name.startsWith(prefix));
  }

  async template(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return unless(['ValidationError'], async () => {
      const { TemplateBody } = await this.client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }));
      return parse(TemplateBody ?? '{}') as Record<string, unknown>;
    });
  }

  private async describe(name?: string): Promise<readonly DeployedStack[]> {
    const found = await unless(['ValidationError'], async () => {
      const stacks: Stack[] = [];
      for await (const page of paginateDescribeStacks({ client: this.client }, { StackName: name })) stacks.push(...page.Stacks ?? []);
      return stacks;
    });
    return (found ?? []).map(toDeployedStack);
  }
}

function toDeployedStack(stack: Stack): DeployedStack {
  return {
    name: stack.StackName!, arn: stack.StackId ?? '', status: stack.StackStatus ?? '', statusReason: stack.StackStatusReason ?? null,
    createdAt: stack.CreationTime?.toISOString() ?? '', updatedAt: stack.LastUpdatedTime?.toISOString() ?? null,
    outputs: Object.fromEntries((stack.Outputs ?? []).map((output) => [output.OutputKey!, output.OutputValue ?? ''])),
    tags: Object.fromEntries((stack.Tags ?? []).map((tag) => [tag.Key!, tag.Value ?? ''])),
    terminationProtection: stack.EnableTerminationProtection ?? false,
  };
}
