// Drift of a stack: begins a detection, waits for it, reads what drifted. Leaves out the values: they may be secret.
import {
  CloudFormationClient, DescribeStackDriftDetectionStatusCommand, DetectStackDriftCommand, paginateDescribeStackResourceDrifts,
  type DescribeStackDriftDetectionStatusCommandOutput,
} from '@aws-sdk/client-cloudformation';
import type { DriftDetection, DriftedResource } from '../core/status.js';
import type { ClientSettings } from './clients.js';

const POLL_MS = { first: 200, most: 3_000 };

export class CloudFormationDrift implements DriftDetection {
  private readonly client: CloudFormationClient;

  constructor(settings: ClientSettings) {
    this.client = new CloudFormationClient(settings);
  }

  async detect(stack: string): ReturnType<DriftDetection['detect']> {
    const { StackDriftDetectionId } = await this.client.send(new DetectStackDriftCommand({ StackName: stack }));
    const { StackDriftStatus, DetectionStatus, DetectionStatusReason } = await this.ended(StackDriftDetectionId!);
    const drifted = StackDriftStatus === 'DRIFTED';
    const checked = drifted || StackDriftStatus === 'IN_SYNC';
    return {
      drift: drifted ? 'DRIFTED' : checked && DetectionStatus === 'DETECTION_COMPLETE' ? 'IN_SYNC' : 'UNKNOWN',
      // A detection that failed for some resources has still found those that drifted.
      resources: drifted ? await this.resources(stack) : [],
      reason: DetectionStatusReason ?? null,
    };
  }

  private async ended(id: string): Promise<DescribeStackDriftDetectionStatusCommandOutput> {
    for (let wait = POLL_MS.first; ; wait = Math.min(wait * 1.5, POLL_MS.most)) {
      const answer = await this.client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId: id }));
      if (answer.DetectionStatus !== 'DETECTION_IN_PROGRESS') return answer;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  private async resources(stack: string): Promise<readonly DriftedResource[]> {
    const found: DriftedResource[] = [];
    for await (const page of paginateDescribeStackResourceDrifts({ client: this.client }, { StackName: stack, StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'] })) {
      for (const drift of page.StackResourceDrifts ?? []) {
        found.push({
          resource: drift.LogicalResourceId ?? '', type: drift.ResourceType ?? '', change: drift.StackResourceDriftStatus === 'DELETED' ? 'DELETED' : 'MODIFIED',
          properties: (drift.PropertyDifferences ?? []).map((difference) => difference.PropertyPath ?? ''),
        });
      }
    }
    return found;
  }
}
