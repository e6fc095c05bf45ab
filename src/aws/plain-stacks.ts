// Creates and updates a small stack with CloudFormation alone: before an account is bootstrapped, the CDK cannot.
import {
  CloudFormationClient, CreateStackCommand, DescribeStackEventsCommand, DescribeStacksCommand, GetTemplateCommand, UpdateStackCommand, UpdateTerminationProtectionCommand,
  waitUntilStackCreateComplete, waitUntilStackUpdateComplete, type Stack,
} from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import type { PlainStacks } from '../core/bootstrap.js';
import { DlpError } from '../core/errors.js';
import type { ClientSettings } from './clients.js';
import { unless } from './unless.js';

/** Seconds. */
const WAIT = { maxWaitTime: 900, minDelay: 1, maxDelay: 10 };

export class CloudFormationPlainStacks implements PlainStacks {
  private readonly client: CloudFormationClient;

  constructor(settings: ClientSettings) {
    this.client = new CloudFormationClient(settings);
  }

  async read(name: string): ReturnType<PlainStacks['read']> {
    const stack = await this.describe(name);
    if (!stack || stack.StackStatus === 'DELETE_COMPLETE') return undefined;
    const { TemplateBody } = await this.client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }));
    return { template: parse(TemplateBody ?? '{}') as Record<string, unknown>, outputs: outputsOf(stack) };
  }

  async put(name: string, template: Readonly<Record<string, unknown>>, { protect, tags }: Parameters<PlainStacks['put']>[2]): Promise<Readonly<Record<string, string>>> {
    const input = {
      StackName: name, TemplateBody: JSON.stringify(template), Capabilities: ['CAPABILITY_IAM' as const], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    };
    const before = await this.describe(name);
    const exists = before !== undefined;
    // A creation that fails leaves nothing behind that the next one would trip over; so it is protected only when it is there.
    const { StackId = name } = exists ? await this.client.send(new UpdateStackCommand(input)) : await this.client.send(new CreateStackCommand({ ...input, OnFailure: 'DELETE' }));
    try {
      await (exists ? waitUntilStackUpdateComplete : waitUntilStackCreateComplete)({ client: this.client, ...WAIT }, { StackName: StackId });
    } catch (cause) {
      throw new DlpError('DEPLOY_FAILED', `${name}: ${await this.reasons(StackId) || (cause as Error).message}`, { cause });
    }
    if (protect !== (before?.EnableTerminationProtection ?? false)) await this.client.send(new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: protect }));
    return outputsOf((await this.describe(name))!);
  }

  private async describe(name: string): Promise<Stack | undefined> {
    const found = await unless(['ValidationError'], () => this.client.send(new DescribeStacksCommand({ StackName: name })));
    return found?.Stacks?.[0];
  }

  private async reasons(stack: string): Promise<string> {
    const { StackEvents = [] } = await this.client.send(new DescribeStackEventsCommand({ StackName: stack }));
    return StackEvents.filter((event) => event.ResourceStatus?.endsWith('_FAILED')).map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason ?? event.ResourceStatus}`).toReversed().join('\n');
  }
}

function outputsOf(stack: Stack): Record<string, string> {
  return Object.fromEntries((stack.Outputs ?? []).map((output) => [output.OutputKey!, output.OutputValue ?? '']));
}
