// Looks at what the CDK's bootstrap has made in an account: its stack, version, bucket and roles. Reads only.
import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetBucketEncryptionCommand, GetBucketVersioningCommand, GetPublicAccessBlockCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { BootstrapAccount, BucketFacts, ToolkitStack } from '../core/bootstrap.js';
import { isTransient } from '../core/known-errors.js';
import type { ClientSettings } from './clients.js';
import { unless } from './unless.js';

/** AWS says that a new role may be unknown for some seconds. */
const PATIENCE = { tries: 7, waitMs: 5_000 };
/** The shortest that STS gives. */
const SESSION_SECONDS = 900;

export class AwsBootstrapAccount implements BootstrapAccount {
  private readonly cloudFormation: CloudFormationClient;
  private readonly s3: S3Client;
  private readonly ssm: SSMClient;
  private readonly sts: STSClient;

  constructor(settings: ClientSettings) {
    this.cloudFormation = new CloudFormationClient(settings);
    this.s3 = new S3Client(settings);
    this.ssm = new SSMClient(settings);
    this.sts = new STSClient(settings);
  }

  async stack(name: string): Promise<ToolkitStack | undefined> {
    const found = await unless(['ValidationError'], () => this.cloudFormation.send(new DescribeStacksCommand({ StackName: name })));
    const stack = found?.Stacks?.[0];
    return stack && {
      status: stack.StackStatus ?? '', terminationProtection: stack.EnableTerminationProtection ?? false,
      parameters: Object.fromEntries((stack.Parameters ?? []).map((parameter) => [parameter.ParameterKey!, parameter.ParameterValue ?? ''])),
      outputs: Object.fromEntries((stack.Outputs ?? []).map((output) => [output.OutputKey!, output.OutputValue ?? ''])),
    };
  }

  async version(parameter: string): Promise<number | undefined> {
    const found = await unless(['ParameterNotFound'], () => this.ssm.send(new GetParameterCommand({ Name: parameter })));
    const version = Number(found?.Parameter?.Value);
    return Number.isInteger(version) ? version : undefined;
  }

  async bucket(name: string, account: string): Promise<BucketFacts | undefined> {
    // Names of buckets are the whole world's: somebody else's of this name would get our templates.
    const mine = { Bucket: name, ExpectedBucketOwner: account };
    if (!await this.reachable(mine)) return undefined;
    const [encryption, access, versions] = await Promise.all([
      unless(['ServerSideEncryptionConfigurationNotFoundError'], () => this.s3.send(new GetBucketEncryptionCommand(mine))),
      unless(['NoSuchPublicAccessBlockConfiguration'], () => this.s3.send(new GetPublicAccessBlockCommand(mine))),
      this.s3.send(new GetBucketVersioningCommand(mine)),
    ]);
    const rule = encryption?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
    const block = access?.PublicAccessBlockConfiguration;
    return {
      algorithm: rule?.SSEAlgorithm, key: rule?.KMSMasterKeyID, versioned: versions.Status === 'Enabled',
      publicAccessBlocked: Boolean(block?.BlockPublicAcls && block.BlockPublicPolicy && block.IgnorePublicAcls && block.RestrictPublicBuckets),
    };
  }

  /** An answer to HEAD has no body, so its error has a status and no name. */
  private async reachable(bucket: { readonly Bucket: string; readonly ExpectedBucketOwner: string }): Promise<boolean> {
    try {
      await this.s3.send(new HeadBucketCommand(bucket));
      return true;
    } catch (error) {
      if ([403, 404].includes(statusOf(error) ?? 0)) return false;
      throw error;
    }
  }

  async assume(role: string, patient: boolean): Promise<string | undefined> {
    for (let left = patient ? PATIENCE.tries : 1; ; left -= 1) {
      try {
        await this.sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'dlp-check', DurationSeconds: SESSION_SECONDS }));
        return undefined;
      } catch (error) {
        // Nobody has answered, or nobody had the time to: that is no refusal.
        if (statusOf(error) === undefined || isTransient(error)) throw error;
        if (left <= 1) return `${(error as Error).name}: ${(error as Error).message}`;
        await setTimeout(PATIENCE.waitMs);
      }
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
