// What CloudFormation did last with a stack, read from its events, newest first, back to the beginning of the operation.
import { CloudFormationClient, paginateDescribeStackEvents, type StackEvent as AwsEvent } from '@aws-sdk/client-cloudformation';
import type { StackEvent, StackEvents } from '../core/status.js';
import type { ClientSettings } from './clients.js';

/** A page has a hundred events; the beginning of a failure in a stack of 500 resources is not further back. */
const PAGES = 10;

export class CloudFormationStackEvents implements StackEvents {
  private readonly client: CloudFormationClient;

  constructor(settings: ClientSettings) {
    this.client = new CloudFormationClient(settings);
  }

  async lastOperation(stack: string): ReturnType<StackEvents['lastOperation']> {
    let latest: StackEvent | null = null;
    let failure: StackEvent | null = null;
    let pages = 0;
    for await (const page of paginateDescribeStackEvents({ client: this.client }, { StackName: stack })) {
      for (const event of page.StackEvents ?? []) {
        latest ??= toStackEvent(event);
        // Going back in time, the last one seen is the first that failed.
        if (isOwnFailure(event)) failure = toStackEvent(event);
        if (begins(event)) return { latest, failure };
      }
      pages += 1;
      if (pages === PAGES) break;
    }
    return { latest, failure };
  }
}

/** The stack's own event, made by a person or by dlp and not by a rollback. */
function begins({ PhysicalResourceId, StackId, ResourceStatus }: AwsEvent): boolean {
  return PhysicalResourceId === StackId && /^(CREATE|UPDATE|DELETE|IMPORT)_IN_PROGRESS$/.test(ResourceStatus ?? '');
}

/** A resource that was only cancelled because another failed is no reason; CloudFormation has no code for it, just this word. */
function isOwnFailure({ PhysicalResourceId, StackId, ResourceStatus, ResourceStatusReason = '' }: AwsEvent): boolean {
  return PhysicalResourceId !== StackId && (ResourceStatus ?? '').endsWith('_FAILED') && !/cancelled/i.test(ResourceStatusReason);
}

function toStackEvent(event: AwsEvent): StackEvent {
  return {
    at: event.Timestamp?.toISOString() ?? '', resource: event.LogicalResourceId ?? '', type: event.ResourceType ?? '',
    status: event.ResourceStatus ?? '', reason: event.ResourceStatusReason ?? null,
  };
}
