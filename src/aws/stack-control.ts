// What CloudFormation can be told about a stack apart from deploying it, and its own words on what went wrong.
import {
  CancelUpdateStackCommand, CloudFormationClient, DescribeStackEventsCommand, DescribeStacksCommand, UpdateTerminationProtectionCommand, type StackEvent,
} from '@aws-sdk/client-cloudformation';
import type { StackControl } from '../core/deployment.js';
import type { ClientSettings } from './clients.js';
import { unless } from './unless.js';

export class CloudFormationControl implements StackControl {
  private readonly client: CloudFormationClient;
  private readonly pollMs: number;

  constructor(settings: ClientSettings, { pollMs }: { pollMs: number }) {
    this.client = new CloudFormationClient(settings);
    this.pollMs = pollMs;
  }

  async settled(name: string, say: (text: string) => void): Promise<string | undefined> {
    for (;;) {
      const status = await this.status(name);
      // An empty stack waits for nobody, whatever its status is called.
      if (!status?.endsWith('_IN_PROGRESS') || status === 'REVIEW_IN_PROGRESS') return status;
      const [newest] = await this.events(name);
      say(`${status}${newest ? `: ${newest.ResourceStatus} ${newest.LogicalResourceId}` : ''}`);
      await new Promise((resolve) => { setTimeout(resolve, this.pollMs); });
    }
  }

  async cancelUpdate(name: string): Promise<boolean> {
    // Not updating (any more): CloudFormation has no error of its own for that either.
    return await unless(['ValidationError'], () => this.client.send(new CancelUpdateStackCommand({ StackName: name }))) !== undefined;
  }

  async liftProtection(name: string): Promise<void> {
    await this.client.send(new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }));
  }

  async failures(name: string): Promise<readonly string[]> {
    const events = await this.events(name);
    // Newest first; the last operation began where the stack itself went into progress by a person's doing.
    const begin = events.findIndex((event) => event.ResourceType === 'AWS::CloudFormation::Stack' && event.PhysicalResourceId === event.StackId && event.ResourceStatusReason === 'User Initiated');
    return events.slice(0, begin === -1 ? undefined : begin).toReversed()
      .filter((event) => event.ResourceStatus?.endsWith('_FAILED') && event.ResourceStatusReason && !/cancelled/i.test(event.ResourceStatusReason))
      .map((event) => `${name}: ${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason}`);
  }

  private async status(name: string): Promise<string | undefined> {
    const found = await unless(['ValidationError'], () => this.client.send(new DescribeStacksCommand({ StackName: name })));
    return found?.Stacks?.[0]?.StackStatus;
  }

  /** The newest hundred. Only more detail: what is known of a stack does not hang on them. */
  private async events(name: string): Promise<readonly StackEvent[]> {
    const { StackEvents } = await this.client.send(new DescribeStackEventsCommand({ StackName: name })).catch(() => ({ StackEvents: [] }));
    return StackEvents ?? [];
  }
}
