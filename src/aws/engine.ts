// Drives the CDK toolkit in process: the only importer of toolkit-lib. Turns the toolkit's
// messages into events by their code, and answers its questions from a decision that was already made.
import path from 'node:path';
import { BaseCredentials, BootstrapEnvironments, BootstrapStackParameters, BootstrapTemplate, StackSelectionStrategy, Toolkit, ToolkitError, type ICloudAssemblySource, type StackSelector } from '@aws-cdk/toolkit-lib';
import { bootstrapSettings, type BootstrapEngine, type BootstrapSettings } from '../core/bootstrap.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { EngineDeployOptions, EngineReport } from '../core/deployment.js';
import type { Emit } from '../core/events.js';
import { isTransient } from '../core/known-errors.js';
import type { CdkTemplates } from './templates.js';
import type { Engine, Identity, StackOutcome, StackSummary } from '../core/ports.js';
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
  /** Of the same credentials; more patient than the toolkit. */
  readonly identity: Pick<Identity, 'caller'>;
}

/** Stacks that are deleted side by side. */
const CONCURRENCY = 6;
/** Of the bootstrap, when STS was busy. */
const ATTEMPTS = 3;

export class CdkEngine implements Engine, BootstrapEngine {
  private readonly environment: Environment;
  private readonly templates: CdkTemplates;
  private readonly host = new DeployHost();
  /** A new one each time: it remembers that it found no credentials. */
  private readonly newToolkit: () => Toolkit;
  private readonly identity: Pick<Identity, 'caller'>;
  private readonly pollMs: number;

  constructor({ environment, templates, pollMs, cacheDirectory, credentials, identity }: EngineOptions) {
    this.environment = environment;
    this.templates = templates;
    this.identity = identity;
    const endpoint = localEndpoint(environment);
    this.pollMs = pollMs;
    // The toolkit has no option for an endpoint or its cache: the environment of this process is its only way in.
    // One for all of AWS, where an access key has one account, since several engines share this process.
    process.env['CDK_HOME'] = path.join(cacheDirectory, endpoint ? environment.name : 'aws');
    if (endpoint) Object.assign(process.env, { AWS_ENDPOINT_URL: endpoint, CDK_S3_FORCE_PATH_STYLE: '1' });
    // Its three attempts at a role are over in a second, after which it takes the role for refused.
    else process.env['AWS_MAX_ATTEMPTS'] ??= '14';
    const baseCredentials = BaseCredentials.custom({ provider: credentials, region: environment.region });
    this.newToolkit = () => new Toolkit({ ioHost: this.host, color: false, emojis: false, toolkitStackName: environment.bootstrap.stackName, sdkConfig: { baseCredentials } });
  }

  async bootstrapVersion(): Promise<number> {
    const { Outputs } = JSON.parse((await BootstrapTemplate.fromSource()).asJSON()) as { Outputs: { BootstrapVersion: { Value: string } } };
    return Number(Outputs.BootstrapVersion.Value);
  }

  async bootstrap(emit: Emit, stepId: string, settings: BootstrapSettings = bootstrapSettings(this.environment, this.environment.bootstrap.executionPolicies)): Promise<'created' | 'unchanged'> {
    const { account, region } = this.environment;
    const { kms } = settings;
    this.host.attach(emit, stepId);
    const result = await this.guard('DEPLOY_FAILED', () => this.onceStsAnswers((toolkit) => toolkit.bootstrap(BootstrapEnvironments.fromList([`aws://${account}/${region}`]), {
      terminationProtection: settings.terminationProtection,
      // What is not named here keeps the value that the account has.
      parameters: BootstrapStackParameters.withExisting({
        qualifier: settings.qualifier, publicAccessBlockConfiguration: settings.publicAccessBlock,
        ...(kms.kind === 'existing' ? { kmsKeyId: kms.keyId } : { createCustomerMasterKey: kms.kind === 'customer' }),
        trustedAccounts: [...settings.trust], trustedAccountsForLookup: [...settings.trustForLookup],
        cloudFormationExecutionPolicies: [...settings.executionPolicies], customPermissionsBoundary: settings.permissionsBoundary,
      }),
    })));
    return result.environments.every((environment) => environment.status === 'no-op') ? 'unchanged' : 'created';
  }

  /** Never throws what a stack ran into: whoever asks for a deployment looks at CloudFormation for what came of it. */
  async deploy({ stacks, emit, concurrency, force = false, callerRole = false, stopped }: EngineDeployOptions): Promise<EngineReport> {
    const toolkit = this.newToolkit();
    const source = await this.source(toolkit);
    this.host.begin({ emit, stacks, stopped, callerRole });
    try {
      await toolkit.deploy(source, {
        stacks: only(stacks), concurrency, forceDeployment: force, stackEventPollingInterval: this.pollMs, deploymentMethod: { method: 'change-set' },
      });
      return this.host.report(undefined);
    } catch (thrown) {
      return this.host.report(foundNoCredentials(thrown) ? await this.whyNoCredentials(thrown) : this.translate('DEPLOY_FAILED', thrown));
    }
  }

  async destroy(stacks: readonly StackSummary[], emit: Emit): Promise<readonly StackOutcome[]> {
    const toolkit = this.newToolkit();
    const source = await this.source(toolkit);
    this.host.begin({ emit, stacks });
    await this.guard('DESTROY_FAILED', () => toolkit.destroy(source, { stacks: only(stacks), concurrency: CONCURRENCY, stackEventPollingInterval: this.pollMs }))
      .finally(() => this.host.end());
    return this.host.outcomes();
  }

  private async source(toolkit: Toolkit): Promise<ICloudAssemblySource> {
    return toolkit.fromAssemblyDirectory((await this.templates.assembly()).directory);
  }

  /** The toolkit asks STS three times within a second and has no setting for it. What it did by then is not done again. */
  private async onceStsAnswers<T>(work: (toolkit: Toolkit) => Promise<T>): Promise<T> {
    for (let left = ATTEMPTS; ; left -= 1) {
      try {
        return await work(this.newToolkit());
      } catch (error) {
        if (left <= 1 || !(foundNoCredentials(error) || isTransient(error))) throw error;
        await this.identity.caller();
      }
    }
  }

  /** Not that there are none: the guard asked with them. Unless they have expired since, STS was too busy for the toolkit. */
  private async whyNoCredentials(thrown: unknown): Promise<unknown> {
    return this.identity.caller().then(() => new DlpError('AWS_BUSY', 'STS was too busy to say whose the credentials are', { cause: thrown }), (reason: unknown) => reason);
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

function foundNoCredentials(error: unknown): boolean {
  return ToolkitError.isAuthenticationError(error) && error.name === 'NoCredentials';
}

function only(stacks: readonly StackSummary[]): StackSelector {
  return { strategy: StackSelectionStrategy.PATTERN_MUST_MATCH, patterns: stacks.map((stack) => stack.id) };
}
