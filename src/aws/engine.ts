// Drives the CDK toolkit in process: the only importer of toolkit-lib. Turns the toolkit's
// messages into events by their code, and answers its questions from a decision that was already made.
import path from 'node:path';
import { BaseCredentials, BootstrapEnvironments, BootstrapStackParameters, BootstrapTemplate, StackSelectionStrategy, Toolkit, ToolkitError, type ICloudAssemblySource, type StackSelector } from '@aws-cdk/toolkit-lib';
import { bootstrapSettings, type BootstrapEngine, type BootstrapSettings } from '../core/bootstrap.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { EngineDeployOptions, EngineReport } from '../core/deployment.js';
import type { Emit } from '../core/events.js';
import type { CdkTemplates } from './templates.js';
import type { Engine, StackOutcome, StackSummary } from '../core/ports.js';
import { localEndpoint } from './clients.js';
import type { AwsKeys } from './credentials.js';
import { DeployHost } from './deploy-host.js';

export interface EngineOptions {
  readonly environment: Environment;
  readonly templates: CdkTemplates;
  /** Between two looks at a stack. */
  readonly pollMs: number;
  /** Absolute directory for the CDK's own cache: it remembers account ids by access key, so the local cloud has one of its own. */
  readonly cacheDirectory: string;
  /** The same as those of the SDK clients: the account guard asked about them. */
  readonly credentials: () => Promise<AwsKeys>;
}

/** Stacks that are deleted side by side. */
const CONCURRENCY = 6;

export class CdkEngine implements Engine, BootstrapEngine {
  private readonly environment: Environment;
  private readonly templates: CdkTemplates;
  private readonly host = new DeployHost();
  private readonly toolkit: Toolkit;
  private readonly pollMs: number;

  constructor({ environment, templates, pollMs, cacheDirectory, credentials }: EngineOptions) {
    this.environment = environment;
    this.templates = templates;
    const endpoint = localEndpoint(environment);
    this.pollMs = pollMs;
    // The toolkit has no option for an endpoint or its cache: the environment of this process is its only way in.
    // One for all of AWS, where an access key has one account, since several engines share this process.
    process.env['CDK_HOME'] = path.join(cacheDirectory, endpoint ? environment.name : 'aws');
    if (endpoint) Object.assign(process.env, { AWS_ENDPOINT_URL: endpoint, CDK_S3_FORCE_PATH_STYLE: '1' });
    // Its own three attempts at STS are over in a second, after which it takes credentials for missing and roles for refused.
    else process.env['AWS_MAX_ATTEMPTS'] ??= '14';
    const baseCredentials = BaseCredentials.custom({ provider: credentials, region: environment.region });
    this.toolkit = new Toolkit({ ioHost: this.host, color: false, emojis: false, toolkitStackName: environment.bootstrap.stackName, sdkConfig: { baseCredentials } });
  }

  async bootstrapVersion(): Promise<number> {
    const { Outputs } = JSON.parse((await BootstrapTemplate.fromSource()).asJSON()) as { Outputs: { BootstrapVersion: { Value: string } } };
    return Number(Outputs.BootstrapVersion.Value);
  }

  async bootstrap(emit: Emit, stepId: string, settings: BootstrapSettings = bootstrapSettings(this.environment, this.environment.bootstrap.executionPolicies)): Promise<'created' | 'unchanged'> {
    const { account, region } = this.environment;
    const { kms } = settings;
    this.host.attach(emit, stepId);
    const result = await this.guard('DEPLOY_FAILED', () => this.toolkit.bootstrap(BootstrapEnvironments.fromList([`aws://${account}/${region}`]), {
      terminationProtection: settings.terminationProtection,
      // What is not named here keeps the value that the account has.
      parameters: BootstrapStackParameters.withExisting({
        qualifier: settings.qualifier, publicAccessBlockConfiguration: settings.publicAccessBlock,
        ...(kms.kind === 'existing' ? { kmsKeyId: kms.keyId } : { createCustomerMasterKey: kms.kind === 'customer' }),
        trustedAccounts: [...settings.trust], trustedAccountsForLookup: [...settings.trustForLookup],
        cloudFormationExecutionPolicies: [...settings.executionPolicies], customPermissionsBoundary: settings.permissionsBoundary,
      }),
    }));
    return result.environments.every((environment) => environment.status === 'no-op') ? 'unchanged' : 'created';
  }

  /** Never throws what a stack ran into: whoever asks for a deployment looks at CloudFormation for what came of it. */
  async deploy({ stacks, emit, concurrency, force = false, stopped }: EngineDeployOptions): Promise<EngineReport> {
    const source = await this.source();
    this.host.begin({ emit, stacks, stopped });
    try {
      await this.toolkit.deploy(source, {
        stacks: only(stacks), concurrency, forceDeployment: force, stackEventPollingInterval: this.pollMs, deploymentMethod: { method: 'change-set' },
      });
      return this.host.report(undefined);
    } catch (thrown) {
      return this.host.report(this.translate('DEPLOY_FAILED', thrown));
    }
  }

  async destroy(stacks: readonly StackSummary[], emit: Emit): Promise<readonly StackOutcome[]> {
    const source = await this.source();
    this.host.begin({ emit, stacks });
    await this.guard('DESTROY_FAILED', () => this.toolkit.destroy(source, { stacks: only(stacks), concurrency: CONCURRENCY, stackEventPollingInterval: this.pollMs }))
      .finally(() => this.host.end());
    return this.host.outcomes();
  }

  private async source(): Promise<ICloudAssemblySource> {
    return this.toolkit.fromAssemblyDirectory((await this.templates.assembly()).directory);
  }

  private async guard<T>(code: 'DEPLOY_FAILED' | 'DESTROY_FAILED', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.translate(code, error);
    }
  }

  private translate(code: 'DEPLOY_FAILED' | 'DESTROY_FAILED', error: unknown): unknown {
    if (error instanceof DlpError || ToolkitError.isAuthenticationError(error)) return error;
    const { name, message } = error as Error;
    if (name === 'BootstrapVersionValidation') return new DlpError('NOT_BOOTSTRAPPED', `${this.environment.account}/${this.environment.region} is not bootstrapped`, { cause: error });
    return new DlpError(code, this.host.failures() || message.replace(/^❌\s+/u, ''), { cause: error });
  }
}

function only(stacks: readonly StackSummary[]): StackSelector {
  return { strategy: StackSelectionStrategy.PATTERN_MUST_MATCH, patterns: stacks.map((stack) => stack.id) };
}
